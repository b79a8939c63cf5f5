"""Batches of a Kinesis stream: bounded, exact when read again, in order over splits and merges."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest

from glue_jobs.core.errors import SourceError
from glue_jobs.core.sources.planner import Plan, StreamPlanner
from glue_jobs.core.sources.shards import Offset, initial_offset, kinesis_client, ranges, read_range
from laptop.embedded_aws import embedded_aws

if TYPE_CHECKING:
    from mypy_boto3_kinesis.client import KinesisClient

_numbers = count()
MIDDLE = str(2**127)


@pytest.fixture(scope="module")
def kinesis(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[KinesisClient]":
    """A client of an embedded AWS."""
    with (
        embedded_aws(tmp_path_factory.mktemp("lake").as_uri()) as aws,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in aws.environment.items():
            patch.setenv(name, value)
        client = kinesis_client(None, None)
        yield client
        client.close()


@pytest.fixture
def stream(kinesis: "KinesisClient") -> str:
    """A new stream of one shard."""
    name = f"planned-{next(_numbers)}"
    kinesis.create_stream(StreamName=name, ShardCount=1)
    return name


def put(kinesis: "KinesisClient", stream: str, *texts: str, key: int = 0) -> None:
    """Put records into the shard that holds the hash `key`."""
    for text in texts:
        kinesis.put_record(
            StreamName=stream, Data=text.encode(), PartitionKey="any", ExplicitHashKey=str(key)
        )


def planner(
    kinesis: "KinesisClient",
    stream: str,
    max_records: int = 1000,
    max_skew: timedelta = timedelta(minutes=5),
    until: datetime | None = None,
) -> StreamPlanner:
    """A planner that does not pause."""
    return StreamPlanner(kinesis, stream, max_records, max_skew, until, pause=lambda seconds: None)


def texts(plan: Plan) -> dict[str, list[str]]:
    """The records of a plan by shard, without the shards' zeros."""
    return {
        shard.removeprefix("shardId-").lstrip("0") or "0": [record["Data"].decode() for record in records]
        for shard, records in plan.records.items()
    }


def read_again(kinesis: "KinesisClient", stream: str, start: Offset, end: Offset) -> list[str]:
    """What the ranges between two offsets hold when they are read from the stream again."""
    return [
        record["Data"].decode()
        for wanted in ranges(stream, start, end)
        for records in read_range(kinesis, wanted)
        for record in records
    ]


START = initial_offset("TRIM_HORIZON")


def test_a_plan_takes_what_is_there(kinesis: "KinesisClient", stream: str) -> None:
    """All records of the shard, and an offset at the last."""
    put(kinesis, stream, "a", "b", "c")
    plan = planner(kinesis, stream).plan(START)
    assert texts(plan) == {"0": ["a", "b", "c"]}
    last = plan.records["shardId-000000000000"][-1]["SequenceNumber"]
    assert plan.offset == {
        "start": "TRIM_HORIZON",
        "shards": {"shardId-000000000000": {"after": last, "records": 3, "ended": False}},
    }


def test_without_news_the_offset_stays_the_same(kinesis: "KinesisClient", stream: str) -> None:
    """Equal offsets mean to Spark that there is no batch to run."""
    put(kinesis, stream, "a")
    planning = planner(kinesis, stream)
    first = planning.plan(START)
    assert planning.plan(first.offset) == Plan(first.offset, {})


def test_a_batch_is_bounded_and_the_next_goes_on_where_it_ended(
    kinesis: "KinesisClient", stream: str
) -> None:
    """Five records in batches of two at most."""
    put(kinesis, stream, "a", "b", "c", "d", "e")
    planning = planner(kinesis, stream, max_records=2)
    offset, taken = START, []
    for _ in range(3):
        plan = planning.plan(offset)
        offset = plan.offset
        taken.append(texts(plan)["0"])
    assert taken == [["a", "b"], ["c", "d"], ["e"]]


def test_a_bounded_batch_takes_from_every_shard(kinesis: "KinesisClient") -> None:
    """A shard with much does not keep the others waiting."""
    name = f"planned-{next(_numbers)}"
    kinesis.create_stream(StreamName=name, ShardCount=2)
    put(kinesis, name, *"abcdef")
    put(kinesis, name, *"xyz", key=2**128 - 1)
    plan = planner(kinesis, name, max_records=4).plan(START)
    assert texts(plan) == {"0": ["a", "b"], "1": ["x", "y"]}


def test_a_planned_batch_can_be_read_again_exactly(kinesis: "KinesisClient", stream: str) -> None:
    """From its offsets alone, also with later records behind it."""
    put(kinesis, stream, "a", "b")
    planning = planner(kinesis, stream)
    first = planning.plan(START).offset
    put(kinesis, stream, "c", "d")
    second = planning.plan(first).offset
    put(kinesis, stream, "e")
    assert read_again(kinesis, stream, START, first) == ["a", "b"]
    assert read_again(kinesis, stream, first, second) == ["c", "d"]


