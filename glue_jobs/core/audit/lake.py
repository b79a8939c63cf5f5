"""Audits a lake: reads raw, tables and quarantine where readers find them, and the checkpoint."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from pyspark.sql import SparkSession

from glue_jobs.contracts.contract import Aggregate, EventContract, TableContract
from glue_jobs.core.audit.accounts import Audit, accounts_of, values_of
from glue_jobs.core.audit.late_records import Reading, count_raw, hours_in_full
from glue_jobs.core.audit.open_windows import open_windows
from glue_jobs.core.audit.record_counts import ByWindow, Published, RecordCounts, published
from glue_jobs.core.audit.watermarks import Watermarks
from glue_jobs.core.batch_files import Batch
from glue_jobs.core.catalog import Catalog
from glue_jobs.core.checkpoint import (
    interrupted_rewind,
    kept_definition,
    newest_done,
    query_id,
    window_length,
)
from glue_jobs.core.checkpoint_health import damages
from glue_jobs.core.errors import OptionError, SourceError
from glue_jobs.core.hours import Range
from glue_jobs.core.partitions import hour_values
from glue_jobs.core.pieces import newest_in, pieces_of
from glue_jobs.core.repair.lost_locations import lost_hours
from glue_jobs.core.repair.versions import newest_at
from glue_jobs.core.rewindable import History
from glue_jobs.core.storage import open_storage
from glue_jobs.core.table_hours import Hour, Locations, TakenIn, hours_of, locations_of, not_registered
from glue_jobs.core.windows import Windows


@dataclass(frozen=True)
class Pipeline:
    """What a job writes: the tables made of its event, and the records beside them."""

    event: EventContract
    aggregates: tuple[Aggregate, ...]
    raw: TableContract
    quarantine: TableContract

    @property
    def tables(self) -> tuple[TableContract, ...]:
        return (*(aggregate.table for aggregate in self.aggregates), self.raw, self.quarantine)


@dataclass(frozen=True)
class AuditedQuery:
    """What a checkpoint says of its query.

    id          its own
    done        the newest batch that is done; -1 for none
    times       when batches were planned, as far as it is kept; watermarks, what they were planned with
    window      length of a window; None where it does not say
    deduplicate what it tells repeats of an event by (`event_keys`)
    """

    id: str
    done: int
    times: Mapping[int, datetime]
    watermarks: Mapping[int, datetime]
    window: timedelta | None
    deduplicate: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lake:
    """The hours of each table, by its name.

    unknown  the folders with files that no reader finds
    lost     the versions that hold an hour of which readers find nothing or something older
    """

    hours: Mapping[str, list[Hour]]
    unknown: tuple[str, ...]
    lost: tuple[str, ...] = ()

    def batches(self) -> Iterator[tuple[str, Batch]]:
        """Every file or version that a reader finds, and its batch or the newest that has gone into it."""
        for hour in chain.from_iterable(self.hours.values()):
            found = [(f"{hour.place.uri}/{file}", newest_in(file)) for file in hour.files]
            if hour.switched:
                found = [(hour.place.uri, newest_at(hour.place.uri))]
            yield from ((place, batch) for place, batch in found if batch is not None)


def audit_lake(
    spark: SparkSession,
    pipeline: Pipeline,
    lake_uri: str,
    checkpoint_uri: str,
    delay: timedelta,
    catalog: Catalog | None = None,
    which: Range | None = None,
) -> Audit:
    """Audit the windows in `which`, or all; without a catalogue the folders are read.

    `delay` is the job's --watermark.

    Raises:
        SourceError: there is no checkpoint, or a file cannot be read.
        OptionError: lake and checkpoint are of different queries.
        CatalogError: the catalogue refuses.
    """
    query, lake = audited_query(checkpoint_uri), lake_of(lake_uri, pipeline, catalog)
    refuse_another_query(lake, query.id, checkpoint_uri)
    length = query.window or pipeline.event.window
    counts = RecordCounts(Windows(pipeline.event, pipeline.aggregates, length, query.deduplicate))
    still_open: ByWindow = Counter()
    if query.done >= 0:
        still_open = open_windows(spark, checkpoint_uri, query.done, counts.records.table.name)
    return audit_files(pipeline, lake, query, counts, still_open, delay, which or Range())


def audit_files(
    pipeline: Pipeline,
    lake: Lake,
    query: AuditedQuery,
    counts: RecordCounts,
    still_open: ByWindow,
    delay: timedelta,
    which: Range,
) -> Audit:
    """The audit once the state is read; needs no Spark."""
    watermarks = Watermarks(delay, query.watermarks)
    reading = Reading(counts, query.done, query.times, _rebuilt(pipeline, lake))
    raw = count_raw(lake.hours[pipeline.raw.name], which, watermarks, reading)
    tables = _tables(lake, counts, query.done, which)
    closed_until, length = watermarks.of(query.done), counts.windows.length
    quarantine = hours_in_full(lake.hours[pipeline.quarantine.name], which, pipeline.event.max_ahead)
    records = counts.records
    return Audit(
        batch=query.done,
        raw=raw.rows,
        rejected=_rows(quarantine, query.done),
        refused=raw.rows - raw.accepted,
        windows=accounts_of(
            raw.counts[records.name], tables[records.table.name], records, which.of(still_open)
        ),
        columns={
            column.in_words: values_of(
                raw.counts[column.name],
                tables[column.table.name],
                column,
                lambda start: start + length <= closed_until,
            )
            for column in counts.columns
        },
        differences=tuple(watermarks.differences(raw.first)),
        unknown=lake.unknown,
        lost=lake.lost,
        without_raw=tuple(sorted({*range(raw.first, query.done + 1)} - raw.batches)),
        unfinished=any(batch.number > query.done for _, batch in lake.batches()),
    )


def audited_query(checkpoint_uri: str) -> AuditedQuery:
    """What a checkpoint says.

    Raises:
        SourceError: no query has begun there, or it has to be mended first.
    """
    storage, begun = open_storage(checkpoint_uri), query_id(checkpoint_uri)
    if begun is None:
        raise SourceError(f"{checkpoint_uri}: no query has begun here; give the --checkpoint_uri of a job")
    if any(damages(storage)) or interrupted_rewind(checkpoint_uri) is not None:
        raise SourceError(
            f"{checkpoint_uri}: it is damaged, or in the middle of a rewind; "
            f"`sluice doctor {checkpoint_uri}` says what to do"
        )
    kept = kept_definition(storage) or {}
    plans = History(checkpoint_uri).plans
    return AuditedQuery(
        id=begun,
        done=newest_done(storage),
        times={batch: plan.time for batch, plan in plans.items()},
        watermarks={batch: plan.watermark for batch, plan in plans.items()},
        window=window_length(kept),
        deduplicate=tuple(kept.get("deduplicate", ())),
    )


def lake_of(lake_uri: str, pipeline: Pipeline, catalog: Catalog | None) -> Lake:
    """The hours of a pipeline's tables, as readers find them."""
    hours: dict[str, list[Hour]] = {}
    unknown: list[str] = []
    lost: list[str] = []
    for table in pipeline.tables:
        locations = None if catalog is None else locations_of(catalog, table)
        hours[table.name] = hours_of(lake_uri, table, locations)
        unknown += [] if locations is None else not_registered(lake_uri, table, locations)
        found: Locations = {hour_values(hour.begins): hour.place.uri for hour in hours[table.name]}
        lost += (hour.version for hour in lost_hours(open_storage(lake_uri), table, found))
    return Lake(hours, tuple(unknown), tuple(lost))


