"""A ledger that is gone is noticed while raw holds its records: they would be redriven twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias

import pytest

from glue_jobs.contracts.mobile_coverage import RAW
from glue_jobs.core.hours import Range
from glue_jobs.core.pieces import redrive_of
from glue_jobs.core.repair.concatenation import concatenate
from glue_jobs.core.repair.rebuildable import progress_made
from glue_jobs.core.repair.rejects import RedriveRefused
from glue_jobs.core.repair.sweep import sweep
from tests.core.hours_lake import QUERY, HoursLake
from tests.core.repair.rejecting import NOW, looked_at, quoted, redrive, redriven_rows, reject

DAY = timedelta(days=1)
LEDGERS = "quarantine/mobile_coverage__redriven"

Act: TypeAlias = Callable[[HoursLake], object]


@pytest.fixture
def lake(hours_lake: HoursLake) -> HoursLake:
    """Three records, each redriven by itself."""
    for batch in (3, 4, 5):
        reject(hours_lake, batch, [quoted()])
        redrive(hours_lake)
    return hours_lake


def remove(lake: HoursLake, number: int, folder: str = "") -> None:
    """The files of a redrive below the folder are gone."""
    files = [file.path for file in lake.storage.list_files(folder)]
    redrives = {path: redrive for path in files if (redrive := redrive_of(path)) is not None}
    lake.storage.delete_files([path for path, redrive in redrives.items() if redrive.number == number])


def compact(lake: HoursLake) -> None:
    """The hour of raw that the redrives are in is merged, and their own files go."""
    done = replace(progress_made(lake.checkpoint), time=NOW + DAY)
    list(concatenate(lake.place, done, [RAW], Range()))
    lake.clock.pass_by(DAY)
    list(sweep(lake.place, [RAW], timedelta(0)))
    assert redriven_rows(lake) == []


@pytest.mark.parametrize("act", [redrive, looked_at], ids=["redrive", "look"])
@pytest.mark.parametrize("merged", [False, True], ids=["plain", "merged"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_whichever_it_is_a_redrive_is_refused(lake: HoursLake, number: int, merged: bool, act: Act) -> None:
    """It is named, its place, and what to do; a look is refused, too."""
    if merged:
        compact(lake)
    remove(lake, number, LEDGERS)
    before = lake.paths()

    with pytest.raises(RedriveRefused) as refused:
        act(lake)

    name = f"redrive-{number:012d}-until-{number + 2:012d}-{QUERY}.parquet"
    said = str(refused.value)
    assert said.startswith(f"{lake.uri}/{LEDGERS}: the ledger of redrive {number} is gone, ")
    assert f"put {name} back there, from a backup or from an older version of the object in S3" in said
    assert lake.paths() == before


def test_all_of_them_are_missed_where_their_folder_is_gone(lake: HoursLake) -> None:
    """The first is named."""
    compact(lake)
    for number in (1, 2, 3):
        remove(lake, number, LEDGERS)
    with pytest.raises(RedriveRefused, match="the ledger of redrive 1 is gone"):
        redrive(lake)


def test_a_redrive_that_a_rewind_took_back_leaves_a_gap_that_is_none(lake: HoursLake) -> None:
    """Its file of raw went with its ledger: its record can be redriven again."""
    remove(lake, 2)

    (again,) = redrive(lake)

    assert (again.redrive.number, len(again.records)) == (4, 1)
    assert len(redriven_rows(lake)) == 3
    assert redrive(lake) == []
