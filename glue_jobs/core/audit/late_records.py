"""Which records of raw came in time and which too late, window by window.

A batch takes a record unless a batch before it has published the record's window. That the watermark says,
which is worked out of raw on the way (`watermarks`). So to tell it of some windows, raw is read from the hour
on in which their first record can have come; and before it as far back as it takes until no older event can
have set the watermark, which for a stream of today's events is one hour.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from glue_jobs.core.audit.record_counts import ByWindow, CountColumn, RawBatch, RecordCounts
from glue_jobs.core.audit.repeats import WindowKeys, by_window
from glue_jobs.core.audit.watermarks import Watermarks
from glue_jobs.core.batch_files import batch_of
from glue_jobs.core.hours import HOUR, Range, whole_hour
from glue_jobs.core.table_hours import Hour, TakenIn

_CLOCKS = timedelta(minutes=1)
"""How much later than the batch that reads it a record may seem to arrive, by another clock."""


@dataclass(frozen=True)
class Lateness:
    """Records, or the known values of a field, by window: those in time, and those that came too late.

    Where repeats are dropped, each event is one record:

    late      events of which no record is in time (not told of values)
    repeated  records beyond the first of an event (likewise)
    unsure    values of which it is not determined whether the record that counts has them
    """

    in_time: ByWindow = field(default_factory=Counter)
    late: ByWindow = field(default_factory=Counter)
    repeated: ByWindow = field(default_factory=Counter)
    unsure: ByWindow = field(default_factory=Counter)


@dataclass(frozen=True)
class Reading:
    """How raw is read.

    counts      what is counted of the records
    last        the newest batch that counts
    times       when batches were planned, as far as that is known
    rebuilt     table → hour → how far a rebuild has taken the late records in
    """

    counts: RecordCounts
    last: int
    times: Mapping[int, datetime]
    rebuilt: Mapping[str, Mapping[datetime, TakenIn]]

    def taken_in(self, column: CountColumn, start: datetime) -> TakenIn | None:
        """How far a rebuild has taken records into a window of the column's table; None: there was none."""
        return self.rebuilt.get(column.table.name, {}).get(whole_hour(start))

    def columns(self, start: datetime) -> dict[TakenIn | None, list[CountColumn]]:
        """The columns, by how far a rebuild has taken records into a window of their table."""
        columns: dict[TakenIn | None, list[CountColumn]] = defaultdict(list)
        for column in self.counts.columns:
            columns[self.taken_in(column, start)].append(column)
        return columns


Keys: TypeAlias = dict[tuple[datetime, TakenIn | None], WindowKeys]
"""The keys of each window; of one whose tables are rebuilt to different batches for each of these."""


@dataclass
class RawRecords:
    """What lies in the hours of raw that were read in full: `first` is the first batch there.

    rows and accepted are all records there, whatever their window; counts those of the windows asked for, by
    the column that they count for.
    """

    first: int
    counts: dict[str, Lateness]
    rows: int = 0
    accepted: int = 0
    batches: set[int] = field(default_factory=set)


def hours_in_full(hours: Iterable[Hour], which: Range, max_ahead: timedelta) -> list[Hour]:
    """The hours of raw in which records of these windows can lie: none is earlier than its event by more."""
    if which.begin is None:
        return [*hours]
    first = which.begin - max_ahead - _CLOCKS
    return [hour for hour in hours if hour.begins + HOUR > first]


def count_raw(hours: list[Hour], which: Range, watermarks: Watermarks, reading: Reading) -> RawRecords:
    """Read raw, tell `watermarks` of its batches, and count.

    Raises:
        SourceError: a file is damaged.
    """
    counts = reading.counts
    in_full = hours_in_full(hours, which, counts.windows.event.max_ahead)
    first = tell_of_before(watermarks, hours, in_full, reading)
    found = RawRecords(first, {column.name: Lateness() for column in counts.columns})
    keys: Keys = defaultdict(WindowKeys)
    for batch in counts.of_raw(in_full, reading.last, reading.times, which):
        closed_until = watermarks.closed_before(batch.number)
        if batch.keyed is None:
            _add(found, batch, which, closed_until, reading)
        else:
            _add_keyed(found, batch, keys, closed_until, reading)
        found.batches |= {batch.number} if batch.redrive is None else set()
        found.rows += batch.rows
        found.accepted += batch.counts[counts.records.name].total()
        if batch.redrive is None:  # the stream never saw what a redrive brought
            watermarks.add(batch.number, batch.newest)
    _tell_late(found, keys, reading)
    return found


