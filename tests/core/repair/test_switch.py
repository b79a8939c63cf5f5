"""A maintenance that dies at any step: readers get the old hour or the new one, and a rerun mends it."""

from collections.abc import Callable
from contextlib import suppress
from itertools import count

import pyarrow as pa
import pytest

from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.batch_files import Batch
from glue_jobs.core.errors import SinkError
from glue_jobs.core.hours import HOUR as ONE_HOUR
from glue_jobs.core.hours import Range, progress
from glue_jobs.core.repair.compaction import compact
from glue_jobs.core.repair.sweep import GRACE, sweep
from glue_jobs.core.repair.switch import Origin, replace_hour
from glue_jobs.core.repair.versions import standing_hour
from tests.core.hours_lake import (
    HOUR,
    NEXT_HOUR,
    QUERY,
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


def fill(lake: HoursLake) -> dict[tuple[str, str], Rows]:
    """A closed hour of three files and an open one of two; the rows of both."""
    lake.publish(3, counts(2, 1, 0))
    lake.publish(4, counts(0, 1))
    lake.publish(5, counts(4, 1))
    lake.publish(6, counts(0, 1, hour=EIGHT), NEXT_HOUR)
    lake.publish(7, counts(2, 1, hour=EIGHT), NEXT_HOUR)
    lake.done(7, EIGHT)
    return seen(lake)


def seen(lake: HoursLake) -> dict[tuple[str, str], Rows]:
    """What a query gets of both hours."""
    return {hour: by_key(lake.read(hour)) for hour in (HOUR, NEXT_HOUR)}


def maintain(lake: HoursLake) -> None:
    """Compact; when grace is over, sweep."""
    reached = progress(lake.checkpoint)
    assert reached is not None
    list(compact(lake.place, reached, [TABLE], Range()))
    lake.clock.pass_by(2 * GRACE)
    list(sweep(lake.place, [TABLE]))


def dying(lake: HoursLake, death: int, look: Callable[[], None], patch: pytest.MonkeyPatch) -> list[str]:
    """Maintain, looking at every step, and die at that one, if there are so many; the steps."""
    steps: list[str] = []

    def step(name: str) -> None:
        look()
        steps.append(name)
        if len(steps) > death:
            raise Died

    with patch.context() as stepped, suppress(Died):
        stepping(lake.storage, step, stepped)
        maintain(lake)
    return steps


def test_it_may_die_at_any_step(hours_lake: HoursLake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader looks before and after each; the same again ends as if nothing had happened."""
    taken: set[str] = set()
    for death in count():
        lake = HoursLake(f"{hours_lake.root}/{death}", hours_lake.glue)
        lake.catalog.ensure_table(TABLE)
        delete_partitions(lake)
        rows = fill(lake)

        def look(lake: HoursLake = lake, rows: dict[tuple[str, str], Rows] = rows) -> None:
            assert seen(lake) == rows

        steps = dying(lake, death, look, monkeypatch)
        taken |= {name.split(" ")[0] for name in steps}
        maintain(lake)
        maintain(lake)  # only now what the first has replaced is old enough to go
        assert seen(lake) == rows, steps
        assert lake.read() == rows[HOUR], f"not compacted: {steps}"
        assert files_of(lake, HOUR) == 2, f"{lake.paths()} after {steps}"
        if len(steps) <= death:
            break
    assert taken == {"begin", "name", "named", "switch", "switched", "delete"}
    assert death > 9


def delete_partitions(lake: HoursLake) -> None:
    """The catalogue is that of the lake of the last death: forget its hours."""
    for values in lake.catalog.locations(TABLE):
        table = {"DatabaseName": TABLE.database, "TableName": TABLE.name}
        lake.glue.delete_partition(**table, PartitionValues=list(values))


def files_of(lake: HoursLake, values: tuple[str, str]) -> int:
    """How many files there are of an hour, wherever they lie."""
    return sum("event_date={}/hour={}/".format(*values) in path for path in lake.paths())


def test_an_hour_that_nobody_has_published_gets_a_version(hours_lake: HoursLake) -> None:
    """All its records came too late for the stream: a rebuild registers it."""
    hours_lake.catalog.ensure_table(TABLE)
    standing = standing_hour(hours_lake.storage, TABLE, HOUR, hours_lake.catalog.location(TABLE, HOUR))
    rows = pa.Table.from_pylist(counts(0, 1), arrow_schema(TABLE.schema))

    origin = Origin("rebuild", (), "hash", Batch(QUERY, 9))
    manifest = replace_hour(hours_lake.place, standing, [rows], origin)

    assert hours_lake.read() == counts(0, 1)
    assert (manifest.batch, manifest.replaces) == (9, ())


def test_a_full_disk_leaves_the_hour_as_it_stands(
    hours_lake: HoursLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said in one line."""
    rows = fill(hours_lake)

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(type(hours_lake.storage), "new_file", full)
        with pytest.raises(
            SinkError, match=r"^cannot write .*status_count__v.*No space.*stands as it stood$"
        ):
            maintain(hours_lake)

    assert seen(hours_lake) == rows
