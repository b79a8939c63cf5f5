"""A start is refused where a part of the checkpoint or of the lake is gone."""

from pathlib import Path

import pytest

from glue_jobs.contracts.mobile_coverage import RAW
from glue_jobs.core.batch_files import Batch
from glue_jobs.core.guard import StartRefused
from glue_jobs.core.storage import open_storage
from tests.core.buckets import write
from tests.core.guarded_place import OWN, Place


@pytest.fixture
def begun(tmp_path: Path) -> Place:
    """A job that has planned batch 3."""
    place = Place(tmp_path)
    place.start_once()
    return place


def test_an_empty_lake_in_place_of_the_old_one_is_refused(begun: Place) -> None:
    """It may be a slip of the pen; what was published would be missing there."""
    with pytest.raises(StartRefused, match=r"written to .*/lake, and .*/lkae holds no file of it"):
        begun.start(lake=begun.lake.replace("lake", "lkae"))


def test_a_checkpoint_that_is_behind_its_lake_is_refused(begun: Place) -> None:
    """Its entries were deleted: from the start on everything would be removed and read again."""
    (begun.root / "checkpoint/offsets/3").unlink()
    begun.publish(f"{RAW.path}/{Batch(OWN, 9).file_name(0)}")

    with pytest.raises(StartRefused, match=r"files of batch 9, and the newest in .* is batch -1"):
        begun.start()


def test_a_checkpoint_without_its_state_is_refused(begun: Place) -> None:
    """The windows that are open are in there."""
    (begun.root / "checkpoint/state/0/0/3.changelog").unlink()

    with pytest.raises(StartRefused, match="batch 2 is done, and there is no state"):
        begun.start()


def test_a_commit_without_its_plan_is_refused(begun: Place) -> None:
    """Where the batch ended is not known."""
    write(open_storage(begun.checkpoint), "commits/5", b"v1\n{}")

    with pytest.raises(StartRefused, match="batch 5 is in commits and not in offsets"):
        begun.start()
