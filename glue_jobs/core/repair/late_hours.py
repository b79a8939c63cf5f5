"""Which hours have records that came too late, and that no version has taken in yet.

It is told of what the stream has read lately, with the parts of the audit: raw of those hours of ingest is
read, and before it as much as it takes to know the watermark. The windows of the records may be of any age.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TypeAlias

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.audit.late_records import Reading, is_late, tell_of_before
from glue_jobs.core.audit.record_counts import RawBatch, RecordCounts
from glue_jobs.core.audit.watermarks import Watermarks
from glue_jobs.core.catalog import Catalog
from glue_jobs.core.hours import Progress, whole_hour
from glue_jobs.core.partitions import hour_values
from glue_jobs.core.repair.versions import newest_at
from glue_jobs.core.rewindable import History
from glue_jobs.core.storage import open_storage
from glue_jobs.core.table_hours import Hour, TakenIn, all_hours_of, locations_of
from glue_jobs.core.windows import Windows

Rebuilt: TypeAlias = Callable[[datetime], Iterable[TakenIn | None]]
"""For an hour, in each table: how far a rebuild has taken late records in; None where there was none."""


REACHING_BACK = timedelta(days=7)
"""One stray record of an old hour would have all of raw read, each day."""


@dataclass(frozen=True)
class LateHours:
    """Hour → how many late records it has that no version has taken in.

    since   from which time of ingest on raw was looked at
    closed  the hours that can be rebuilt
    open    those that the stream may still add to
    old     those that began longer ago than they may have
    """

    since: datetime
    closed: "Counter[datetime]"
    open: "Counter[datetime]"
    old: "Counter[datetime]"


@dataclass(frozen=True)
class Ingested:
    """What the stream has read lately.

    raw       the table of its records
    reached   how far it has come; the checkpoint is its
    watermark how late an event may be
    within    how long before the newest batch that is done
    back      how long before it an hour may have begun to be rebuilt: raw is read from there on
    """

    raw: TableContract
    checkpoint_uri: str
    reached: Progress
    watermark: timedelta
    within: timedelta
    back: timedelta = REACHING_BACK

    @property
    def since(self) -> datetime:
        return whole_hour(self.reached.time - self.within)


def late_hours(
    catalog: Catalog, windows: Windows, tables: Iterable[TableContract], ingested: Ingested
) -> LateHours:
    """The hours with late records that one of the tables, which are of these windows, lacks.

    Raises:
        SourceError: a file of raw is damaged, or a version does not say what it is.
        CatalogError: the catalogue refuses.
    """
    counts, reached = RecordCounts(windows), ingested.reached
    plans = History(ingested.checkpoint_uri).plans
    reading = Reading(counts, reached.batch, {batch: plan.time for batch, plan in plans.items()}, {})
    watermarks = Watermarks(ingested.watermark, {batch: plan.watermark for batch, plan in plans.items()})
    hours = all_hours_of(catalog.lake_uri, ingested.raw, locations_of(catalog, ingested.raw) or {})
    recent = [hour for hour in hours if hour.begins >= ingested.since]
    tell_of_before(watermarks, hours, recent, reading)
    rebuilt = _rebuilt(catalog, tables)
    late: Counter[datetime] = Counter()
    for batch in counts.of_raw(recent, reached.batch, reading.times):
        late.update(_late(batch, counts, watermarks.closed_before(batch.number), rebuilt))
        if batch.redrive is None:  # the stream never saw what a redrive brought
            watermarks.add(batch.number, batch.newest)
    found = LateHours(ingested.since, Counter(), Counter(), Counter())
    for hour, count in late.items():
        kind = found.closed if reached.windows_closed(hour) else found.open
        (found.old if hour < reached.time - ingested.back else kind)[hour] = count
    return found


def _late(
    batch: RawBatch, counts: RecordCounts, closed_until: datetime, rebuilt: Rebuilt
) -> "Counter[datetime]":
    """How many records of a batch are late, by the hour that their windows start in."""
    late: Counter[datetime] = Counter()
    for start, count in batch.counts[counts.records.name].items():
        hour, ends = whole_hour(start), start + counts.windows.length
        if any(is_late(batch, ends > closed_until, table) for table in rebuilt(hour)):
            late[hour] += count
    return late


def _rebuilt(catalog: Catalog, tables: Iterable[TableContract]) -> Rebuilt:
    """Looks an hour up in the manifests of what stands, once: only hours that lately had records matter."""
    known = [locations_of(catalog, table) or {} for table in tables]  # none of a table that is new

    @cache
    def rebuilt(hour: datetime) -> tuple[TakenIn | None, ...]:
        return tuple(_taken_in(hour, locations.get(hour_values(hour))) for locations in known)

    return rebuilt


def _taken_in(hour: datetime, location: str | None) -> TakenIn | None:
    if location is None:
        return None
    there = open_storage(location)
    return Hour(hour, there, (), switched=newest_at(there.uri) is not None).rebuilt_to
