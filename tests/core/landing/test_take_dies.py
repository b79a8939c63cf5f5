"""Whenever the job dies, and however objects fall into runs: each line is in raw or quarantine once."""

import gzip
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glue_jobs.batch.orders_raw import ORDERS
from glue_jobs.contracts.orders import QUARANTINE, RAW
from glue_jobs.core.landing import ledger, take
from glue_jobs.core.landing.ledger import TableFile
from tests.core.hours_lake import Died, stepping
from tests.landed_lake import NOON, LandedLake, Rows, lake_on_disk, model, place
from tests.order_events import order

LINES = st.sampled_from([order(order_id="a"), order(order_id="b", amount=5), b"{}", b"", b"[1]"])
CONTENTS = st.lists(LINES, max_size=4).map(lambda some: b"".join(line + b"\n" for line in some))
OBJECTS = st.lists(st.one_of(CONTENTS, CONTENTS.map(gzip.compress)), min_size=1, max_size=6)

numbers = count()


def dying_at(lake: LandedLake, step: int, run: Callable[[], object]) -> bool:
    """Whether `run` dies at this step, if it has as many: one before, while and after each file is named."""
    steps = count(1)

    def die(what: str) -> None:
        if next(steps) == step:
            raise Died

    with pytest.MonkeyPatch.context() as patch:
        stepping(lake.storage, die, patch)
        try:
            run()
        except Died:
            return True
    return False


def modelled(objects: dict[str, bytes]) -> tuple[Rows, Rows]:
    """What all of them come to."""
    outcomes = [model(path, content) for path, content in objects.items()]
    raw, quarantine = ([row for rows in table for row in rows] for table in zip(*outcomes, strict=True))
    return sorted(raw, key=place), sorted(quarantine, key=place)


def files_of_ledger(lake: LandedLake) -> list[str]:
    """The files of raw that the ledger names."""
    files: list[TableFile] = [file for run in lake.ledger.done_after(0) for file in run.raw]
    return sorted(file.path for file in files)


@settings(max_examples=60)
@given(st.data(), OBJECTS)
def test_any_runs_and_any_deaths_give_the_same_rows(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, contents: list[bytes]
) -> None:
    """Objects come between the starts, starts die, runs and parts have any size; the model knows of none."""
    lake = lake_on_disk(Path(tmp_path_factory.getbasetemp(), f"lake-{next(numbers)}"))
    objects: dict[str, bytes] = {}
    left = list(enumerate(contents))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(take, "_PART_BYTES", data.draw(st.sampled_from([1, 200, 400, 2**20])))
        patch.setattr(ledger, "_SUMMED", data.draw(st.sampled_from([1, 2, 3])))
        while left:
            for number, content in [left.pop() for _ in range(data.draw(st.integers(1, len(left))))]:
                objects[lake.land(f"{number}.json", content)] = content
            at_once = data.draw(st.integers(1, 3))
            lake.now += timedelta(minutes=data.draw(st.integers(0, 90)))
            dying_at(lake, data.draw(st.integers(1, 30)), partial(lake.take, at_once))
        lake.take()

    assert lake.state() == modelled(objects)
    assert files_of_ledger(lake) == lake.files(RAW)


@pytest.mark.parametrize("step", range(1, 40))
def test_a_run_that_dies_is_done_again_to_the_same_files(
    disk: LandedLake, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each step of two runs of two parts, hours before the next start; its folder is that of the plan."""
    monkeypatch.setattr(take, "_PART_BYTES", 1)
    objects = {disk.land(f"{number}.json", order() + b"\n{}\n"): order() + b"\n{}\n" for number in range(4)}
    died = dying_at(disk, step, lambda: disk.take(max_objects=2))
    left = unfinished(disk)
    disk.now = NOON + timedelta(hours=5)

    runs = disk.take(max_objects=2)

    assert died == (step <= 36)
    assert disk.state() == modelled(objects)
    assert files_of_ledger(disk) == disk.files(RAW)
    assert len(disk.files(RAW)) == len(disk.files(QUARANTINE)) == 4
    assert {run.outcome.run.number: run.outcome.run.time for run in runs if run.resumed} == dict.fromkeys(
        left, NOON
    )
    assert all(hour_of(path) == "hour=12" for path in disk.files(RAW) if run_of(path) in left)
    assert disk.take() == []


def hour_of(path: str) -> str:
    """The folder of the hour that a file lies in."""
    return path.split("/")[-2]


def run_of(path: str) -> int:
    """The number of the run that wrote a file."""
    return int(path.rpartition("run-")[2].split(".")[0])


def unfinished(lake: LandedLake) -> set[int]:
    """The numbers of the runs that have a plan and are not done."""
    names = [file.path for file in lake.storage.list_files(ORDERS.ledger)]
    planned, done = ({run_of(name) for name in names if name.endswith(end)} for end in (".plan", ".done"))
    return planned - done
