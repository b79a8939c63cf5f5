"""What of a quarantine can be redriven, and what would become of it: looked up, and nothing changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.audit.lake import Pipeline
from glue_jobs.core.catalog import Catalog
from glue_jobs.core.errors import SluiceError
from glue_jobs.core.hours import Progress, Range
from glue_jobs.core.pieces import newest_in
from glue_jobs.core.quarantine import Wanted, rejected_records
from glue_jobs.core.repair.ledgers import Ledger, Redriven, appended, ledgers_of, lost_ledger, redrives_in
from glue_jobs.core.repair.mending import Left, Mend, Mending, Outcome
from glue_jobs.core.repair.versions import is_data, versions_folder
from glue_jobs.core.storage import Storage, open_storage
from glue_jobs.core.table_hours import Hour, Locations, hours_of, locations_of


class RedriveRefused(SluiceError):
    """Records of this lake cannot be redriven; nothing was changed."""


@dataclass(frozen=True)
class Rejects:
    """The rejected records of a lake.

    hours    those of the quarantine in which batches took them
    reached  how far the stream has come: records of later batches are left
    ledgers  what was redriven before, also by one that died before its file of raw; `happened`: the others
    """

    pipeline: Pipeline
    lake_uri: str
    hours: Sequence[Hour]
    reached: Progress
    ledgers: Sequence[Ledger]
    happened: Sequence[Ledger]


class Judged(NamedTuple):
    """A rejected record (`quarantine.rejected_records`), and what would become of it."""

    record: dict[str, Any]
    outcome: Outcome


def rejects_of(
    lake_uri: str, catalog: Catalog | None, pipeline: Pipeline, reached: Progress, which: Range
) -> Rejects:
    """What can be redriven of the hours in `which`.

    Raises:
        RedriveRefused: the lake has no catalogue, raw is not kept, another query wrote a file, or it is not
            known what was redriven.
        CatalogError: the catalogue refuses.
        SourceError: a file cannot be read.
    """
    lake = open_storage(lake_uri)
    _known(lake_uri, catalog, pipeline.raw)  # what is redriven is to be found there
    rejected = _known(lake_uri, catalog, pipeline.quarantine)
    _refuse_without_raw(lake, pipeline.raw, reached)
    hours = which.hours(hours_of(lake_uri, pipeline.quarantine, rejected))
    ledgers = _ledgers(lake, pipeline)
    written = (f"{hour.place.uri}/{path}" for hour in hours for path in hour.files)
    for place in chain(written, (ledger.redrive.file_name for ledger in ledgers)):
        _refuse_another_query(place, reached)
    happened = appended(lake, pipeline.raw, ledgers)
    return Rejects(pipeline, lake_uri, hours, reached, ledgers, happened)


def judged(rejects: Rejects, wanted: Wanted, mend: Mend, now: datetime) -> Iterator[Judged]:
    """What would become of each record that is wanted, in the order in which they came; changes nothing.

    Raises:
        RedriveRefused: another query rejected it.
        SourceError: a file cannot be read.
    """
    mending = Mending(rejects.pipeline.event, mend, now)
    for record in rejected_records(rejects.hours, wanted, Redriven(rejects.happened), latest_first=False):
        batch = _refuse_another_query(record["file"], rejects.reached)
        if record["redriven"] is not None:
            yield Judged(record, Left.REDRIVEN)
        elif batch is None or batch > rejects.reached.batch:
            yield Judged(record, Left.UNFINISHED)
        else:
            yield Judged(record, mending.outcome(record["payload"] or b"", record["arrival_time"]))


def known_catalog(lake_uri: str, catalog: Catalog | None) -> Catalog:
    """The catalogue; RedriveRefused where there is none."""
    if catalog is None:
        raise RedriveRefused(_no_catalogue(lake_uri, "it"))
    return catalog


def _known(lake_uri: str, catalog: Catalog | None, table: TableContract) -> Locations:
    locations = locations_of(known_catalog(lake_uri, catalog), table)
    if locations is None:
        raise RedriveRefused(_no_catalogue(lake_uri, f"{table.database}.{table.name}"))
    return locations


def _no_catalogue(lake_uri: str, what: str) -> str:
    return (
        f"--lake_uri {lake_uri}: no catalogue knows {what}, and a rebuild puts records into the tables by a "
        "switch in the catalogue; let the crawlers run first"
    )


def _refuse_without_raw(lake: Storage, raw: TableContract, reached: Progress) -> None:
    files = chain(lake.list_files(raw.path), lake.list_files(versions_folder(raw)))
    kept = next((file.path for file in files if is_data(file)), None)
    if kept is None:
        raise RedriveRefused(
            f"{lake.uri}/{raw.path}: it holds no record, so tables cannot be made anew from it: the job ran "
            "with --keep_raw false; send the mended records to the stream instead"
        )
    _refuse_another_query(kept, reached)


def _ledgers(lake: Storage, pipeline: Pipeline) -> list[Ledger]:
    in_raw = redrives_in(lake, pipeline.raw)
    ledgers = ledgers_of(lake, pipeline.quarantine)
    if (lost := lost_ledger(pipeline.quarantine, in_raw, ledgers)) is not None:
        raise RedriveRefused(f"{lake.uri}/{lost}")
    return ledgers


def _refuse_another_query(place: str, reached: Progress) -> int | None:
    """The newest batch that a file tells of by its name; None where it tells of none."""
    newest = newest_in(place)
    if newest is not None and newest.query_id != reached.query:
        raise RedriveRefused(
            f"{place}: query {newest.query_id} wrote it, and --checkpoint_uri is of {reached.query}; give "
            "the checkpoint of the job that writes the lake"
        )
    return None if newest is None else newest.number
