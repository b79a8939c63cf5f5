"""How many records lie in each window: in raw, by the contract; in tables, by their columns that count.

A column that counts (`count` of all records or of the known values of a field) adds up: its sum over the rows
of a window is the number of records, or of known values, that the window was made of. So raw and tables can
be compared without making the aggregates anew.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial
from itertools import chain, groupby
from operator import attrgetter
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.arrow_schema import UTC_MICROSECONDS
from glue_jobs.core.audit.repeats import keyed
from glue_jobs.core.batch_files import Batch, batch_of
from glue_jobs.core.decode import EVENT_TIME, Decoder
from glue_jobs.core.errors import SourceError
from glue_jobs.core.hours import HOUR, Range
from glue_jobs.core.pieces import Piece, newest_in, pieces_of, rows_of
from glue_jobs.core.record_text import texts_of
from glue_jobs.core.table_hours import Hour
from glue_jobs.core.windows import Windows, window_starts

ByWindow: TypeAlias = "Counter[datetime]"
"""Window start → number of records, or of known values."""


@dataclass(frozen=True)
class CountColumn:
    """A column of a table that counts: the known values of the field `of`; None: records."""

    table: TableContract
    name: str
    of: str | None

    @property
    def in_words(self) -> str:
        return f"{self.table.name}.{self.name}"


@dataclass(frozen=True)
class RawBatch:
    """What one micro-batch put into raw, or a redrive, which has the number of its newest batch.

    redrive  the redrive's own number; None for a batch
    rows     all records, good or bad
    newest   the latest event time of those that the contract accepts
    counts   what each column that counts would say of them, window by window, if no repeat was dropped
    keyed    what it takes to tell repeats (`repeats.keyed`); None where they are not dropped
    """

    number: int
    redrive: int | None
    rows: int
    newest: datetime | None
    counts: Mapping[str, ByWindow]
    keyed: pa.Table | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Its place in the order of batches; redrives stand behind all of them."""
        return self.redrive or 0, self.number


@dataclass(frozen=True)
class RecordCounts:
    """Counts the records of an event; each column that counts has a name of its own."""

    windows: Windows

    @cached_property
    def columns(self) -> tuple[CountColumn, ...]:
        """Every column that counts."""
        return tuple(
            CountColumn(aggregate.table, measure.column, measure.of)
            for aggregate in self.windows.aggregates
            for measure in aggregate.measures
            if measure.function == "count"
        )

    @cached_property
    def records(self) -> CountColumn:
        """The one that counts every record; ValueError where the event has none."""
        for column in self.columns:
            if column.of is None:
                return column
        raise ValueError(f"{self.windows.event.name}: no table counts every record, so none can be audited")

    def of_rows(self, accepted: pa.Table) -> dict[str, ByWindow]:
        """The counts of accepted rows (`decode.decoded_schema`)."""
        start = pa.array(window_starts(accepted, self.windows.length)).cast(UTC_MICROSECONDS)
        rows = pa.table({"start": start, **{field: accepted[field] for field in self._fields}})
        known = [(field, "count") for field in self._fields]
        groups = rows.group_by("start").aggregate([([], "count_all"), *known])
        return {
            column.name: _by_window(groups, "start", f"{column.of}_count" if column.of else "count_all")
            for column in self.columns
        }

    def of_raw(
        self,
        hours: Iterable[Hour],
        last: int,
        times: Mapping[int, datetime],
        keyed_of: Range | None = None,
    ) -> Iterator[RawBatch]:
        """The batches whose records lie in these hours of raw, in their order, up to batch `last`.

        Where repeats are dropped, with what it takes to tell those of the windows in `keyed_of`.

        `times` are when batches were planned, as far as that is known. It counts where a record's arrival is
        hidden and its file does not say; else the end of the file's hour stands in.

        Raises:
            SourceError: a file is damaged, or is of no batch.
        """
        found: list[RawBatch] = []
        for hour in hours:
            batches = ((file, newest_in(file)) for file in hour.files)
            files = [file for file, batch in batches if batch is None or batch.number <= last]
            at_once = 1 if hour.switched else hour.place.files_at_once  # what was merged is large
            with ThreadPoolExecutor(at_once) as threads:
                read = partial(self._of_file, hour, last, times, keyed_of)
                found += chain.from_iterable(threads.map(read, files))
        place = attrgetter("place")
        for _, some in groupby(sorted(found, key=place), key=place):
            yield self._together([*some])

    def _of_file(
        self,
        hour: Hour,
        last: int,
        times: Mapping[int, datetime],
        keyed_of: Range | None,
        path: str,
    ) -> Iterable[RawBatch]:
        """What a file holds of each batch up to `last`."""
        file = hour.open_file(path)
        decoder = Decoder(self.windows.event, self._fields, self.windows.deduplicate)
        pieces = [piece for piece in pieces_of(path, file.metadata) if _known(hour, piece).number <= last]
        batches = {piece: self._nothing(piece) for piece in pieces}
        for piece, _, records in rows_of(file, pieces):
            time = piece.batch_time or times.get(batches[piece].number) or hour.begins + HOUR
            accepted = decoder.decode(list(texts_of(records)), time).accepted
            of_these = replace(
                batches[piece],
                rows=len(records),
                newest=pc.max(accepted[EVENT_TIME]).as_py(),
                counts=self.of_rows(accepted),
                keyed=self._keyed(accepted, keyed_of),
            )
            batches[piece] = self._together([batches[piece], of_these])
        return batches.values()

    def _keyed(self, accepted: pa.Table, which: Range | None) -> pa.Table | None:
        if which is None or not self.windows.deduplicate:
            return None
        return keyed(accepted, self._fields, self.windows.length, which)

    def _nothing(self, piece: Piece) -> RawBatch:
        assert piece.newest is not None
        redrive = None if piece.redrive is None else piece.redrive.number
        return RawBatch(piece.newest.number, redrive, 0, None, {})

    def _together(self, parts: Sequence[RawBatch]) -> RawBatch:
        """The parts of one batch as one."""
        counts: dict[str, ByWindow] = {column.name: Counter() for column in self.columns}
        for part in parts:
            for name, count in part.counts.items():
                counts[name].update(count)
        newest = max(filter(None, (part.newest for part in parts)), default=None)
        rows = [part.keyed for part in parts if part.keyed is not None]
        return replace(
            parts[0],
            rows=sum(part.rows for part in parts),
            newest=newest,
            counts=counts,
            keyed=pa.concat_tables(rows) if rows else None,
        )

    @cached_property
    def _fields(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(column.of for column in self.columns if column.of))


