"""A catalogue that was lost: crawlers register the stream's folders, hours that lie in versions come back."""

from contextlib import suppress
from datetime import timedelta
from itertools import count

import pytest

from glue_jobs.core.hours import HOUR as ONE_HOUR
from glue_jobs.core.hours import Range, progress
from glue_jobs.core.repair.compaction import compact
from glue_jobs.core.repair.lost_locations import LostHour, lost_hours, restore_locations
from glue_jobs.core.repair.sweep import GRACE, sweep
from glue_jobs.core.repair.versions import MANIFEST, folder_at
from glue_jobs.core.table_hours import locations_of
from tests.core.buckets import write
from tests.core.hours_lake import (
    HOUR,
    NEXT_HOUR,
    SEVEN,
    TABLE,
    Died,
    HoursLake,
    Rows,
    by_key,
    counts,
    stepping,
)

EIGHT = SEVEN + ONE_HOUR


@pytest.fixture
def lake(hours_lake: HoursLake) -> HoursLake:
    """Two closed hours of two files each."""
    return filled(hours_lake)


def filled(lake: HoursLake) -> HoursLake:
    """See `lake`."""
    for hour, values in ((SEVEN, HOUR), (EIGHT, NEXT_HOUR)):
        lake.publish(3, counts(2, 1, 0, hour=hour), values)
        lake.publish(4, counts(0, 1, hour=hour), values)
    lake.done(5, EIGHT + ONE_HOUR)
    return lake


def maintain(lake: HoursLake, hours: Range | None = None) -> None:
    """Compact; once grace is over, sweep."""
    reached = progress(lake.checkpoint)
    assert reached is not None
    list(compact(lake.place, reached, [TABLE], hours or Range()))
    lake.clock.pass_by(2 * GRACE)
    list(sweep(lake.place, [TABLE]))


def lose(lake: HoursLake) -> None:
    """The catalogue is empty again."""
    lake.glue.delete_database(Name=TABLE.database)


def seen(lake: HoursLake) -> dict[tuple[str, str], Rows]:
    """What a query gets of both hours."""
    return {hour: by_key(lake.read(hour)) for hour in (HOUR, NEXT_HOUR)}


def lost(lake: HoursLake) -> list[LostHour]:
    """What is lost, as the catalogue is now."""
    return list(lost_hours(lake.storage, TABLE, locations_of(lake.catalog, TABLE) or {}))


def restored(lake: HoursLake) -> list[tuple[str, ...]]:
    """Restore; the hours."""
    return [one.hour for one in restore_locations(lake.place, [TABLE])]


@pytest.mark.parametrize("crawled", [True, False], ids=["crawled", "not crawled"])
def test_hours_that_the_sweep_has_emptied_come_back(lake: HoursLake, crawled: bool) -> None:
    """Whether the crawlers have run or not; again changes nothing, and maintenance goes on."""
    rows = seen(lake)
    maintain(lake)
    lose(lake)
    if crawled:
        lake.register(TABLE)
        assert [one.lies_at for one in lost(lake)] == [None, None]

    assert restored(lake) == [HOUR, NEXT_HOUR]

    assert (seen(lake), lost(lake), restored(lake)) == (rows, [], [])
    before = lake.paths()
    maintain(lake)
    assert (seen(lake), lake.paths()) == (rows, before)


