"""A rebuild that dies at any step, and one that readers watch: they get the old hour or the new one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from threading import Event, Thread

import pytest
from pyspark.sql import SparkSession

from glue_jobs.contracts.mobile_coverage import AGGREGATES, GPS_PRECISION_BY_PROVIDER, RAW, STATUS_COUNT
from glue_jobs.core.partitions import hour_values
from glue_jobs.core.repair.rebuild import rebuild
from glue_jobs.core.repair.rebuildable import Rebuild, progress_made
from tests.core.hours_lake import Died, HoursLake, Rows, glue_client, stepping
from tests.streaming.streamed_lake import ELEVEN, HOURS, ONE, TEN, WINDOWS, copied, read

TABLES = tuple(aggregate.table for aggregate in AGGREGATES)


def lake_in(folder: Path, streamed: Path) -> HoursLake:
    """A copy of the lake, in a catalogue without others."""
    return copied(streamed, folder, HoursLake(folder.as_uri(), glue_client()))


def one_hour(lake: HoursLake, *tables: str) -> Rebuild:
    """The hour from ten on."""
    return Rebuild(WINDOWS, RAW, tables, TEN, ELEVEN, progress_made(lake.checkpoint))


def dying(
    spark: SparkSession,
    lake: HoursLake,
    what: Rebuild,
    death: int | str,
    look: Callable[[], None],
    patch: pytest.MonkeyPatch,
) -> list[str]:
    """Rebuild, looking at every step, and die after so many, or after one of that name; the steps taken."""
    steps: list[str] = []

    def step(name: str) -> None:
        look()
        if death == len(steps) or death in steps:
            raise Died
        steps.append(name)

    with patch.context() as stepped, suppress(Died):
        stepping(lake.storage, step, stepped)
        list(rebuild(spark, lake.place, what))
    return steps


def test_it_may_die_at_any_step(
    spark: SparkSession, streamed: Path, aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same again goes on, over all that the others have left, and once more changes nothing."""
    table = STATUS_COUNT.table
    whole = lake_in(tmp_path / "whole", streamed)
    old = read(whole, table, TEN)
    list(rebuild(spark, whole.place, one_hour(whole, table.name)))
    new = read(whole, table, TEN)
    assert new != old
    lake = lake_in(tmp_path / "dying", streamed)
    what, taken = one_hour(lake, table.name), set[str]()
    for death in count():
        before = read(lake, table, TEN)

        def look() -> None:
            assert read(lake, table, TEN) in (old, new)

        steps = dying(spark, lake, what, death, look, monkeypatch)
        taken |= {name.split(" ")[0] for name in steps}
        assert read(lake, table, TEN) == (new if "switch" in steps else before), steps
        if len(steps) < death:
            break
    assert (steps, read(lake, table, TEN)) == ([], new)
    assert taken == {"begin", "name", "named", "switch"}
    assert death == 8


def test_what_is_switched_before_it_dies_is_left_by_the_rerun(
    spark: SparkSession, streamed: Path, aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several tables each is done or not."""
    lake = lake_in(tmp_path, streamed)
    what = one_hour(lake, STATUS_COUNT.table.name, GPS_PRECISION_BY_PROVIDER.table.name)
    steps = dying(spark, lake, what, "switched", lambda: None, monkeypatch)
    assert steps.count("switched") == 1

    again = list(rebuild(spark, lake.place, what))

    assert sorted(one.changed for one in again) == [False, True]


def test_readers_get_the_old_hour_or_the_new_one(
    spark: SparkSession, streamed: Path, aws: str, tmp_path: Path
) -> None:
    """Looked at through the catalogue all the while, in every table."""
    lake = lake_in(tmp_path, streamed)
    old = seen(lake)
    what = Rebuild(
        WINDOWS, RAW, tuple(table.name for table in TABLES), TEN, ONE, progress_made(lake.checkpoint)
    )
    with polling(lake) as looks:
        list(rebuild(spark, lake.place, what))
    new = seen(lake)
    assert looks
    for look in looks:
        for place, rows in look.items():
            assert rows in (old[place], new[place]), place


def seen(lake: HoursLake) -> dict[tuple[str, tuple[str, str]], Rows]:
    """What a query gets of every hour of every table."""
    return {(table.name, hour_values(hour)): read(lake, table, hour) for table in TABLES for hour in HOURS}


@contextmanager
def polling(lake: HoursLake) -> Iterator[list[dict[tuple[str, tuple[str, str]], Rows]]]:
    """What was seen, again and again within the block; an error of a reader is an error of the block."""
    looks: list[dict[tuple[str, tuple[str, str]], Rows]] = []
    errors: list[Exception] = []
    ended = Event()

    def poll() -> None:
        while not ended.is_set() and not errors:
            try:
                looks.append(seen(lake))
            except Exception as error:
                errors.append(error)

    thread = Thread(target=poll, daemon=True)
    thread.start()
    try:
        yield looks
    finally:
        ended.set()
        thread.join()
    assert errors == []
