"""Landed objects made to hurt: each line has its stated outcome, and none takes the others along."""

from pathlib import Path

import pytest

from glue_jobs.contracts.orders import QUARANTINE, RAW
from tests.landed_lake import LandedLake
from tests.landed_poison import FEW, LARGEST, POISON, whole_lines_of
from tests.order_events import order, order_of_size, order_row

PAGE = Path(__file__).parents[3] / "docs" / "landed_objects.md"
cases = pytest.mark.parametrize("name", POISON)


@cases
def test_each_line_has_its_stated_outcome(disk: LandedLake, name: str) -> None:
    """Accepted into raw, or in quarantine with the reason and the field to blame; and counted so."""
    poison = POISON[name]
    path = disk.land(poison.name, poison.content)

    (run,) = disk.take()

    accepted = [(row["landing_file"], row["landing_line"]) for row in disk.rows(RAW)]
    rejected = [(row["landing_line"], row["reason"], row["field"]) for row in disk.rows(QUARANTINE)]
    assert accepted == [(path, line) for line in poison.accepted]
    assert rejected == poison.rejected
    (taken,) = run.outcome.objects
    assert taken.accepted == len(accepted)
    assert sum(taken.rejected.values()) == len(rejected)


def test_all_of_them_at_once(disk: LandedLake) -> None:
    """In one run, each is as it would be alone."""
    for number, poison in enumerate(POISON.values()):
        disk.land(f"{number:03}-{poison.name}", poison.content)

    disk.take()

    assert len(disk.rows(RAW)) == sum(len(poison.accepted) for poison in POISON.values())
    assert len(disk.rows(QUARANTINE)) == sum(len(poison.rejected) for poison in POISON.values())


def test_what_was_left_of_a_damaged_line_is_kept(disk: LandedLake) -> None:
    """The whole lines before it are rows; its start is the payload."""
    packed = POISON["a truncated gzip"].content
    disk.land("a.gz", packed)

    disk.take()

    (row,) = disk.rows(QUARANTINE)
    there = whole_lines_of(packed)
    assert row["landing_line"] == there + 1
    assert row["payload"]
    assert FEW.splitlines()[there].startswith(row["payload"])


def test_of_a_line_that_is_too_large_the_start_is_kept(disk: LandedLake) -> None:
    """So much that it is seen to be too large."""
    disk.land("a.json", order_of_size(10 * 10**6) + b"\n")

    disk.take()

    (row,) = disk.rows(QUARANTINE)
    assert row["payload"] == order_of_size(10 * 10**6)[: LARGEST + 1]


def test_a_time_with_an_offset_is_the_moment_it_means(disk: LandedLake) -> None:
    """13:00 three hours east of Greenwich is 10:00 UTC."""
    path = disk.land("a.json", order(event_timestamp="2024-11-20T13:00:00+03:00") + b"\n")

    disk.take()

    assert disk.rows(RAW) == [order_row(landing_file=path, landing_line=1)]


def test_the_page_states_every_outcome() -> None:
    """Each object stands in a row of the page, with the reasons of its lines, or as accepted."""
    table = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines()]
    stated = {name.strip(): row[3] for row in table if len(row) == 5 for name in row[2].split(";")}

    assert POISON.keys() - stated.keys() == set()
    for name, poison in POISON.items():
        words = {f"`{reason}`" for _, reason, _ in poison.rejected} or {"accepted", "nothing"}
        assert any(word in stated[name] for word in words), name
