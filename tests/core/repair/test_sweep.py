"""What the sweep removes, when, and what it leaves because nobody can account for it."""

from datetime import timedelta

import pytest

from glue_jobs.core.catalog import Catalog, Location
from glue_jobs.core.hours import Range, progress
from glue_jobs.core.repair.compaction import compact
from glue_jobs.core.repair.sweep import GRACE, Swept, sweep
from glue_jobs.core.repair.versions import MANIFEST, folder_at
from tests.core.buckets import write
from tests.core.hours_lake import HOUR, OTHER, QUERY, TABLE, HoursLake, by_key, counts

STREAM = f"{TABLE.path}/event_date=2026-03-01/hour=07"
VERSIONS = f"{TABLE.path}__v/event_date=2026-03-01/hour=07"
MOMENT = timedelta(minutes=1)
"""More than a test takes: files are as old as the machine says, whatever the clock of the test."""


def swept(lake: HoursLake, grace: timedelta = GRACE) -> list[Swept]:
    """What a sweep of the lake does."""
    return list(sweep(lake.place, [TABLE], grace))


def compact_lake(lake: HoursLake) -> str:
    """Compact all there is; the folder of the version that stands then for the hour."""
    reached = progress(lake.checkpoint)
    assert reached is not None
    list(compact(lake.place, reached, [TABLE], Range()))
    return standing_folder(lake)


def standing_folder(lake: HoursLake) -> str:
    """The folder, relative to the lake, where the hour lies."""
    location = lake.catalog.location(TABLE, HOUR)
    assert location is not None
    return folder_at(lake.storage, location)


def test_whoever_asked_before_the_switch_finds_the_files_until_grace_is_over(lake: HoursLake) -> None:
    """Then they go, and what stands is as it was."""
    rows, asked = by_key(lake.read()), standing_folder(lake)
    stands = compact_lake(lake)
    lake.clock.pass_by(GRACE - MOMENT)

    assert swept(lake) == []
    assert by_key(lake.read_folder(asked)) == rows

    lake.clock.pass_by(2 * MOMENT)
    (removed,) = swept(lake)
    assert (removed.table, removed.hour, removed.left) == (TABLE.name, HOUR, ())
    assert [path.rpartition("/")[0] for path in removed.removed] == [STREAM, STREAM]
    assert removed.bytes > 0
    assert lake.read() == rows
    assert {path.rpartition("/")[0] for path in lake.paths()} == {stands}
    assert swept(lake) == []


def test_grace_begins_with_the_switch(lake: HoursLake) -> None:
    """Not with the manifest, which may be much older where a process was paused between the two."""
    stands = compact_lake(lake)
    lake.clock.pass_by(2 * GRACE)
    location = lake.catalog.location(TABLE, HOUR)
    later = Location(f"{lake.uri}/{stands}/", switched_at=lake.clock() - MOMENT)
    lake.catalog.switch(TABLE, HOUR, location, later)

    assert swept(lake) == []
    lake.clock.pass_by(GRACE + MOMENT)
    assert len(swept(lake)) == 1


def test_without_a_note_of_the_switch_the_manifest_s_time_counts(lake: HoursLake) -> None:
    """Somebody has changed the partition by hand, and taken the parameter away."""
    stands = compact_lake(lake)
    location = lake.catalog.location(TABLE, HOUR)
    lake.catalog.switch(TABLE, HOUR, location, Location(f"{lake.uri}/{stands}/"))

    assert swept(lake) == []
    lake.clock.pass_by(GRACE + MOMENT)
    assert len(swept(lake)) == 1


def test_what_a_crash_left_of_a_version_goes(lake: HoursLake) -> None:
    """Files, drafts, and whole versions that never stood; the hour lies in the stream's folder."""
    before = lake.paths()
    location = lake.catalog.location(TABLE, HOUR)
    stands = compact_lake(lake)
    lake.catalog.switch(TABLE, HOUR, lake.catalog.location(TABLE, HOUR), location or Location(""))
    died = f"{VERSIONS}/20260301T090000Z-5e0c-until-000000000004-{QUERY}"
    write(lake.storage, f"{died}/part-00000.parquet", b"rows")
    write(lake.storage, f"{died}/.5e0c-part-00001.parquet", b"dra")

    assert swept(lake) == []
    lake.clock.pass_by(GRACE + MOMENT)
    (removed,) = swept(lake)
    assert {path.rpartition("/")[0] for path in removed.removed} == {died, stands}
    assert lake.paths() == before