@dataclass
class Published:
    """What one table holds: its columns that count, and the windows in which a key stands in two rows."""

    counts: dict[str, ByWindow]
    twice: set[datetime]


def published(hours: Iterable[Hour], columns: Sequence[CountColumn], last: int) -> Published:
    """What readers of these hours find, without the files of batches after `last`; all columns of one table.

    Raises:
        SourceError: a file is damaged, or lacks a column.
    """
    counted = [column.name for column in columns]
    found = Published({name: Counter() for name in counted}, set())
    key = columns[0].table.key
    for hour in hours:
        files = [file for file in hour.files if (batch := batch_of(file)) is None or batch.number <= last]
        if not files:
            continue
        rows = pa.concat_tables([_columns_of(hour, file, [*key, *counted]) for file in files])
        sums = rows.group_by("window_start").aggregate([(name, "sum") for name in counted])
        for name in counted:
            found.counts[name].update(_by_window(sums, "window_start", f"{name}_sum"))
        keys = rows.group_by(list(key)).aggregate([([], "count_all")])
        found.twice |= {*keys.filter(pc.greater(keys["count_all"], 1))["window_start"].to_pylist()}
    return found


def _columns_of(hour: Hour, path: str, names: list[str]) -> pa.Table:
    rows = hour.open_file(path).read(columns=names)
    lacking = {*names} - {*rows.column_names}
    if lacking:
        raise SourceError(f"{hour.place.uri}/{path}: it has no column {', '.join(sorted(lacking))}")
    return rows.select(names)


def _known(hour: Hour, piece: Piece) -> Batch:
    """The newest batch of a piece."""
    if piece.newest is None:
        raise SourceError(
            f"{hour.place.uri}/{piece.name}: of no micro-batch, so what was late in it is not known"
        )
    return piece.newest


def _by_window(groups: pa.Table, start: str, count: str) -> ByWindow:
    counts = pc.fill_null(groups[count], 0).to_pylist()
    return Counter(dict(zip(groups[start].to_pylist(), counts, strict=True)))
