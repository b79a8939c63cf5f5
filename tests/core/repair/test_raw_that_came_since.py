"""Raw that the stream adds to hours that are compacted, or still may: what is taken in, left and refused."""

from datetime import timedelta

import pytest

from glue_jobs.core.repair.versions import UnreadableHour
from tests.core.hours_lake import OTHER, QUERY, HoursLake
from tests.core.repair.raw_lake import (
    NINE,
    compacted,
    concatenate_by_force,
    fill,
    part,
    reached,
    standing,
    swept,
    take,
    texts,
)


@pytest.fixture
def lake(hours_lake: HoursLake) -> HoursLake:
    """See `fill`."""
    return fill(hours_lake)


def test_what_has_come_since_is_left_by_the_sweep_and_taken_in_by_the_next_compaction(
    lake: HoursLake,
) -> None:
    """A clock was put back: until then nobody reads it, and it is told."""
    compacted(lake)
    came = take(lake, part(20), "z")

    (left,) = swept(lake)
    assert left.left == (f"{came}: it has not gone into the version that stands",)
    assert len(left.removed) == 5
    assert texts(lake) == [*"abcdefg"]

    (done,) = compacted(lake)
    assert (done.files_before, done.rows) == (2, 8)
    assert texts(lake) == [*"abcdezfg"]  # its place is before the redrives
    (again,) = swept(lake)
    assert (again.left, came in again.removed) == ((), True)
    assert texts(lake) == [*"abcdezfg"]
    assert (compacted(lake), swept(lake)) == ([], [])


def test_a_file_that_was_put_back_is_taken_in_too(lake: HoursLake) -> None:
    """Its batch is older than the newest in the version; the sweep does not take it for a copy."""
    compacted(lake)
    put_back = take(lake, part(9, 2), "D")

    assert put_back in swept(lake)[0].left[0]

    compacted(lake)
    assert texts(lake) == [*"abcdDefg"]


def test_a_copy_and_a_draft_of_what_has_gone_in_are_removed(lake: HoursLake) -> None:
    """A task that was given up may publish once more."""
    compacted(lake)
    late = [take(lake, part(9), "a", "b"), take(lake, f".5e0c-{part(9, 7)}", "draft")]
    assert compacted(lake) == []
    (removed,) = swept(lake)
    assert ({*late} < {*removed.removed}, removed.left) == (True, ())


def test_an_hour_with_a_batch_that_is_not_done_is_left(lake: HoursLake) -> None:
    """A clock has put it into an hour that was closed; it may be run again with other files."""
    take(lake, part(21), "?")
    assert compacted(lake) == []
    assert len(compacted(lake, progress=reached(21))) == 1


def test_an_hour_is_left_until_a_batch_of_a_later_one_is_done(lake: HoursLake) -> None:
    """Until then the stream may add to it; a single file is left for good."""
    assert compacted(lake, progress=reached(time=NINE - timedelta(hours=1, seconds=1))) == []
    assert len(compacted(lake, progress=reached(time=NINE))) == 2
    assert compacted(lake, progress=reached(time=NINE)) == []


@pytest.mark.parametrize("name", [part(5, query=OTHER), "copied-by-hand.parquet"])
def test_a_file_that_the_query_did_not_write_is_refused(lake: HoursLake, name: str) -> None:
    """Also beside a version; nothing is changed."""
    path = take(lake, name, "?")
    with pytest.raises(UnreadableHour, match="files of no micro-batch, or of several queries"):
        compacted(lake)
    lake.storage.delete_files([path])
    compacted(lake)
    take(lake, name, "?")
    before = lake.paths()

    with pytest.raises(UnreadableHour, match=f"{name}: query {QUERY} did not write it"):
        compacted(lake)

    assert lake.paths() == before


def test_a_version_that_lacks_a_file_is_not_compacted_again(lake: HoursLake) -> None:
    """What it held would be lost for good; what has come since stays beside it."""
    concatenate_by_force(lake)
    (lost, *_) = standing(lake).files
    lake.storage.delete_files([lost.path])
    take(lake, part(20), "z")
    with pytest.raises(UnreadableHour, match=f"{part(9)}: it was merged into .* which lack it"):
        compacted(lake)
