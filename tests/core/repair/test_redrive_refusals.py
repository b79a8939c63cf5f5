"""A redrive that could not be exact, or not be followed by a rebuild, is refused; nothing is changed."""

import pytest

from glue_jobs.contracts.mobile_coverage import QUARANTINE, RAW
from glue_jobs.core.repair.rejects import RedriveRefused
from tests.core.hours_lake import OTHER, QUERY, SEVEN, HoursLake
from tests.core.repair.rejecting import quoted, redrive, reject


@pytest.fixture
def lake(hours_lake: HoursLake) -> HoursLake:
    """Two batches with a rejected record each."""
    reject(hours_lake, 3, [quoted()])
    reject(hours_lake, 4, [quoted()])
    return hours_lake


def refused(lake: HoursLake, said: str) -> None:
    """A redrive says so, and changes nothing."""
    before = lake.paths()
    with pytest.raises(RedriveRefused, match=said):
        redrive(lake)
    assert lake.paths() == before


def test_a_lake_without_a_catalogue(lake: HoursLake) -> None:
    """Its hours cannot be rebuilt."""
    lake.glue.delete_database(Name=RAW.database)
    refused(lake, r"^--lake_uri .*: no catalogue knows .*let the crawlers run first$")


def test_a_lake_whose_raw_is_not_kept(lake: HoursLake) -> None:
    """There is nothing to rebuild from."""
    lake.storage.delete_files([path for path in lake.paths() if path.startswith("raw/")])
    refused(lake, "it holds no record.*--keep_raw false")


def test_a_quarantine_of_another_query(lake: HoursLake) -> None:
    """The checkpoint does not say which of its batches are done."""
    lake.publish(9, [], query=OTHER, table=QUARANTINE)
    refused(lake, f"query {OTHER} wrote it, and --checkpoint_uri is of {QUERY}")


def test_a_checkpoint_of_another_query(lake: HoursLake) -> None:
    """It is of none that wrote the lake."""
    lake.done(4, SEVEN, query=OTHER)
    refused(lake, f"query {QUERY} wrote it, and --checkpoint_uri is of {OTHER}")
