"""A compaction of raw that dies at any step: readers get the old hour or the new one, a rerun mends it."""

from contextlib import suppress
from itertools import count

import pytest

from glue_jobs.contracts.mobile_coverage import RAW
from glue_jobs.core.pieces import Redrive
from tests.core.hours_lake import HOUR, QUERY, Died, HoursLake, stepping
from tests.core.repair.raw_lake import compacted, part, swept, take, texts


def test_it_may_die_at_any_step(hours_lake: HoursLake, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the first compaction, in that which takes in what came since, and in both sweeps."""
    taken: set[str] = set()
    for death in count():
        lake = HoursLake(f"{hours_lake.root}/{death}", hours_lake.glue)
        forget_partitions(lake)
        take(lake, Redrive(QUERY, 1, until=9).file_name, "c")
        take(lake, part(9), "a")
        steps: list[str] = []

        def step(name: str, lake: HoursLake = lake, steps: list[str] = steps, death: int = death) -> None:
            assert sorted(texts(lake)) in ([*"ac"], [*"acz"])
            steps.append(name)
            if len(steps) > death:
                raise Died

        with monkeypatch.context() as patch, suppress(Died):
            stepping(lake.storage, step, patch)
            maintain(lake)
        taken |= {name.split(" ")[0] for name in steps}
        maintain(lake)
        swept(lake)  # only now what the first has replaced is old enough to go
        assert texts(lake) == [*"azc"], steps
        assert files_of_the_hour(lake) == 2, f"{lake.paths()} after {steps}"
        if len(steps) <= death:
            break
    assert taken == {"begin", "name", "named", "switch", "switched", "delete"}
    assert death > 15


def maintain(lake: HoursLake) -> None:
    """Compact and sweep; a file comes after that, which the next time takes in."""
    compacted(lake)
    swept(lake)
    if texts(lake) == [*"ac"]:
        take(lake, part(20), "z")
        compacted(lake)
        swept(lake)


def forget_partitions(lake: HoursLake) -> None:
    """The catalogue is that of the lake of the last death."""
    lake.catalog.ensure_table(RAW)
    for values in lake.catalog.locations(RAW):
        table = {"DatabaseName": RAW.database, "TableName": RAW.name}
        lake.glue.delete_partition(**table, PartitionValues=list(values))


def files_of_the_hour(lake: HoursLake) -> int:
    """How many files there are, wherever they lie."""
    return sum("ingest_date={}/hour={}/".format(*HOUR) in path for path in lake.paths())
