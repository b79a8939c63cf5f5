"""The audit reads hours where the catalogue sends its readers."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from glue_jobs.contracts.contract import TableContract
from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT, STATUS_COUNT
from glue_jobs.core.audit.findings import findings
from glue_jobs.core.audit.record_counts import ByWindow
from glue_jobs.core.batch_files import Batch
from glue_jobs.core.catalog import Catalog, Location
from glue_jobs.core.errors import SourceError
from glue_jobs.core.hours import Progress, Range
from glue_jobs.core.partitions import hour_values
from glue_jobs.core.repair.compaction import compact
from glue_jobs.core.repair.lost_locations import restore_locations
from glue_jobs.core.repair.sweep import sweep
from glue_jobs.core.repair.switch import maintenance
from glue_jobs.core.repair.versions import MANIFEST, Manifest, version_folder
from glue_jobs.core.table_hours import hours_of
from tests.core.audit.played_stream import BEGIN, PIPELINE, QUERY, PlayedStream
from tests.core.audit.test_lake import at, played
from tests.core.buckets import write
from tests.core.hours_lake import glue_client

COUNTED = STATUS_COUNT.table
ELEVEN, TWELVE = ("2026-03-01", "11"), ("2026-03-01", "12")


@pytest.fixture
def catalog(aws: str, stream: PlayedStream) -> Iterator[Catalog]:
    """The catalogue of the stream's lake, with its hours."""
    client = glue_client()
    catalog = Catalog(stream.lake_uri, client)
    for table in PIPELINE.tables:
        catalog.ensure_table(table)
        beside = table not in [aggregate.table for aggregate in AGGREGATES]
        catalog.ensure_partitions(table, [TWELVE] if beside else [ELEVEN, TWELVE])
    yield catalog
    client.delete_database(Name=COUNTED.database)


@pytest.fixture
def stream(tmp_path: Path) -> PlayedStream:
    """Two records of the hour from 11 on are late."""
    return played(tmp_path.as_uri())


def switch(
    stream: PlayedStream,
    catalog: Catalog,
    made_by: str,
    batch: int,
    counts: ByWindow,
    redrive: int = 0,
    table: TableContract = COUNTED,
) -> str:
    """Put a version of the hour from 11 on of a table in its place; its folder."""
    folder = version_folder(table, ELEVEN, BEGIN, "tag", Batch(QUERY, batch))
    stream.put(table, f"{folder}/part-0.parquet", stream.rows_of(table, counts))
    definition: dict[str, Any] | None = {} if made_by == "rebuild" else None
    manifest = Manifest(made_by, BEGIN, table.name, ELEVEN, (), "", QUERY, batch, definition, 0, (), redrive)
    write(stream.lake, f"{folder}/{MANIFEST}", manifest.to_json())
    there = Location(f"{stream.lake_uri}/{folder}/", BEGIN)
    catalog.switch(table, ELEVEN, catalog.location(table, ELEVEN), there)
    return folder


def at_eleven(counts: ByWindow) -> ByWindow:
    """The windows that start before 12."""
    return Counter({start: count for start, count in counts.items() if start < BEGIN})


def test_a_lake_is_balanced_through_its_catalogue(stream: PlayedStream, catalog: Catalog) -> None:
    """The same as by its folders."""
    assert stream.audit(catalog=catalog) == stream.audit()


def test_a_rebuilt_hour_has_no_late_records(stream: PlayedStream, catalog: Catalog) -> None:
    """They are published; the stream's files, which are still there, count for nothing."""
    switch(stream, catalog, "rebuild", 5, at_eleven(stream.accepted))

    found = stream.audit(catalog=catalog)

    assert (found.total.late, found.total.published, found.balanced) == (0, 9, True)


def test_what_came_late_since_a_rebuild_is_late_again(stream: PlayedStream, catalog: Catalog) -> None:
    """Until the next one."""
    switch(stream, catalog, "rebuild", 5, at_eleven(stream.accepted))
    stream.batch([at(-30)])
    assert stream.audit(catalog=catalog).total.late == 1


def test_what_a_redrive_brought_is_late_until_a_rebuild_has_taken_it_in(
    stream: PlayedStream, catalog: Catalog
) -> None:
    """Also where its windows are open, for the stream never saw it; and it moves no watermark."""
    before = stream.audit(catalog=catalog)
    stream.redrive([at(-20), at(0)], 1)
    stream.redrive([at(-20), at(4)], 2)

    found = stream.audit(catalog=catalog)

    assert (found.total.late, found.total.accepted, found.raw, found.balanced) == (6, 14, 15, True)
    assert {start: accounts.late for start, accounts in found.windows.items() if start >= BEGIN} == {
        at(0)[0]: 1,
        at(4)[0]: 1,
        at(12)[0]: 0,
    }
    assert (found.differences, found.without_raw) == (before.differences, before.without_raw)

    taken_in = at_eleven(stream.accepted) + Counter([at(-20)[0]])
    switch(stream, catalog, "rebuild", 5, taken_in, redrive=1)
    rebuilt = stream.audit(catalog=catalog)
    assert (rebuilt.total.late, rebuilt.total.published, rebuilt.balanced) == (3, 10, True)


