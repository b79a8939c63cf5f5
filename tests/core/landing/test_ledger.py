"""The ledger: what was planned, what is done, and how little of it is read."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from glue_jobs.contracts.orders import RAW
from glue_jobs.core.errors import SinkError
from glue_jobs.core.landing.ledger import DoneRun, Ledger, Outcome, TableFile, TakenObject
from glue_jobs.core.storage import LocalStorage, StoredFile, open_storage
from tests.core.buckets import write
from tests.landed_lake import LandedLake

FOLDER = "raw/orders__taken"
NOON = datetime(2024, 11, 20, 12, tzinfo=UTC)


def outcome(run: int) -> Outcome:
    """Run after run takes an object of its own, and every second one writes a file."""
    taken = TakenObject(f"landing/{run}", 9, f"9 {run}", 2, {"too_large": 1})
    files = (TableFile(f"{RAW.path}/{run}.parquet", 2, 99),) if run % 2 else ()
    return Outcome(DoneRun(run, NOON, files), (), (taken,))


def run(ledger: Ledger, number: int) -> None:
    """Plan and finish the run with this number; what it has taken is still in the landing zone."""
    plan = ledger.plan(NOON, [(StoredFile(f"landing/{number}", 9, float(number)),)], nullcontext)
    assert plan.number == number
    ledger.finish(outcome(number), [f"landing/{one}" for one in range(number + 1)], nullcontext)


def filled(lake: LandedLake, runs: int) -> Ledger:
    """A ledger of so many runs that are done."""
    ledger = Ledger(lake.storage, FOLDER)
    for number in range(1, runs + 1):
        run(ledger, number)
    return ledger


@dataclass(frozen=True)
class CountingStorage(LocalStorage):
    """A folder of this machine that knows which files were read."""

    read: list[str]

    def read_file(self, path: str) -> bytes:
        self.read.append(path)
        return super().read_file(path)


def test_what_was_planned_and_done_comes_back(lake: LandedLake) -> None:
    """On a disk and on S3; a plan that is not done is unfinished, with its objects as they were."""
    ledger = filled(lake, 2)
    etag = '"a tag"'
    parts = [(StoredFile("landing/x", 1, 0.5, etag), StoredFile("landing/y", 2, 1.25)), ()]
    plan = ledger.plan(NOON, parts, nullcontext)

    again = lake.ledger

    assert again.newest == 2
    assert again.unfinished() == [plan]
    assert again.taken() == {"landing/1": "9 1", "landing/2": "9 2"}
    assert [*again.done_after(0)] == [outcome(1).run, outcome(2).run]


def test_an_empty_ledger_has_done_nothing(disk: LandedLake) -> None:
    """The folder need not be there."""
    assert (disk.ledger.newest, disk.ledger.unfinished(), disk.ledger.taken()) == (0, [], {})
    assert [*Ledger(disk.storage, FOLDER).done_after(0)] == []


@pytest.mark.parametrize("after", [0, 1, 49, 50, 51, 99, 100, 103])
def test_the_next_job_gets_the_runs_after_one(disk: LandedLake, after: int) -> None:
    """In order, each once, whether a sum tells of it or its own file does."""
    filled(disk, 103)

    assert [*Ledger(disk.storage, FOLDER).done_after(after)] == [
        outcome(one).run for one in range(after + 1, 104)
    ]


def test_a_sum_that_is_lost_costs_time_alone(disk: LandedLake) -> None:
    """What it said is in the files of its runs."""
    before = filled(disk, 103)
    taken, done = before.taken(), [*before.done_after(0)]

    for lost in (100, 50):
        disk.remove(f"{FOLDER}/run-{lost:012d}.sum.gz")
        assert disk.ledger.taken() == taken
        assert [*disk.ledger.done_after(0)] == done


def test_what_left_the_landing_zone_is_forgotten_by_the_sum(disk: LandedLake) -> None:
    """So the ledger does not grow for ever with a zone whose objects expire."""
    ledger = filled(disk, 49)
    ledger.plan(NOON, [], nullcontext)
    ledger.finish(outcome(50), ["landing/50", "landing/7"], nullcontext)

    assert disk.ledger.taken() == {"landing/7": "9 7", "landing/50": "9 50"}


def test_a_start_after_ten_thousand_runs_reads_few_files(disk: LandedLake) -> None:
    """One sum and the runs since; the next job, which knows where it is, reads as few."""
    ledger = filled(disk, 49)
    for number in range(50, 9950):
        path = f"{FOLDER}/run-{number:012d}"
        write_quickly(disk, f"{path}.plan", f"{path}.done")
    written = Ledger(disk.storage, FOLDER)
    assert written.newest == 9949
    del ledger, written
    sum_of_all = Ledger(disk.storage, FOLDER)
    sum_of_all.plan(NOON, [], nullcontext)
    sum_of_all.finish(outcome(9950), [], nullcontext)
    for number in range(9951, 10_000):
        run(sum_of_all, number)

    storage = CountingStorage(disk.uri, [])
    assert len(Ledger(storage, FOLDER).taken()) == 49
    assert len(storage.read) == 1 + 49
    storage.read.clear()
    assert [one.number for one in Ledger(storage, FOLDER).done_after(9996)] == [9997, 9998, 9999]
    assert len(storage.read) == 3


def write_quickly(lake: LandedLake, *paths: str) -> None:
    """Files of runs that took nothing, without waiting for the disk."""
    storage = open_storage(lake.uri)
    assert isinstance(storage, LocalStorage)
    for path in paths:
        number = int(path.rpartition("run-")[2].partition(".")[0])
        text = f'{{"run":{number},"time":"2024-11-20T12:00:00+00:00","raw":[],"objects":[],"parts":[]}}'
        (storage.root / path).write_text(text)


@pytest.mark.parametrize(
    ("path", "content", "advice"),
    [
        ("run-000000000002.plan", b"{", "restore it"),
        ("run-000000000002.plan", b'{"run":2}', "restore it"),
        ("run-000000000001.done", b"\xff", "restore it"),
        ("run-000000000050.sum.gz", b"{}", "remove it, it is made anew"),
    ],
)
def test_a_damaged_file_of_the_ledger_is_named(
    disk: LandedLake, path: str, content: bytes, advice: str
) -> None:
    """With what to do about it."""
    filled(disk, 1)
    write(disk.storage, f"{FOLDER}/{path}", content)

    with pytest.raises(SinkError, match=f"/{FOLDER}/{path}: it is damaged .*; {advice}$"):
        all_of(disk.ledger)


def all_of(ledger: Ledger) -> Iterator[object]:
    """Read everything."""
    return iter([ledger.unfinished(), ledger.taken(), [*ledger.done_after(0)]])
