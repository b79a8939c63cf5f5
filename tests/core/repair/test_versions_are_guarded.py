"""What a start and a rewind make of hours that maintenance has replaced."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from glue_jobs.contracts.contract import TableContract
from glue_jobs.contracts.mobile_coverage import QUARANTINE, RAW, STATUS_COUNT
from glue_jobs.core.batch_files import Batch
from glue_jobs.core.guard import StartRefused
from glue_jobs.core.pieces import Redrive
from glue_jobs.core.repair.versions import version_folder
from glue_jobs.core.rewind import NotRewindable
from glue_jobs.core.storage import open_storage
from tests.core.buckets import write
from tests.core.guarded_place import OTHER, OWN, Place
from tests.core.sample_query import QUERY, SampleQuery, planned, rewind

WRITTEN = pytest.mark.parametrize(
    "table", [STATUS_COUNT.table, RAW, QUARANTINE], ids=lambda table: table.name
)


def version(batch: int, query: str, table: TableContract = STATUS_COUNT.table) -> str:
    """A data file of a version into which this batch has gone."""
    made_at = datetime(2026, 3, 1, 14, tzinfo=UTC)
    folder = version_folder(table, ("2026-03-01", "12"), made_at, "5e0c", Batch(query, batch))
    return f"{folder}/part-00000.parquet"


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


@WRITTEN
@pytest.mark.parametrize(("batch", "query"), [(3, OTHER), (4, OWN)], ids=["another query", "a batch unknown"])
def test_versions_unknown_to_the_checkpoint_are_refused(
    begun: Place, batch: int, query: str, table: TableContract
) -> None:
    """What the query would write for those hours nobody would see."""
    begun.publish(version(batch, query, table))
    with pytest.raises(StartRefused, match=f"{table.path}__v/.* batch {batch} of query {query} published"):
        begun.start()


def test_a_new_checkpoint_over_versions_is_refused(tmp_path: Path) -> None:
    """Though the stream's own files have all gone."""
    place = Place(tmp_path)
    place.publish(version(3, OTHER))
    with pytest.raises(StartRefused, match=f"query {OTHER}"):
        place.start()


@WRITTEN
def test_a_rewind_leaves_versions_of_earlier_batches(query: SampleQuery, table: TableContract) -> None:
    """With all that is in them."""
    write(open_storage(query.lake), version(3, QUERY, table), b"rows")
    rewind(query, 3)
    assert f"lake/{version(3, QUERY, table)}" in query.files()


@WRITTEN
def test_a_rewind_behind_a_version_is_refused_and_changes_nothing(
    query: SampleQuery, table: TableContract
) -> None:
    """What a later batch wrote cannot be taken out of it; it says how far back is possible."""
    for batch in (5, 4):
        write(open_storage(query.lake), version(batch, QUERY, table), b"rows")
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


def test_a_redrive_of_what_later_batches_rejected_goes_with_its_ledger(query: SampleQuery) -> None:
    """One of older batches stays."""
    redrives = Redrive(QUERY, 1, until=3), Redrive(QUERY, 2, until=4)
    stays, goes = (
        [f"raw/mobile_coverage/hour=12/{one.file_name}", f"quarantine/mobile__redriven/{one.ledger_name}"]
        for one in redrives
    )
    for path in stays + goes:
        write(open_storage(query.lake), path, b"rows")

    rewind(query, 3)

    assert {path for path in query.files() if "redrive" in path} == {f"lake/{path}" for path in stays}