def test_a_redrive_moves_no_watermark(stream: PlayedStream) -> None:
    """However new its records are, what the stream takes after it is in time."""
    stream.redrive([at(50)], 1, BEGIN + timedelta(hours=1))
    stream.batch()
    stream.batch([at(12)])
    stream.forget_plans(7)

    found = stream.audit()

    assert (found.total.late, found.total.open, found.balanced) == (3, 2, True)


def test_a_redrive_of_a_batch_that_is_not_done_does_not_count_yet(
    stream: PlayedStream, catalog: Catalog
) -> None:
    """As all that such a batch wrote."""
    before = stream.audit(catalog=catalog)
    stream.redrive([at(-20)], 1)
    stream.checkpoint.delete_files(["commits/5"])
    assert stream.audit(catalog=catalog).raw == before.raw


def test_a_compacted_hour_is_as_the_stream_left_it(stream: PlayedStream, catalog: Catalog) -> None:
    """Late records stay late."""
    switch(stream, catalog, "compact", 5, at_eleven(stream.published))
    found = stream.audit(catalog=catalog)
    assert (found.total.late, found.balanced) == (2, True)


def test_compaction_changes_no_figure(stream: PlayedStream, catalog: Catalog) -> None:
    """Neither of what the stream wrote nor of what was rebuilt."""
    for table in PIPELINE.tables[:3]:
        file = stream.files(table)[0]
        stream.put(table, file.replace("part-", "part-9"), [])
    before = stream.audit(catalog=catalog)
    assert compacted(stream, catalog) == {table.name for table in PIPELINE.tables[:3]}
    assert stream.audit(catalog=catalog) == before

    folder = switch(stream, catalog, "rebuild", 5, at_eleven(stream.accepted))
    stream.put(COUNTED, f"{folder}/part-1.parquet", [])
    rebuilt = stream.audit(catalog=catalog)
    assert compacted(stream, catalog) == {COUNTED.name}
    assert (stream.audit(catalog=catalog), rebuilt.balanced) == (rebuilt, True)


def compacted(stream: PlayedStream, catalog: Catalog) -> set[str]:
    """Compact the closed hours; the tables of which there was one to compact."""
    reached = Progress(QUERY, 5, BEGIN + timedelta(hours=1), BEGIN, EVENT.window)
    with maintenance(stream.lake_uri, catalog) as place:
        done = [*compact(place, reached, PIPELINE.tables[:3], Range())]
    return {one.table for one in done if one.hour == ELEVEN}


def test_hours_that_a_lost_catalogue_has_forgotten_are_told(stream: PlayedStream, catalog: Catalog) -> None:
    """With what to do, which ends it; before it what readers lack is missing."""
    file = stream.files(COUNTED)[0]
    stream.put(COUNTED, file.replace("part-", "part-9"), [])
    before = stream.audit(catalog=catalog)
    compacted(stream, catalog)
    with maintenance(stream.lake_uri, catalog) as place:
        list(sweep(place, [COUNTED], timedelta(0)))
    catalog.client.delete_database(Name=COUNTED.database)
    crawled = Catalog(stream.lake_uri, catalog.client)
    for table in PIPELINE.tables:
        crawled.ensure_table(table)
        found = hours_of(stream.lake_uri, table, None)
        crawled.ensure_partitions(table, [hour_values(hour.begins) for hour in found])

    forgotten = stream.audit(catalog=crawled)

    assert not replace(before, lost=forgotten.lost).balanced
    assert (forgotten.balanced, forgotten.total.missing) == (False, at_eleven(stream.published).total())
    told = next(iter(findings(forgotten)))
    assert told.startswith("the catalogue has forgotten 1 hour in versions")
    assert "hour=11/" in told
    assert "`sluice run compact` sends readers there" in told
    assert stream.audit().lost == forgotten.lost
    with maintenance(stream.lake_uri, crawled) as place:
        assert [one.hour for one in restore_locations(place, PIPELINE.tables)] == [ELEVEN]
    assert stream.audit(catalog=crawled) == before


def test_a_version_without_its_manifest_stops_it(stream: PlayedStream, catalog: Catalog) -> None:
    """Whether late records are in it cannot be told."""
    folder = switch(stream, catalog, "rebuild", 5, at_eleven(stream.accepted))
    stream.remove(f"{folder}/_manifest.json")
    with pytest.raises(SourceError, match="a partition lies there, but its _manifest"):
        stream.audit(catalog=catalog)


def test_an_hour_that_the_catalogue_does_not_know_is_missing(stream: PlayedStream, catalog: Catalog) -> None:
    """No query finds it; the folder is named."""
    names = {"DatabaseName": COUNTED.database, "TableName": COUNTED.name}
    catalog.client.delete_partition(**names, PartitionValues=list(ELEVEN))

    found = stream.audit(catalog=catalog)

    assert found.total.missing == at_eleven(stream.published).total()
    assert f"{COUNTED.path}/event_date=2026-03-01/hour=11" in " ".join(findings(found))
    assert stream.audit().balanced