def test_a_range_that_the_stream_no_longer_holds_is_refused(kinesis: "KinesisClient", stream: str) -> None:
    """A count short of the plan means that records are gone."""
    put(kinesis, stream, "a", "b")
    (wanted,) = ranges(stream, START, planner(kinesis, stream).plan(START).offset)
    more = type(wanted)(**{**vars(wanted), "count": 3})
    with pytest.raises(SourceError, match="no longer holds the 3 records planned"):
        list(read_range(kinesis, more))


def test_a_start_in_time_takes_what_came_after(kinesis: "KinesisClient", stream: str) -> None:
    """An ISO time as starting position; a LATEST that has been resolved is one too."""
    put(kinesis, stream, "a", "b")
    first = planner(kinesis, stream).plan(START).records["shardId-000000000000"][0]
    hour_before = initial_offset((first["ApproximateArrivalTimestamp"] - timedelta(hours=1)).isoformat())
    assert texts(planner(kinesis, stream).plan(hour_before)) == {"0": ["a", "b"]}


def test_children_are_read_after_the_end_of_their_parent(kinesis: "KinesisClient", stream: str) -> None:
    """A split: the parent's records first, in a batch before those of the children."""
    put(kinesis, stream, "a", "b")
    kinesis.split_shard(StreamName=stream, ShardToSplit="shardId-000000000000", NewStartingHashKey=MIDDLE)
    put(kinesis, stream, "low")
    put(kinesis, stream, "high", key=2**128 - 1)
    planning = planner(kinesis, stream)
    parent = planning.plan(START)
    assert texts(parent) == {"0": ["a", "b"]}
    assert parent.offset["shards"]["shardId-000000000000"]["ended"]
    children = planning.plan(parent.offset)
    assert texts(children) == {"1": ["low"], "2": ["high"]}
    assert planning.plan(children.offset) == Plan(children.offset, {})


def test_a_merged_shard_waits_for_both_parents(kinesis: "KinesisClient") -> None:
    """With one parent unfinished, the child is not read."""
    name = f"planned-{next(_numbers)}"
    kinesis.create_stream(StreamName=name, ShardCount=2)
    put(kinesis, name, *"ab")
    put(kinesis, name, *"xyz", key=2**128 - 1)
    kinesis.merge_shards(
        StreamName=name, ShardToMerge="shardId-000000000000", AdjacentShardToMerge="shardId-000000000001"
    )
    put(kinesis, name, "child")
    planning = planner(kinesis, name, max_records=4)
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
    first = planner(kinesis, stream, max_records=1).plan(START)
    kinesis.split_shard(StreamName=stream, ShardToSplit="shardId-000000000000", NewStartingHashKey=MIDDLE)
    put(kinesis, stream, "low")
    offset, seen = first.offset, [texts(first)]
    while (plan := planner(kinesis, stream).plan(offset)).offset != offset:
        seen.append(texts(plan))
        offset = plan.offset
    assert seen == [{"0": ["a"]}, {"0": ["b"]}, {"1": ["low"]}]


def test_a_shard_that_is_gone_unread_is_an_error(kinesis: "KinesisClient", stream: str) -> None:
    """Records past their retention are not passed over in silence."""
    put(kinesis, stream, "a")
    offset = planner(kinesis, stream).plan(START).offset
    offset["shards"]["shardId-000000000099"] = {"after": "1", "records": 1, "ended": False}
    with pytest.raises(SourceError, match="shardId-000000000099 was not read to its end and is gone"):
        planner(kinesis, stream).plan(offset)


def test_ended_shards_are_forgotten_once_the_stream_has(kinesis: "KinesisClient", stream: str) -> None:
    """The offset does not grow for ever."""
    offset = planner(kinesis, stream).plan(START).offset
    offset["shards"]["shardId-000000000099"] = {"after": "1", "records": 1, "ended": True}
    put(kinesis, stream, "a")
    assert set(planner(kinesis, stream).plan(offset).offset["shards"]) == {"shardId-000000000000"}


def test_planning_until_a_time_ends_when_every_shard_has_reached_it(
    kinesis: "KinesisClient", stream: str
) -> None:
    """Also through the children of a shard that ended before; what comes later is not waited for."""
    put(kinesis, stream, "a")
    kinesis.split_shard(StreamName=stream, ShardToSplit="shardId-000000000000", NewStartingHashKey=MIDDLE)
    put(kinesis, stream, "low")
    planning = planner(kinesis, stream, until=datetime.now(UTC))
    first = planning.plan(START)
    second = planning.plan(first.offset)
    assert [texts(first), texts(second)] == [{"0": ["a"]}, {"1": ["low"]}]
    put(kinesis, stream, "later")
    assert planning.plan(second.offset) == Plan(second.offset, {})
