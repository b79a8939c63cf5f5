"""Compaction of closed hours: what it makes, what it leaves alone, what it refuses."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from glue_jobs.contracts.mobile_coverage import GPS_PRECISION_BY_PROVIDER
from glue_jobs.core.catalog import Location, SwitchRefused
from glue_jobs.core.errors import SinkError
from glue_jobs.core.hours import HOUR as ONE_HOUR
from glue_jobs.core.hours import Range, progress
from glue_jobs.core.repair import compaction
from glue_jobs.core.repair.compaction import Compacted, compact, compact_hour
from glue_jobs.core.repair.sorted_rows import UnreadableFile, sorted_rows
from glue_jobs.core.repair.versions import (
    MANIFEST,
    UnreadableHour,
    folder_at,
    newest_batch_in,
    read_manifest,
    standing_hour,
)
from tests.core.buckets import write
from tests.core.hours_lake import HOUR, NEXT_HOUR, OTHER, QUERY, SEVEN, TABLE, HoursLake, by_key, counts

ALL = Range()
EIGHT = SEVEN + ONE_HOUR


def compacted(lake: HoursLake, hours: Range = ALL, target_bytes: int = 2**20) -> list[Compacted]:
    """What a compaction of the lake does."""
    reached = progress(lake.checkpoint)
    assert reached is not None
    return list(compact(lake.place, reached, [TABLE], hours, target_bytes))


@pytest.fixture
def lake(hours_lake: HoursLake) -> HoursLake:
    """Three files of the closed hour from seven on, one of them with a window of another's; eight is open."""
    hours_lake.publish(3, [*counts(2, 1), *counts(0, 3, 0)])
    hours_lake.publish(4, [*counts(4, 2), *counts(4, 2, postal_code="")])
    hours_lake.publish(5, counts(2, 0))
    hours_lake.publish(6, counts(0, 1, hour=EIGHT), NEXT_HOUR)
    hours_lake.publish(7, counts(2, 1, hour=EIGHT), NEXT_HOUR)
    hours_lake.done(7, EIGHT)
    return hours_lake


def test_the_files_of_a_closed_hour_become_one_in_order(lake: HoursLake) -> None:
    """Rows by the table's key; readers get the same rows as before, and the open hour is not touched."""
    before, open_hour = lake.read(), lake.catalog.location(TABLE, NEXT_HOUR)

    (done,) = compacted(lake)

    assert (done.table, done.hour, done.rows) == (TABLE.name, HOUR, 6)
    assert (done.files_before, done.files_after) == (3, 1)
    assert lake.read() == by_key(before)
    assert lake.catalog.location(TABLE, NEXT_HOUR) == open_hour


def test_a_version_says_what_it_is_made_of(lake: HoursLake) -> None:
    """In its manifest, and in its name the newest batch, for those who only list."""
    hour = f"{TABLE.path}/event_date=2026-03-01/hour=07"
    replaced = sorted(file.path for file in lake.storage.list_files(hour))

    compacted(lake)

    location = lake.catalog.location(TABLE, HOUR)
    assert location is not None
    folder = folder_at(lake.storage, location)
    manifest = read_manifest(lake.storage, folder)
    assert folder.startswith(f"{TABLE.path}__v/event_date=2026-03-01/hour=07/")
    assert (manifest.made_by, manifest.made_at) == ("compact", lake.clock.moment)
    assert (manifest.table, manifest.hour, manifest.definition) == (TABLE.name, HOUR, None)
    assert [file.path for file in manifest.replaces] == replaced
    assert [file.rows for file in manifest.replaces] == [3, 2, 1]
    assert (manifest.query, manifest.batch) == (QUERY, 5)
    newest = newest_batch_in(f"{folder}/{MANIFEST}")
    assert newest is not None
    assert (newest.query_id, newest.number) == (QUERY, 5)
    (file,) = manifest.files
    assert (file.path, file.rows, manifest.rows) == (f"{folder}/part-00000.parquet", 6, 6)
    assert location.switched_at == lake.clock.moment


def test_again_there_is_nothing_to_do(lake: HoursLake) -> None:
    """A compacted hour has as few files as it needs, also where that is several."""
    assert len(compacted(lake, target_bytes=1)) == 0  # its files are as large as asked for
    assert len(compacted(lake)) == 1
    after = lake.paths()
    assert compacted(lake) == []
    assert lake.paths() == after


