"""Batches of a Kinesis stream: bounded, exact when read again, in order over splits and merges."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from glue_jobs.core.errors import SourceError
from glue_jobs.core.sources.kinesis_stream import KinesisStream
from glue_jobs.core.sources.planner import Plan
from glue_jobs.core.sources.shards import initial_offset, ranges, read_range
from tests.core.sources.planning import LAST_KEY, START, planner, put, read_again, texts

if TYPE_CHECKING:
    from mypy_boto3_kinesis.client import KinesisClient

MIDDLE = str(2**127)


def test_a_plan_takes_what_is_there(kinesis: "KinesisClient", stream: str) -> None:
    """All records of the shard, and an offset at the last, which notes up to when all is read."""
    put(kinesis, stream, "a", "b", "c")
    plan = planner(stream).plan(START)
    assert texts(plan) == {"0": ["a", "b", "c"]}
    last = plan.records["shardId-000000000000"][-1]
    position = plan.offset["shards"]["shardId-000000000000"]
    assert datetime.fromisoformat(position.pop("read_to")) >= last["ApproximateArrivalTimestamp"]
    assert plan.offset == {
        "start": "TRIM_HORIZON",
        "shards": {"shardId-000000000000": {"after": last["SequenceNumber"], "records": 3, "ended": False}},
    }


def test_without_news_the_offset_stays_the_same(kinesis: "KinesisClient", stream: str) -> None:
    """Equal offsets mean to Spark that there is no batch to run."""
    put(kinesis, stream, "a")
    planning = planner(stream)
    first = planning.plan(START)
    assert planning.plan(first.offset) == Plan(first.offset, {})


def test_a_batch_is_bounded_and_the_next_goes_on_where_it_ended(
    kinesis: "KinesisClient", stream: str
) -> None:
    """Five records in batches of two at most."""
    put(kinesis, stream, "a", "b", "c", "d", "e")
    planning = planner(stream, max_records=2)
    offset, taken = START, []
    for _ in range(3):
        plan = planning.plan(offset)
        offset = plan.offset
        taken.append(texts(plan)["0"])
    assert taken == [["a", "b"], ["c", "d"], ["e"]]


def test_a_bounded_batch_takes_from_every_shard(kinesis: "KinesisClient", two_shards: str) -> None:
    """A shard with much does not keep the others waiting."""
    name = two_shards
    put(kinesis, name, *"abcdef")
    put(kinesis, name, *"xyz", key=LAST_KEY)
    plan = planner(name, max_records=4).plan(START)
    assert texts(plan) == {"0": ["a", "b"], "1": ["x", "y"]}


def test_a_planned_batch_can_be_read_again_exactly(kinesis: "KinesisClient", stream: str) -> None:
    """From its offsets alone, also with later records behind it."""
    put(kinesis, stream, "a", "b")
    planning = planner(stream)
    first = planning.plan(START).offset
    put(kinesis, stream, "c", "d")
    second = planning.plan(first).offset
    put(kinesis, stream, "e")
    assert read_again(stream, START, first) == ["a", "b"]
    assert read_again(stream, first, second) == ["c", "d"]


def test_a_range_that_the_stream_no_longer_holds_is_refused(kinesis: "KinesisClient", stream: str) -> None:
    """A count short of the plan means that records are gone."""
    put(kinesis, stream, "a", "b")
    (wanted,) = ranges(stream, START, planner(stream).plan(START).offset)
    more = type(wanted)(**{**vars(wanted), "count": 3})
    with pytest.raises(SourceError, match="no longer holds the 3 records planned"):
        list(read_range(KinesisStream(stream), more))


def test_a_start_in_time_takes_what_came_after(kinesis: "KinesisClient", stream: str) -> None:
    """An ISO time as starting position; a LATEST that has been resolved is one too."""
    put(kinesis, stream, "a", "b")
    first = planner(stream).plan(START).records["shardId-000000000000"][0]
    hour_before = initial_offset((first["ApproximateArrivalTimestamp"] - timedelta(hours=1)).isoformat())
    assert texts(planner(stream).plan(hour_before)) == {"0": ["a", "b"]}


def test_children_are_read_after_the_end_of_their_parent(kinesis: "KinesisClient", stream: str) -> None:
    """A split: the parent's records first, in a batch before those of the children."""
    put(kinesis, stream, "a", "b")
    kinesis.split_shard(StreamName=stream, ShardToSplit="shardId-000000000000", NewStartingHashKey=MIDDLE)
    put(kinesis, stream, "low")
    put(kinesis, stream, "high", key=LAST_KEY)
    planning = planner(stream)
    parent = planning.plan(START)
    assert texts(parent) == {"0": ["a", "b"]}
    assert parent.offset["shards"]["shardId-000000000000"]["ended"]
    children = planning.plan(parent.offset)
    assert texts(children) == {"1": ["low"], "2": ["high"]}
    assert planning.plan(children.offset) == Plan(children.offset, {})


