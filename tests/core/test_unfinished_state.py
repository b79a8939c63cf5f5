"""At a start, what a batch that was planned and not done left in the state is cleared away."""

from glue_jobs.contracts.mobile_coverage import TABLES
from glue_jobs.core.guard import guard_start
from glue_jobs.core.storage import open_storage
from tests.core.buckets import write
from tests.core.sample_query import PARTITIONS, SampleQuery


def start(query: SampleQuery) -> None:
    """What a job does before its query starts."""
    definition = {"event": "mobile_coverage", "source": {"files": query.source}}
    guard_start(query.checkpoint, query.lake, TABLES, definition)


def test_it_is_cleared_away_with_its_checksums(query: SampleQuery) -> None:
    """Spark 3.5 would write the files anew, and leave checksums of 4.1 that do not fit them."""
    query.remove("checkpoint/commits/6", "checkpoint/commits/5", "checkpoint/offsets/6")
    before = query.files()

    start(query)

    gone = before.keys() - query.files().keys()
    beside = ("{}", ".{}.crc", "{}.crc", ".{}.crc.crc")
    versions = ("6.changelog", "6.zip", "7.changelog")
    assert gone == {
        f"checkpoint/state/0/{partition}/{name.format(version)}"
        for partition in PARTITIONS
        for version in versions
        for name in beside
    }


def test_what_a_repair_has_taken_back_leaves_no_state(query: SampleQuery) -> None:
    """The batch may be cut otherwise when it runs again; a snapshot of the old one must not be met later."""
    query.remove("checkpoint/commits/6", "checkpoint/offsets/6")

    start(query)

    left = {path for path in query.files() if "/7." in path or "/.7." in path}
    assert left == set()


def test_a_commit_that_is_gone_takes_nothing_away(query: SampleQuery) -> None:
    """A batch is planned when the one before it is done: the state of that one is needed."""
    query.remove(*(f"checkpoint/commits/{number}" for number in range(6)))
    before = query.files().keys()

    start(query)

    assert query.files().keys() == before


def test_where_all_is_done_nothing_is_cleared(query: SampleQuery) -> None:
    """Every version of the state belongs to a batch."""
    before = query.files().keys()

    start(query)

    assert query.files().keys() == before


def test_a_state_store_of_another_kind_is_left_alone(query: SampleQuery) -> None:
    """It has no such checksums."""
    write(open_storage(query.checkpoint), "state/0/0/7.delta", b"")
    query.remove("checkpoint/commits/6")
    before = query.files().keys()

    start(query)

    assert query.files().keys() == before
