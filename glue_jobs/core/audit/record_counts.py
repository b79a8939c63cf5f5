"""How many records lie in each window: in raw, by the contract; in tables, by their columns that count.

A column that counts (`count` of all records or of the known values of a field) adds up: its sum over the rows
of a window is the number of records, or of known values, that the window was made of. So raw and tables can
be compared without making the aggregates anew.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.arrow_schema import UTC_MICROSECONDS
from glue_jobs.core.batch_files import batch_of, batch_time_of
from glue_jobs.core.decode import EVENT_TIME, Decoder
from glue_jobs.core.errors import SourceError
from glue_jobs.core.hours import HOUR
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
    """What one micro-batch put into raw.

    rows    all records, good or bad
    newest  the latest event time of those that the contract accepts
    counts  what each column that counts should say of them, window by window
    """

    number: int
    rows: int
    newest: datetime | None
    counts: Mapping[str, ByWindow]


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

    def of_raw(self, hours: Iterable[Hour], last: int, times: Mapping[int, datetime]) -> Iterator[RawBatch]:
        """The batches whose records lie in these hours of raw, in their order, up to batch `last`.

        `times` are when batches were planned, as far as that is known. It counts where a record's arrival is
        hidden and its file does not say; else the end of the file's hour stands in.

        Raises:
            SourceError: a file is damaged, or is of no batch.
        """
        found = sorted(
            ((_number(hour, file), hour, file) for hour in hours for file in hour.files), key=_first
        )
        batches = [list(files) for number, files in groupby(found, key=_first) if number <= last]
        with ThreadPoolExecutor(
            max((hour.place.files_at_once for _, hour, _ in found), default=1)
        ) as threads:
            yield from threads.map(lambda files: self._batch(files, times), batches)

    def _batch(self, files: Sequence[tuple[int, Hour, str]], times: Mapping[int, datetime]) -> RawBatch:
        decoder = Decoder(self.windows.event, self._fields)
        rows, newest = 0, None
        counts: dict[str, ByWindow] = {column.name: Counter() for column in self.columns}
        for number, hour, path in files:
            file = hour.open_file(path)
            time = batch_time_of(file.metadata) or times.get(number) or hour.begins + HOUR
            for group in range(file.num_row_groups):
                records = file.read_row_group(group)
                accepted = decoder.decode(list(texts_of(records)), time).accepted
                rows += len(records)
                newest = max(filter(None, [newest, pc.max(accepted[EVENT_TIME]).as_py()]), default=None)
                for name, count in self.of_rows(accepted).items():
                    counts[name].update(count)
        return RawBatch(files[0][0], rows, newest, counts)

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


def _number(hour: Hour, path: str) -> int:
    batch = batch_of(path)
    if batch is None:
        raise SourceError(f"{hour.place.uri}/{path}: of no micro-batch, so what was late in it is not known")
    return batch.number


def _first(found: tuple[int, Hour, str]) -> int:
    return found[0]


def _by_window(groups: pa.Table, start: str, count: str) -> ByWindow:
    counts = pc.fill_null(groups[count], 0).to_pylist()
    return Counter(dict(zip(groups[start].to_pylist(), counts, strict=True)))
