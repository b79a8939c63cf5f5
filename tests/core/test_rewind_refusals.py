"""Where going back could not be exact, it is refused and nothing changed."""

import shutil
from collections.abc import Iterator

import boto3
import pytest

from glue_jobs.core.checkpoint import DEFINITION
from glue_jobs.core.checkpoint_health import examine
from glue_jobs.core.errors import SluiceError
from glue_jobs.core.rewind import NotRewindable
from glue_jobs.core.storage import open_storage
from tests.core.buckets import write
from tests.core.sample_query import APART, BEGIN, QUERY, SampleQuery, planned, rewind


def test_a_time_before_all_that_is_kept_is_refused(query: SampleQuery) -> None:
    """It says what is kept."""
    with pytest.raises(NotRewindable, match=r"no batch was planned by .* oldest kept is batch 0, 2026-03-01"):
        planned(query, BEGIN - APART)


GONE = {
    "batch 7 has not been planned; the newest is 6": (7, []),
    "batch 6 is planned, but not done; the newest that is done is 5": (6, ["checkpoint/commits/6"]),
    "batch 1 is so old that Spark no longer keeps its entry in offsets or commits": (
        1,
        ["checkpoint/offsets/0", "checkpoint/offsets/1", "checkpoint/commits/0", "checkpoint/commits/1"],
    ),
    "state/0/1 has no changelog 4 and no later snapshot": (3, ["checkpoint/state/0/1/4.changelog"]),
    "state/0/0 has no changelog 2 and no later snapshot": (
        3,
        ["checkpoint/state/0/0/2.changelog", "checkpoint/state/0/0/2.zip"],
    ),
    "state/0/0/6.zip needs state/0/0/SSTs/000006-5e0c.sst, which is gone": (
        5,
        ["checkpoint/state/0/0/SSTs/000006-5e0c.sst"],
    ),
    "sources/0/1 was summed up with later entries and is gone": (3, ["checkpoint/sources/0/1"]),
    "sources/0/0 was summed up with later entries and is gone": (3, ["checkpoint/sources/0/0"]),
    "5%20a.jsonl, which a later batch took, is gone": (3, ["events/5 a.jsonl"]),
}


@pytest.mark.parametrize("reason", GONE)
def test_what_could_not_be_exact_is_refused_and_nothing_changed(query: SampleQuery, reason: str) -> None:
    """With the reason, and with what the checkpoint would still allow."""
    batch, gone = GONE[reason]
    query.remove(*gone)
    before = query.files()

    with pytest.raises(NotRewindable, match=f"batch {batch} would not be exact: .*{reason}") as refused:
        rewind(query, batch)

    assert "by the checkpoint alone, batch" in str(refused.value)
    assert query.files() == before


def test_what_an_entry_sums_up_is_not_needed(query: SampleQuery) -> None:
    """Entry 4 of the source's log holds those before it; version 6 of the state has a snapshot."""
    query.remove(*(f"checkpoint/sources/0/{number}" for number in range(4)))
    query.remove(*(f"checkpoint/state/0/{store}/{n}.changelog" for store in (0, 1) for n in range(1, 7)))

    assert planned(query, 5).batch == 5


def test_a_partition_of_the_state_that_is_gone_is_refused(query: SampleQuery) -> None:
    """The plan says how many there have to be."""
    shutil.rmtree(query.folder / "checkpoint/state/0/1")

    with pytest.raises(NotRewindable, match="state/0/1 is gone"):
        planned(query, 3)


def test_a_snapshot_that_is_no_archive_is_refused(query: SampleQuery) -> None:
    """Spark could not load it either."""
    write(open_storage(query.checkpoint), "state/0/1/2.zip", b"PK cut short")

    with pytest.raises(NotRewindable, match=r"state/0/1/2\.zip is damaged"):
        planned(query, 3)


def test_files_that_a_later_batch_took_must_be_as_they_were(query: SampleQuery) -> None:
    """All that do not fit are counted; a file that only earlier batches took may be gone."""
    query.remove("events/0 a.jsonl", "events/6 a.jsonl")
    query.touch("events/4 a.jsonl")

    with pytest.raises(NotRewindable, match=r"4%20a.jsonl has changed since a later .* \(and 1 more\)"):
        planned(query, 3)
    query.remove("events/4 a.jsonl")
    with pytest.raises(NotRewindable, match=r"4%20a.jsonl, which a later batch took, is gone"):
        planned(query, 3)