def test_a_version_that_was_replaced_goes(lake: HoursLake) -> None:
    """Also one that is newer than some of the stream's files that are still there."""
    old = compact_lake(lake)
    lake.clock.pass_by(timedelta(minutes=10))
    lake.put(f"{old}/part-00001.parquet", counts(8, 1))
    new = compact_lake(lake)
    rows = lake.read()

    lake.clock.pass_by(GRACE + MOMENT)
    (removed,) = swept(lake)
    assert {path.rpartition("/")[0] for path in removed.removed} == {STREAM, old}
    assert {path.rpartition("/")[0] for path in lake.paths()} == {new}
    assert lake.read() == rows


def test_what_a_late_attempt_publishes_again_goes(lake: HoursLake) -> None:
    """Its batch has gone into the version; so do drafts of it."""
    compact_lake(lake)
    late = f"{STREAM}/part-00000-batch-000000000003-{QUERY}.parquet"
    lake.clock.pass_by(GRACE + MOMENT)
    swept(lake)
    write(lake.storage, late, b"rows")
    write(lake.storage, late.replace("part-", ".x-part-"), b"dra")

    lake.clock.pass_by(GRACE + MOMENT)
    (removed,) = swept(lake)
    assert len(removed.removed) == 2


@pytest.mark.parametrize("batch", [f"000000000005-{QUERY}", f"000000000001-{OTHER}"])
def test_what_has_not_gone_into_the_version_is_left_and_told(lake: HoursLake, batch: str) -> None:
    """A file of a later batch, or of another query: nobody reads it, and it is no copy."""
    compact_lake(lake)
    path = f"{STREAM}/part-00000-batch-{batch}.parquet"
    lake.put(path, counts(6, 1))
    lake.clock.pass_by(GRACE + MOMENT)

    (removed,) = swept(lake)

    assert removed.left == (f"{path}: it has not gone into the version that stands",)
    assert path in lake.paths()
    assert len(removed.removed) == 2


def test_versions_stay_where_the_catalogue_was_lost(lake: HoursLake) -> None:
    """They hold the only copy of their rows: what they replaced is gone."""
    stands = compact_lake(lake)
    lake.clock.pass_by(GRACE + MOMENT)
    swept(lake)
    before = lake.paths()
    lake.glue.delete_partition(DatabaseName=TABLE.database, TableName=TABLE.name, PartitionValues=list(HOUR))

    (left,) = swept(lake)

    assert left.left == (f"{stands}: no partition lies there, but what it replaced is gone",)
    assert lake.paths() == before


def test_an_hour_whose_version_is_damaged_is_left_and_told(lake: HoursLake) -> None:
    """The stream's files are then the only ones that are whole."""
    stands = compact_lake(lake)
    lake.storage.delete_files([f"{stands}/{MANIFEST}"])
    before = lake.paths()
    lake.clock.pass_by(GRACE + MOMENT)

    (left,) = swept(lake)

    assert "has no whole _manifest.json" in left.left[0]
    assert lake.paths() == before


def test_an_hour_whose_version_lacks_a_file_is_left_and_told(lake: HoursLake) -> None:
    """The catalogue and the manifest are whole, and yet the rows are in the stream's files alone."""
    stands = compact_lake(lake)
    write(lake.storage, f"{stands}/part-00000.parquet", b"cut short")
    before = lake.paths()
    lake.clock.pass_by(GRACE + MOMENT)

    (left,) = swept(lake)

    assert left.left == (f"{stands}/part-00000.parquet: it is gone or cut short; rebuild the hour",)
    assert lake.paths() == before


def test_an_hour_that_is_switched_during_the_sweep_is_left(
    lake: HoursLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep knows how it stood, not how it stands."""
    before = lake.catalog.location(TABLE, HOUR)
    compact_lake(lake)
    lake.clock.pass_by(GRACE + MOMENT)
    listed = Catalog.locations

    def then_switched(catalog: Catalog, table: object) -> object:
        found = listed(catalog, TABLE)
        catalog.switch(TABLE, HOUR, found[HOUR], before or Location(""))
        return found

    monkeypatch.setattr(Catalog, "locations", then_switched)
    paths = lake.paths()

    assert swept(lake) == []
    assert lake.paths() == paths


def test_hours_of_the_stream_alone_are_left(lake: HoursLake) -> None:
    """However old they are, with their drafts."""
    write(lake.storage, f"{STREAM}/.x-part-00000-batch-000000000003-{QUERY}.parquet", b"dra")
    before = lake.paths()
    lake.clock.pass_by(100 * GRACE)
    assert swept(lake) == []
    assert lake.paths() == before