def test_a_merged_shard_waits_for_both_parents(kinesis: "KinesisClient", two_shards: str) -> None:
    """With one parent unfinished, the child is not read."""
    name = two_shards
    put(kinesis, name, *"ab")
    put(kinesis, name, *"xyz", key=LAST_KEY)
    kinesis.merge_shards(
        StreamName=name, ShardToMerge="shardId-000000000000", AdjacentShardToMerge="shardId-000000000001"
    )
    put(kinesis, name, "child")
    planning = planner(name, max_records=4)
    offset, seen = START, []
    while (plan := planning.plan(offset)).offset != offset:
        seen.append(texts(plan))
        offset = plan.offset
    assert seen[-1] == {"2": ["child"]}
    assert sorted("".join("".join(v) for plan in seen[:-1] for v in plan.values())) == list("abxyz")
    assert all("2" not in plan for plan in seen[:-1])


def test_a_restart_in_the_middle_of_a_resharded_stream_goes_on_exactly(
    kinesis: "KinesisClient", stream: str
) -> None:
    """A new planner knows nothing but the offset."""
    put(kinesis, stream, "a", "b")
    first = planner(stream, max_records=1).plan(START)
    kinesis.split_shard(StreamName=stream, ShardToSplit="shardId-000000000000", NewStartingHashKey=MIDDLE)
    put(kinesis, stream, "low")
    offset, seen = first.offset, [texts(first)]
    while (plan := planner(stream).plan(offset)).offset != offset:
        seen.append(texts(plan))
        offset = plan.offset
    assert seen == [{"0": ["a"]}, {"0": ["b"]}, {"1": ["low"]}]


def test_ended_shards_are_forgotten_once_the_stream_has(kinesis: "KinesisClient", stream: str) -> None:
    """The offset does not grow for ever."""
    offset = planner(stream).plan(START).offset
    offset["shards"]["shardId-000000000099"] = {"after": "1", "records": 1, "ended": True, "read_to": None}
    put(kinesis, stream, "a")
    assert set(planner(stream).plan(offset).offset["shards"]) == {"shardId-000000000000"}


def test_planning_until_a_time_ends_when_every_shard_has_reached_it(
    kinesis: "KinesisClient", stream: str
) -> None:
    """Also through the children of a shard that ended before; what comes later is not waited for."""
    put(kinesis, stream, "a")
    kinesis.split_shard(StreamName=stream, ShardToSplit="shardId-000000000000", NewStartingHashKey=MIDDLE)
    put(kinesis, stream, "low")
    planning = planner(stream, until=datetime.now(UTC))
    first = planning.plan(START)
    second = planning.plan(first.offset)
    assert [texts(first), texts(second)] == [{"0": ["a"]}, {"1": ["low"]}]
    put(kinesis, stream, "later")
    assert planning.plan(second.offset) == Plan(second.offset, {})