def test_an_hour_of_which_a_part_is_left_comes_back_whole(
    lake: HoursLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep died on the way, and the crawler registered what it had left."""
    rows = seen(lake)

    def dies(name: str) -> None:
        if name.startswith("delete") and len(files_of_the_stream(lake)) == 3:
            raise Died

    with monkeypatch.context() as patch, suppress(Died):
        stepping(lake.storage, dies, patch)
        maintain(lake)
    lose(lake)
    lake.register(TABLE)
    assert seen(lake) != rows
    assert [one.lies_at for one in lost(lake)] == [f"{lake.uri}/{TABLE.path}/event_date=2026-03-01/hour=07/"]

    assert restored(lake) == [HOUR]

    assert seen(lake) == rows


def files_of_the_stream(lake: HoursLake) -> list[str]:
    """Those in its own folders."""
    return [path for path in lake.paths() if path.startswith(f"{TABLE.path}/")]


def test_an_hour_whose_files_are_all_there_is_left_as_it_stands(
    lake: HoursLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version that never stood looks the same: the maintenance died before its switch."""

    def dies(name: str) -> None:
        if name == "switch":
            raise Died

    with monkeypatch.context() as patch, suppress(Died):
        stepping(lake.storage, dies, patch)
        maintain(lake)
    assert any(path.endswith(MANIFEST) for path in lake.paths())
    before = lake.catalog.locations(TABLE)

    assert (restored(lake), lake.catalog.locations(TABLE)) == ([], before)


def test_an_hour_that_is_not_registered_comes_back_though_its_files_are_there(lake: HoursLake) -> None:
    """A rebuild may have put more into the version than the stream's files hold."""
    rows = seen(lake)
    reached = progress(lake.checkpoint)
    assert reached is not None
    list(compact(lake.place, reached, [TABLE], Range()))
    before = set(versions(lake))
    lose(lake)

    assert restored(lake) == [HOUR, NEXT_HOUR]

    assert (seen(lake), set(versions(lake))) == (rows, before)


def test_the_newest_version_that_is_whole_counts(lake: HoursLake) -> None:
    """One that was cut short, or has no manifest, does not."""
    rows = seen(lake)
    maintain(lake, Range(SEVEN, EIGHT))
    (old,) = versions(lake)
    lake.clock.pass_by(timedelta(minutes=1))
    lake.put(f"{old}/part-00001.parquet", counts(30, 1))
    reached = progress(lake.checkpoint)
    assert reached is not None
    list(compact(lake.place, reached, [TABLE], Range(SEVEN, EIGHT)))
    (new,) = versions(lake)
    lose(lake)
    assert [one.version for one in lost(lake)] == [new]

    whole = lake.storage.read_file(f"{new}/{MANIFEST}")
    write(lake.storage, f"{new}/{MANIFEST}", whole[:-1])
    assert [one.version for one in lost(lake)] == [old]
    write(lake.storage, f"{new}/{MANIFEST}", whole)
    write(lake.storage, f"{new}/part-00000.parquet", b"cut short")
    assert [one.version for one in lost(lake)] == [old]

    lake.storage.delete_files([f"{old}/part-00001.parquet"])
    restored(lake)
    assert lake.read(HOUR) == rows[HOUR]


def versions(lake: HoursLake) -> list[str]:
    """The folders of the versions that stand."""
    places = (folder_at(lake.storage, one) for one in lake.catalog.locations(TABLE).values())
    return [place for place in places if "__v/" in place]


def test_an_hour_that_lies_in_a_version_is_left(lake: HoursLake) -> None:
    """Whatever other versions there are."""
    maintain(lake)
    before = lake.catalog.locations(TABLE)
    assert (restored(lake), lake.catalog.locations(TABLE)) == ([], before)


def test_a_catalogue_that_never_was_is_not_made(hours_lake: HoursLake) -> None:
    """A lake without versions has nothing to restore."""
    assert restored(hours_lake) == []
    assert locations_of(hours_lake.catalog, TABLE) is None


def test_it_may_die_at_any_step(hours_lake: HoursLake, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same again restores the rest."""
    for death in count():
        lake = HoursLake(f"{hours_lake.root}/{death}", hours_lake.glue)
        with suppress(lake.glue.exceptions.EntityNotFoundException):
            lose(lake)
        rows = seen(filled(lake))
        maintain(lake)
        lose(lake)
        lake.register(TABLE)
        steps: list[str] = []

        def step(name: str, steps: list[str] = steps, death: int = death) -> None:
            if len(steps) == death:
                raise Died
            steps.append(name)

        with monkeypatch.context() as patch, suppress(Died):
            stepping(lake.storage, step, patch)
            restored(lake)
        restored(lake)
        assert (seen(lake), lost(lake)) == (rows, []), steps
        if len(steps) < death:
            break
    assert steps == ["switch", "switched"] * 2
