"""What a start and a rewind make of hours that maintenance has replaced."""

from pathlib import Path

import pytest

from glue_jobs.contracts.mobile_coverage import STATUS_COUNT
from glue_jobs.core.guard import StartRefused
from glue_jobs.core.rewind import NotRewindable
from glue_jobs.core.storage import open_storage
from tests.core.buckets import write
from tests.core.guarded_place import OTHER, OWN, Place
from tests.core.sample_query import QUERY, SampleQuery, planned, rewind

HOUR = f"{STATUS_COUNT.table.path}__v/event_date=2026-03-01/hour=12"


def version(batch: int, query: str) -> str:
    """A data file of a version into which this batch has gone."""
    return f"{HOUR}/20260301T140000Z-5e0c-until-{batch:012d}-{query}/part-00000.parquet"


@pytest.fixture
def begun(tmp_path: Path) -> Place:
    """A query that has planned batch 3."""
    place = Place(tmp_path)
    place.start_once()
    return place


def test_a_query_goes_on_beside_versions_of_its_own(begun: Place) -> None:
    """Made of what it has planned; they count as what it has written, when its own files are gone."""
    begun.publish(version(3, OWN))
    begun.start()


@pytest.mark.parametrize(("batch", "query"), [(3, OTHER), (4, OWN)], ids=["another query", "a batch unknown"])
def test_versions_unknown_to_the_checkpoint_are_refused(begun: Place, batch: int, query: str) -> None:
    """What the query would write for those hours nobody would see."""
    begun.publish(version(batch, query))
    with pytest.raises(StartRefused, match=f"status_count__v/.* batch {batch} of query {query} published"):
        begun.start()


def test_a_new_checkpoint_over_versions_is_refused(tmp_path: Path) -> None:
    """Though the stream's own files have all gone."""
    place = Place(tmp_path)
    place.publish(version(3, OTHER))
    with pytest.raises(StartRefused, match=f"query {OTHER}"):
        place.start()


def test_a_rewind_leaves_versions_of_earlier_batches(query: SampleQuery) -> None:
    """With all that is in them."""
    write(open_storage(query.lake), version(3, QUERY), b"rows")
    rewind(query, 3)
    assert f"lake/{version(3, QUERY)}" in query.files()


def test_a_rewind_behind_a_version_is_refused_and_changes_nothing(query: SampleQuery) -> None:
    """What a later batch wrote cannot be taken out of it; it says how far back is possible."""
    for batch in (5, 4):
        write(open_storage(query.lake), version(batch, QUERY), b"rows")
    before = query.files()

    with pytest.raises(
        NotRewindable, match=r"rows of batch 5 into versions .* go back to batch 5 or a later"
    ):
        rewind(query, 3)

    assert query.files() == before
    assert planned(query, 5).batch == 5


def test_a_rewind_looks_at_versions_of_its_own_query_only(query: SampleQuery) -> None:
    """Others have batches of their own."""
    write(open_storage(query.lake), version(6, OTHER.replace("2", "7")), b"rows")
    rewind(query, 3)
