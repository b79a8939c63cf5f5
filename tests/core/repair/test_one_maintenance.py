"""A lake has one maintenance at a time."""

import json

import pytest

from glue_jobs.core.hours import Range, progress
from glue_jobs.core.lease import LeaseHeld, LeaseLost
from glue_jobs.core.repair.compaction import compact
from glue_jobs.core.repair.switch import maintenance
from tests.core.buckets import write
from tests.core.hours_lake import HOUR, TABLE, HoursLake


def test_a_second_one_is_refused(lake: HoursLake) -> None:
    """While the first runs; then it may."""
    refused = pytest.raises(LeaseHeld, match=r"^--lake_uri .*: another maintenance .* \(process \d+")
    with maintenance(lake.uri, lake.catalog), refused, maintenance(lake.uri, lake.catalog):
        pass
    with maintenance(lake.uri, lake.catalog):
        pass


def test_one_that_was_overtaken_switches_nothing(lake: HoursLake) -> None:
    """It finds out at its next file."""
    location = lake.catalog.location(TABLE, HOUR)

    with pytest.raises(LeaseLost):
        overtaken(lake)

    assert lake.catalog.location(TABLE, HOUR) == location
    assert not any("__v" in path for path in lake.paths())


def overtaken(lake: HoursLake) -> None:
    """Compact, after another maintenance has taken over."""
    reached = progress(lake.checkpoint)
    assert reached is not None
    with maintenance(lake.uri, lake.catalog, lake.clock) as place:
        holder = {"run": "another", "pid": 7, "host": "elsewhere", "machine": None, "until": "2999-01-01"}
        write(lake.storage, "_maintenance/_lease.json", json.dumps(holder).encode())
        list(compact(place, reached, [TABLE], Range()))