def test_no_state_of_another_kind_is_touched(query: SampleQuery) -> None:
    """Which batch such a file belongs to is not known."""
    write(open_storage(query.checkpoint), "state/0/0/7.delta", b"")

    with pytest.raises(SluiceError, match=r"state/0/0/7.delta: not a file of the state store that jobs use"):
        planned(query, 3)
    assert examine(query.checkpoint).oldest is None


@pytest.mark.parametrize("log", ["offsets", "commits", "sources/0"])
def test_a_damaged_checkpoint_is_repaired_first(query: SampleQuery, log: str) -> None:
    """What its batches took cannot be known before."""
    write(open_storage(query.checkpoint), f"{log}/6", b"v1\n{")

    with pytest.raises(NotRewindable, match=f"{log}/6 is damaged; run `sluice doctor .* --repair` first"):
        planned(query, 3)


class TestTheWrongLake:
    """What later batches wrote would stay, and be written a second time."""

    def test_a_lake_without_a_file_of_the_query_is_refused(self, query: SampleQuery) -> None:
        """Batches must have written some; an older checkpoint does not say where."""
        query.define(lake=None)

        with pytest.raises(NotRewindable, match=f"it holds no file of query {QUERY}; give the lake"):
            planned(query, 3, f"{query.root}/another")

    def test_another_lake_than_the_jobs_is_refused(self, query: SampleQuery) -> None:
        """A part of it, for one, where files of the query do lie."""
        part = f"{query.lake}/raw"

        with pytest.raises(NotRewindable, match=f"the job of .* writes to {query.lake}; give that"):
            planned(query, 3, part)

    def test_a_checkpoint_of_another_program_is_refused(self, query: SampleQuery) -> None:
        """Where its output lies is not known."""
        query.remove(f"checkpoint/{DEFINITION}")

        with pytest.raises(NotRewindable, match="another program made it"):
            planned(query, 3)


class TestKinesis:
    """The stream must still have what came after the batch."""

    @pytest.fixture
    def stream(self, query: SampleQuery, aws: str) -> Iterator[str]:
        """A stream of one shard that the query reads."""
        kinesis = boto3.client("kinesis")
        kinesis.create_stream(StreamName="s", ShardCount=1)
        query.define(source={"kinesis": "s"})
        yield "shardId-000000000000"
        kinesis.delete_stream(StreamName="s")
        kinesis.close()

    def read_to(self, query: SampleQuery, shard_id: str) -> None:
        """Where batch 3 ended."""
        at = {"after": None, "records": 0, "ended": False}
        query.offsets(3, {"start": "TRIM_HORIZON", "shards": {shard_id: at}})

    def test_a_stream_that_has_all_of_it_is_no_obstacle(self, query: SampleQuery, stream: str) -> None:
        """Files of the lake and the state go as with any source."""
        self.read_to(query, stream)

        assert planned(query, 3).batch == 3

    def test_a_shard_that_is_gone_is_refused(self, query: SampleQuery, stream: str) -> None:
        """With the words of the source."""
        self.read_to(query, "shardId-000000000009")

        with pytest.raises(NotRewindable, match=r"shardId-000000000009.* gone"):
            planned(query, 3)

    def test_a_checkpoint_that_does_not_name_its_stream_is_refused(
        self, query: SampleQuery, stream: str
    ) -> None:
        """An older one; the next start of the job adds that."""
        self.read_to(query, stream)
        query.define(source=None)

        with pytest.raises(NotRewindable, match="does not say which stream it reads; a start of the job"):
            planned(query, 3)

    def test_positions_of_another_connector_are_refused(self, query: SampleQuery) -> None:
        """Glue's own, for one."""
        query.offsets(3, {"metadata": {"streamName": "s"}, "shardId-000000000000": {"iteratorType": "x"}})

        with pytest.raises(NotRewindable, match="kept by another connector, in a form not known here"):
            planned(query, 3)