def refuse_another_query(lake: Lake, query: str, checkpoint_uri: str) -> None:
    """Refuse a lake that holds what another query wrote.

    Raises:
        OptionError: with the first such place.
    """
    for place, batch in lake.batches():
        if batch.query_id != query:
            raise OptionError(
                f"--checkpoint_uri {checkpoint_uri}: it is of query {query}, and {place} was "
                "written by another; give the checkpoint of that one"
            )


def _rebuilt(pipeline: Pipeline, lake: Lake) -> dict[str, dict[datetime, TakenIn]]:
    """Table → hour → how far a rebuild has taken late records in."""
    return {
        aggregate.table.name: {
            hour.begins: taken_in
            for hour in lake.hours[aggregate.table.name]
            if (taken_in := hour.rebuilt_to) is not None
        }
        for aggregate in pipeline.aggregates
    }


def _tables(lake: Lake, counts: RecordCounts, last: int, which: Range) -> dict[str, Published]:
    """What readers find of the windows in `which`, by table."""
    tables = {}
    for name in dict.fromkeys(column.table.name for column in counts.columns):
        columns = [column for column in counts.columns if column.table.name == name]
        found = published(which.hours(lake.hours[name]), columns, last)
        own = {column: which.of(by_window) for column, by_window in found.counts.items()}
        tables[name] = Published(own, {start for start in found.twice if which.holds(start)})
    return tables


def _rows(hours: list[Hour], last: int) -> int:
    """The rows of batches up to `last`."""
    batches = ((hour, file, newest_in(file)) for hour in hours for file in hour.files)
    pieces = (
        piece
        for hour, file, batch in batches
        if batch is None or batch.number <= last
        for piece in pieces_of(file, hour.open_file(file).metadata)
    )
    return sum(piece.rows for piece in pieces if piece.newest is None or piece.newest.number <= last)