def tell_of_before(
    watermarks: Watermarks, hours: list[Hour], in_full: Sequence[Hour], reading: Reading
) -> int:
    """Tell the watermarks of as many batches before the hours `in_full`, the last ones, as it takes.

    Gives the first batch of these.

    Raises:
        SourceError: a file is damaged.
    """
    first = min(_numbers(in_full), default=reading.last + 1)
    before = hours[: len(hours) - len(in_full)]
    for batch in _before(before, first, reading.counts.windows.event.max_ahead, reading):
        watermarks.add(batch.number, batch.newest)
    return first


def _add(found: RawRecords, batch: RawBatch, which: Range, closed_until: datetime, reading: Reading) -> None:
    length = reading.counts.windows.length
    for column in reading.counts.columns:
        for start, count in which.of(batch.counts[column.name]).items():
            in_time = start + length > closed_until
            late = is_late(batch, in_time, reading.taken_in(column, start))
            (found.counts[column.name].late if late else found.counts[column.name].in_time)[start] += count


def _add_keyed(
    found: RawRecords, batch: RawBatch, keys: Keys, closed_until: datetime, reading: Reading
) -> None:
    """The same where repeats are dropped."""
    length = reading.counts.windows.length
    for start, rows in by_window(batch.keyed):
        for taken_in, columns in reading.columns(start).items():
            for column in columns:
                found.counts[column.name].repeated[start] += 0 if column.of else len(rows.keys)
            if is_late(batch, start + length > closed_until, taken_in):
                keys[start, taken_in].add_late(rows)
                continue
            counted = keys[start, taken_in].add(rows)
            for column in columns:
                counts = found.counts[column.name]
                counts.in_time[start] += counted.known[column.of] if column.of else counted.records
                if column.of and taken_in is None:  # a rebuild takes the first
                    counts.unsure[start] += counted.unsure[column.of]


def _tell_late(found: RawRecords, keys: Keys, reading: Reading) -> None:
    """Late are the keys that no table holds; what is neither in time nor late is a repeat."""
    for (start, taken_in), of_window in keys.items():
        for column in reading.columns(start)[taken_in]:
            if column.of is None:
                counts = found.counts[column.name]
                counts.late[start] = of_window.late
                counts.repeated[start] -= counts.in_time[start] + counts.late[start]


def is_late(batch: RawBatch, in_time: bool, taken_in: TakenIn | None) -> bool:
    """Whether the tables lack records of the batch, which its stream took in time or not."""
    if batch.redrive is not None:
        return taken_in is None or batch.redrive > taken_in.redrive
    return not in_time if taken_in is None else batch.number > taken_in.batch


def _before(hours: list[Hour], first: int, max_ahead: timedelta, reading: Reading) -> list[RawBatch]:
    """The batches before `first` that can have set the watermark of the batch before it, in order.

    An event is at most `max_ahead` later than its arrival, and so than the end of its hour. Going back ends
    where an event is newer than all that are left can be.
    """
    batches: list[RawBatch] = []
    for hour in reversed(hours):
        found = reading.counts.of_raw([hour], reading.last, reading.times)
        batches += [batch for batch in found if batch.redrive is None]
        newest = [batch.newest for batch in batches if batch.newest and batch.number < first - 1]
        if newest and max(newest) >= hour.begins + max_ahead + _CLOCKS:
            break
    return sorted(batches, key=lambda batch: batch.number)


def _numbers(hours: Iterable[Hour]) -> Iterator[int]:
    batches = (batch_of(name) for hour in hours for name in hour.pieces)
    return (batch.number for batch in batches if batch is not None)