def test_a_file_ends_when_it_has_reached_the_target(lake: HoursLake, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the group of rows that reaches it; the files' names give the order of the rows."""
    monkeypatch.setattr("glue_jobs.core.repair.switch.ROW_GROUP", 2)
    before = by_key(lake.read())
    reached = progress(lake.checkpoint)
    assert reached is not None
    standing = standing_hour(lake.storage, TABLE, HOUR, lake.catalog.location(TABLE, HOUR))

    done = compact_hour(lake.place, reached, standing, target_bytes=1)

    assert done.files_after == 3
    assert lake.read() == before


def test_hours_can_be_chosen(lake: HoursLake) -> None:
    """From one on, up to and without another."""
    lake.done(8, EIGHT + ONE_HOUR)
    assert compacted(lake, Range(EIGHT + ONE_HOUR, None)) == []
    assert compacted(lake, Range(None, SEVEN)) == []
    assert [done.hour for done in compacted(lake, Range(EIGHT, EIGHT + ONE_HOUR))] == [NEXT_HOUR]
    assert [done.hour for done in compacted(lake, Range(SEVEN, EIGHT))] == [HOUR]


def test_an_hour_of_one_file_is_left(hours_lake: HoursLake) -> None:
    """Nothing would be gained; nor are drafts and empty files counted."""
    path = hours_lake.publish(3, counts(0, 1))
    write(hours_lake.storage, path.replace("part-", ".x-part-"), b"draft")
    write(hours_lake.storage, path.replace("00000-batch", "00001-batch"), b"")
    hours_lake.done(3, EIGHT)
    before = hours_lake.paths()

    assert compacted(hours_lake) == []
    assert hours_lake.paths() == before


def test_a_rebuilt_hour_is_compacted_from_what_stands(lake: HoursLake) -> None:
    """Not from the stream's files, which are still there."""
    compacted(lake)
    location = lake.catalog.location(TABLE, HOUR)
    assert location is not None
    folder = folder_at(lake.storage, location)
    lake.put(f"{folder}/part-00001.parquet", counts(8, 1))  # as a rebuild by several writers would leave it

    (done,) = compacted(lake)

    assert (done.files_before, done.rows) == (2, 7)
    assert counts(8, 1)[0] in lake.read()
    again = lake.catalog.location(TABLE, HOUR)
    assert again is not None
    assert read_manifest(lake.storage, folder_at(lake.storage, again)).batch == 5


def test_every_aggregate_table_can_be_compacted(hours_lake: HoursLake) -> None:
    """Each has a key of its own."""
    table = GPS_PRECISION_BY_PROVIDER.table
    for batch, provider in enumerate(["gps", "fused"]):
        known = {**counts(0, 1)[0], "provider": provider, "precision_count": 1, "satellites_count": 1}
        row = {name: known.get(name) for name in table.schema.fieldNames()}
        hours_lake.publish(batch, [row], table=table)
    hours_lake.done(1, EIGHT)
    reached = progress(hours_lake.checkpoint)
    assert reached is not None

    list(compact(hours_lake.place, reached, [table], ALL))

    assert [row["provider"] for row in hours_lake.read(table=table)] == ["fused", "gps"]


@pytest.mark.parametrize("name", [f"part-00000-batch-000000000006-{OTHER}", "copied-by-hand"])
def test_a_file_that_the_query_did_not_write_is_refused(lake: HoursLake, name: str) -> None:
    """What is in the hour, and whether it is closed, would not be known; nothing is changed."""
    lake.put(f"{TABLE.path}/event_date=2026-03-01/hour=07/{name}.parquet", counts(6, 1))
    before = lake.paths()

    with pytest.raises(UnreadableHour, match="files of no micro-batch, or of several queries"):
        compacted(lake)

    assert lake.paths() == before


def test_the_checkpoint_of_another_query_is_refused(lake: HoursLake) -> None:
    """It does not say which hours are closed."""
    lake.done(7, EIGHT, query=OTHER)

    with pytest.raises(UnreadableHour, match=f"it is of query {QUERY}, and the checkpoint is of {OTHER}"):
        compacted(lake)


def test_a_damaged_file_leaves_the_hour_as_it_stands(lake: HoursLake) -> None:
    """With the name of the file."""
    path = f"{TABLE.path}/event_date=2026-03-01/hour=07/part-00009-batch-000000000005-{QUERY}.parquet"
    write(lake.storage, path, b"PAR1 and no more")
    before, location = lake.paths(), lake.catalog.location(TABLE, HOUR)

    with pytest.raises(UnreadableFile, match=r"part-00009.*cannot be read as Parquet"):
        compacted(lake)

    assert (lake.paths(), lake.catalog.location(TABLE, HOUR)) == (before, location)


def test_an_hour_that_would_lose_a_row_is_left(lake: HoursLake, monkeypatch: pytest.MonkeyPatch) -> None:
    """However that came about: the rows are counted before the switch."""
    whole = sorted_rows

    def one_less(*arguments: Any) -> Iterator[pa.Table]:
        return (rows.slice(1) for rows in whole(*arguments))

    monkeypatch.setattr(compaction, "sorted_rows", one_less)
    location = lake.catalog.location(TABLE, HOUR)

    with pytest.raises(SinkError, match="6 rows would become 5; nothing was changed"):
        compacted(lake)

    assert lake.catalog.location(TABLE, HOUR) == location


def test_an_hour_that_somebody_switches_meanwhile_stays_where_they_put_it(
    lake: HoursLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said, and their version stands."""
    whole, there = sorted_rows, f"{lake.uri}/elsewhere/"

    def overtaken(*arguments: Any) -> Iterator[pa.Table]:
        found = lake.catalog.location(TABLE, HOUR)
        lake.catalog.switch(TABLE, HOUR, found, Location(there))
        return whole(*arguments)

    monkeypatch.setattr(compaction, "sorted_rows", overtaken)

    with pytest.raises(SwitchRefused, match=r"lies at .*/elsewhere/, not at .*: somebody else has"):
        compacted(lake)

    assert lake.catalog.location(TABLE, HOUR) == Location(there)
