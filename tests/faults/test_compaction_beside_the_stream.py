"""Hours are compacted while the stream that writes them runs, by maintenance that dies again and again."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from glue_jobs.contracts.contract import TableContract
from glue_jobs.contracts.mobile_coverage import AGGREGATES, QUARANTINE, RAW, TABLES
from glue_jobs.core.catalog import Catalog
from glue_jobs.core.hours import Range, progress
from glue_jobs.core.partitions import hour_values
from glue_jobs.core.repair.compaction import Compacted, compact
from glue_jobs.core.repair.concatenation import concatenate
from glue_jobs.core.repair.sweep import sweep
from glue_jobs.core.repair.switch import maintenance
from glue_jobs.core.repair.versions import Values
from glue_jobs.core.storage import open_storage
from tests.batch_oracle import batch_rows, check_side_tables, decoded, in_order
from tests.core.hours_lake import Died, glue_client, stepping
from tests.faults.harness import START, Job, files_job, write_events
from tests.faults.polling_reader import by_piece, catalogued, polling_reader

PUBLISHED = tuple(aggregate.table for aggregate in AGGREGATES)
TAKEN = (RAW, QUARANTINE)
HOUR = hour_values(START)
"""One that has many windows, and is closed while the stream still runs."""

DEATH_RATE = 0.15
"""How often a maintenance dies at a step."""


@pytest.mark.timeout(600)  # one start of Spark, thirty batches
def test_compaction_beside_the_stream_shows_readers_each_row_once_at_every_moment(
    aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that was seen once is seen ever after; in the end the tables hold what a batch run gives."""
    lines = write_events(tmp_path / "events", files=30, events_a_file=60, seed=29)
    job = files_job(tmp_path, {}, tmp_path / "events")
    catalog = Catalog(job.lake_uri, glue_client())
    for table in TABLES:
        catalog.ensure_table(table)
    read = catalogued(catalog)
    rng, done, deaths = Random(5), list[Compacted](), 0
    records = by_piece(catalog)
    with (
        polling_reader(job.lake_uri, PUBLISHED, read, grows=True) as reader,
        polling_reader(job.lake_uri, TAKEN, records) as reader_of_records,
    ):
        with job.process({}) as process:
            while process.poll() is None:
                deaths += dies(job, catalog, done, rng, monkeypatch)
            assert process.returncode == 0, process.communicate()
        meanwhile = len(done)
        maintain(job, catalog, done)
        reader.look()
        reader_of_records.look()
    assert (reader_of_records.faults, reader_of_records.looks > 10) == ([], True)
    assert (reader.faults, reader.looks > 10, deaths > 0, meanwhile > 0) == ([], True, True, True)
    assert all(HOUR in switched(catalog, table) for table in PUBLISHED)
    assert all(switched(catalog, table) for table in TAKEN)

    with maintenance(job.lake_uri, catalog) as place:
        list(sweep(place, TABLES, timedelta(0)))
    accepted = decoded(lines)[0]
    for aggregate in AGGREGATES:
        expected = batch_rows(accepted, aggregate, START + timedelta(days=1) - timedelta(minutes=10))
        assert in_order(read(job.lake_uri, aggregate.table)) == in_order(expected)
    check_side_tables(job.lake, lines, read)


def switched(catalog: Catalog, table: TableContract) -> set[Values]:
    """The hours that were compacted: maintenance may have died before it told."""
    return {hour for hour, location in catalog.locations(table).items() if "__v/" in location.uri}


def dies(
    job: Job, catalog: Catalog, done: list[Compacted], rng: Random, monkeypatch: pytest.MonkeyPatch
) -> bool:
    """Maintain once; whether that died on the way."""

    def step(name: str) -> None:
        if "_lease" not in name and rng.random() < DEATH_RATE:
            raise Died

    with monkeypatch.context() as patch, suppress(Died):
        stepping(open_storage(catalog.lake_uri), step, patch)
        maintain(job, catalog, done)
        return False
    return True


def maintain(job: Job, catalog: Catalog, done: list[Compacted]) -> None:
    """Compact what is closed by now, and sweep; readers have as long as the test runs.

    Of raw and quarantine also the hour that is not over: as if a clock were put back with every batch.
    """
    with maintenance(job.lake_uri, catalog) as place:
        begun = (job.checkpoint / "metadata").exists()  # or there is no query to ask
        reached = progress(job.checkpoint.as_uri()) if begun else None
        if reached is not None:
            for hour in compact(place, reached, PUBLISHED, Range()):
                done.append(hour)  # noqa: PERF402 - it may die before the next
            later = replace(reached, time=reached.time + timedelta(hours=1))
            for hour in concatenate(place, later, TAKEN, Range()):
                done.append(hour)  # noqa: PERF402 - as above
            list(sweep(place, TABLES))
