"""Redrive: rejected records that were mended are appended to raw, each once.

Of every portion first the ledger is written (`ledgers`), then one file of raw: with that the redrive has
happened. Whatever dies before leaves a ledger that the next redrive removes; whatever dies after leaves
records that wait in raw, like late ones, for a rebuild of their hours. The file lies in the stream's folder
of an hour that the stream has not left behind, and is of no batch (`pieces`): the stream does not know of
it, and it moves no watermark.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.audit.lake import Pipeline
from glue_jobs.core.batch_files import batch_of, with_batch_time
from glue_jobs.core.catalog import Location
from glue_jobs.core.errors import SinkError
from glue_jobs.core.hours import EPOCH, HOUR, whole_hour
from glue_jobs.core.partitions import hour_values, partition_folder
from glue_jobs.core.pieces import Redrive, redrive_of
from glue_jobs.core.repair.ledgers import Ledger, ledger_folder, newest_by_hour, write_ledger
from glue_jobs.core.repair.mending import Accepted
from glue_jobs.core.repair.rebuildable import Rebuild
from glue_jobs.core.repair.rejects import Judged, Rejects
from glue_jobs.core.repair.switch import Maintenance
from glue_jobs.core.repair.versions import Values, folder_at, read_manifest, versions_folder
from glue_jobs.core.rewindable import History
from glue_jobs.core.table_hours import locations_of
from glue_jobs.core.windows import Windows

MOST_RECORDS, MOST_BYTES = 100_000, 128 * 2**20
"""Of one redrive; a larger one is several."""


def append(
    place: Maintenance,
    rejects: Rejects,
    records: Iterable[Judged],
    now: datetime,
    newest_planned: datetime,
    most_records: int = MOST_RECORDS,
) -> Iterator[Ledger]:
    """Append the accepted ones among the records to raw; gives each redrive when it has happened.

    `now` is the time that they were judged with; `newest_planned`, when the stream has planned its newest
    batch. Rejects were looked up under the lease that `place` has.

    Raises:
        SinkError: a file cannot be written, or another maintenance has taken over.
        CatalogError: the catalogue refuses.
    """
    with _sink_errors(place.lake_uri):
        _remove_unhappened(place, rejects)
    before = max((ledger.redrive.number for ledger in rejects.happened), default=0)
    for number, some in enumerate(_portions(records, most_records), before + 1):
        hour = _raw_hour(place, rejects.pipeline.raw, max(now, newest_planned))
        ledger = _ledger(rejects, number, some, now, hour)
        place.catalog.ensure_partitions(rejects.pipeline.raw, [hour])
        with _sink_errors(place.lake_uri):
            write_ledger(place.lake, rejects.pipeline.quarantine, ledger, place.fence)
            _write_raw(place, rejects.pipeline.raw, ledger, some)
        yield ledger


def newest_plan(checkpoint_uri: str) -> datetime:
    """When the newest batch of a checkpoint was planned; there is one."""
    history = History(checkpoint_uri)
    return history.plan(max(history.planned)).time


def not_taken_in(place: Maintenance, pipeline: Pipeline, happened: Iterable[Ledger]) -> list[datetime]:
    """The hours with redriven events that the version which stands lacks in some table, in order.

    Raises:
        UnreadableHour: what stands is no version with a manifest.
        CatalogError: the catalogue refuses.
    """
    newest = newest_by_hour(happened)
    lacking: set[datetime] = set()
    for aggregate in pipeline.aggregates if newest else ():
        locations = locations_of(place.catalog, aggregate.table) or {}
        for hour in newest.keys() - lacking:
            uri = locations.get(hour_values(hour))
            folder = "" if uri is None else folder_at(place.lake, Location(uri))
            in_version = folder.startswith(f"{versions_folder(aggregate.table)}/")
            if not in_version or read_manifest(place.lake, folder).redrive < newest[hour]:
                lacking.add(hour)
    return sorted(lacking)


def rebuild_of(rejects: Rejects, hours: Sequence[datetime]) -> Rebuild:
    """The rebuild that takes these hours in, which are in order and at least one."""
    pipeline, reached = rejects.pipeline, rejects.reached
    windows = Windows(pipeline.event, pipeline.aggregates, reached.window, reached.deduplicate)
    names = tuple(aggregate.table.name for aggregate in pipeline.aggregates)
    return Rebuild(windows, pipeline.raw, names, hours[0], hours[-1] + HOUR, reached, only=frozenset(hours))


def _remove_unhappened(place: Maintenance, rejects: Rejects) -> None:
    """Remove the ledger of a redrive that has not happened, and drafts of it."""
    quarantine, raw = rejects.pipeline.quarantine, rejects.pipeline.raw
    folders = [ledger_folder(quarantine)]
    paths = []
    for ledger in rejects.ledgers:
        if ledger not in rejects.happened:
            paths.append(f"{ledger_folder(quarantine)}/{ledger.redrive.ledger_name}")
            folders.append(partition_folder(raw, ledger.raw_hour))
    for folder in folders:
        drafts = (file.path for file in place.lake.list_files(folder) if not file.visible)
        paths += [path for path in drafts if redrive_of(path) is not None]
    with place.fence():
        place.lake.delete_files(paths)


def _portions(records: Iterable[Judged], most: int) -> Iterator[list[Judged]]:
    """The accepted ones in pieces that fit into memory, and a file."""
    some: list[Judged] = []
    size = 0
    for one in records:
        if isinstance(one.outcome, Accepted):
            some.append(one)
            size += len(one.outcome.payload)
        if len(some) >= most or size >= MOST_BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some


def _raw_hour(place: Maintenance, raw: TableContract, moment: datetime) -> Values:
    """The first hour of raw from the moment's on of which readers get the stream's folder."""
    hour = whole_hour(moment)
    while True:
        values = hour_values(hour)
        location = place.catalog.location(raw, values)
        if location is None or folder_at(place.lake, location) == partition_folder(raw, values):
            return values
        hour += HOUR


def _ledger(rejects: Rejects, number: int, some: Sequence[Judged], now: datetime, hour: Values) -> Ledger:
    batches = [batch.number for one in some if (batch := batch_of(one.record["file"])) is not None]
    window = rejects.reached.window
    times = [one.outcome.event_time for one in some if isinstance(one.outcome, Accepted)]
    hours = {whole_hour(time - (time - EPOCH) % window) for time in times}
    records = [(one.record["file"], one.record["row"]) for one in some]
    return Ledger(
        Redrive(rejects.reached.query, number, max(batches)), now, hour, tuple(sorted(hours)), records
    )


def _write_raw(place: Maintenance, raw: TableContract, ledger: Ledger, some: Sequence[Judged]) -> None:
    schema = arrow_schema(raw.schema)
    origin = [name for name in schema.names if name != "data"]
    rows = [
        {"data": one.outcome.payload, **{name: one.record[name] for name in origin}}
        for one in some
        if isinstance(one.outcome, Accepted)
    ]
    path = f"{partition_folder(raw, ledger.raw_hour)}/{ledger.redrive.file_name}"
    table = pa.Table.from_pylist(rows, with_batch_time(schema, ledger.time))
    with place.lake.new_file(path, place.fence) as file:
        pq.write_table(table, file, compression="snappy", coerce_timestamps="us")


@contextmanager
def _sink_errors(place: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SinkError(f"the redrive in {place} was interrupted: {error}; run the same again") from error
