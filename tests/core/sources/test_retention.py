"""Records that a stream drops before they are read: told apart from a stream that was silent."""

from base64 import b64decode
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from glue_jobs.core.errors import SourceError
from glue_jobs.core.sources.kinesis import records_gone
from glue_jobs.core.sources.planner import Plan
from glue_jobs.core.sources.shards import Offset
from tests.core.sources.planning import LAST_KEY, START, Clock, opened, planner, put, read_again, texts
from tests.faults.aws_proxy import FOREIGN_NUMBER, Body, FaultyAws

if TYPE_CHECKING:
    from mypy_boto3_kinesis.client import KinesisClient

FIRST = "shardId-000000000000"
DAY = timedelta(days=1)


def later(hours: float) -> Clock:
    """A clock that is so far ahead."""
    clock = Clock()
    clock.now += timedelta(hours=hours)
    return clock


def trimmed(kinesis: "KinesisClient", stream: str, *texts: str) -> Any:
    """A change of GetRecords: what arrived before the records `texts` is gone, as past the retention."""
    put(kinesis, stream, *texts)
    kept = {text.encode() for text in texts}

    def drop(request: Body, answer: Body) -> Body:
        left = [record for record in answer["Records"] if b64decode(record["Data"]) in kept]
        return {**answer, "Records": left}

    return drop


def test_a_stop_longer_than_the_retention_is_refused(
    kinesis: "KinesisClient", stream: str, faulty: FaultyAws
) -> None:
    """Nothing in the records shows that some are gone; the time of the last read does."""
    put(kinesis, stream, "a", "b")
    offset = planner(stream).plan(START).offset
    faulty.change("GetRecords", trimmed(kinesis, stream, "after the gap"))
    with pytest.raises(
        SourceError, match=r"records may be lost, for shardId-0+ was read up to .* keeps 24 hours"
    ) as caught:
        planner(opened(stream, faulty.url, later(hours=25))).plan(offset)
    assert "--fail_on_data_loss false" in str(caught.value)


def test_a_stop_within_the_retention_goes_on(
    kinesis: "KinesisClient", stream: str, faulty: FaultyAws
) -> None:
    """Also one of days, where the stream keeps its records for a week."""
    put(kinesis, stream, "a")
    offset = planner(stream).plan(START).offset
    put(kinesis, stream, "b")
    assert texts(planner(opened(stream, clock=later(hours=23))).plan(offset)) == {"0": ["b"]}
    kinesis.increase_stream_retention_period(StreamName=stream, RetentionPeriodHours=168)
    assert texts(planner(opened(stream, clock=later(hours=100))).plan(offset)) == {"0": ["b"]}


def test_with_data_loss_accepted_it_goes_on_with_what_is_left_and_says_so(
    kinesis: "KinesisClient", stream: str, faulty: FaultyAws, caplog: pytest.LogCaptureFixture
) -> None:
    """The batch names the shard; the next one does not; both can be read again."""
    put(kinesis, stream, "a", "b")
    first = planner(stream).plan(START).offset
    faulty.change("GetRecords", trimmed(kinesis, stream, "c", "d"))
    faulty.refuse("GetShardIterator", FOREIGN_NUMBER, when=lambda call: "StartingSequenceNumber" in call.body)
    reached = opened(stream, faulty.url, later(hours=25))
    planning = planner(reached, accept_loss=True)
    second = planning.plan(first)
    assert (texts(second), second.offset["lost"]) == ({"0": ["c", "d"]}, [FIRST])
    assert "records may be lost" in caplog.text
    assert read_again(reached, first, second.offset) == ["c", "d"]
    assert planning.plan(second.offset) == Plan(second.offset, {})
    put(kinesis, stream, "e")
    faulty.heal()
    third = planning.plan(second.offset)
    assert (texts(third), "lost" in third.offset) == ({"0": ["e"]}, False)


def test_a_loss_without_news_does_not_forget_what_was_read(kinesis: "KinesisClient", stream: str) -> None:
    """The next plan goes on after it."""
    put(kinesis, stream, "a", "b")
    first = planner(stream).plan(START).offset
    planning = planner(opened(stream, clock=later(hours=25)), accept_loss=True)
    second = planning.plan(first)
    assert (texts(second), second.offset["lost"]) == ({}, [FIRST])
    put(kinesis, stream, "c")
    assert texts(planning.plan(second.offset)) == {"0": ["c"]}
    assert texts(planner(stream).plan(second.offset)) == {"0": ["c"]}


def test_what_was_read_before_the_loss_is_not_read_again(kinesis: "KinesisClient", stream: str) -> None:
    """A stream may keep records longer than it promises."""
    put(kinesis, stream, "a", "b")
    first = planner(stream).plan(START).offset
    put(kinesis, stream, "c")
    reached = opened(stream, clock=later(hours=25))
    second = planner(reached, accept_loss=True).plan(first)
    assert texts(second) == {"0": ["c"]}
    assert read_again(reached, first, second.offset) == ["c"]


def test_a_planned_batch_of_which_records_are_gone_is_refused_or_goes_on_without_them(
    kinesis: "KinesisClient", stream: str, faulty: FaultyAws, caplog: pytest.LogCaptureFixture
) -> None:
    """A job that died with a planned batch and was stopped too long."""
    put(kinesis, stream, "a", "b")
    drop = trimmed(kinesis, stream, "c")
    end = planner(stream).plan(START).offset
    put(kinesis, stream, "later")
    faulty.change("GetRecords", drop)
    with pytest.raises(SourceError, match="no longer holds the 3 records planned up to"):
        read_again(opened(stream, faulty.url), START, end)
    assert read_again(opened(stream, faulty.url), START, end, accept_loss=True) == ["c"]
    assert "2 are lost" in caplog.text


@pytest.mark.parametrize("accept_loss", [True, False])
def test_an_iterator_at_a_place_that_is_gone_does_not_hang_the_job(
    kinesis: "KinesisClient", stream: str, faulty: FaultyAws, accept_loss: bool
) -> None:
    """AWS answers with nothing for ever, as far behind as the retention is long."""
    put(kinesis, stream, "a")
    end = planner(stream).plan(START).offset
    behind = int(DAY.total_seconds() * 1000)
    faulty.change("GetRecords", lambda _, answer: {**answer, "Records": [], "MillisBehindLatest": behind})
    if accept_loss:
        assert read_again(opened(stream, faulty.url), START, end, accept_loss=True) == []
    else:
        with pytest.raises(SourceError, match="no longer holds the 1 records"):
            read_again(opened(stream, faulty.url), START, end)


def test_a_silent_stream_is_noted_each_hour_so_that_a_restart_is_not_refused(
    kinesis: "KinesisClient", stream: str
) -> None:
    """Two days without a record, then a restart: nothing can be lost, and nothing is said to be."""
    put(kinesis, stream, "a")
    clock = Clock()
    planning = planner(opened(stream, clock=clock))
    offset = planning.plan(START).offset
    notes = 0
    for _ in range(4 * 48):
        clock.now += timedelta(minutes=15)
        plan = planning.plan(offset)
        assert plan.records == {}
        notes += plan.offset != offset
        offset = plan.offset
    assert notes == 48
    put(kinesis, stream, "b")
    clock.now += timedelta(hours=20)
    assert texts(planner(opened(stream, clock=clock)).plan(offset)) == {"0": ["b"]}


def test_an_empty_shard_is_noted_too(kinesis: "KinesisClient", two_shards: str) -> None:
    """It has no position; that it was read to its end is known all the same, and can become too old."""
    put(kinesis, two_shards, "a")
    planning = planner(two_shards)
    offset = planning.plan(START).offset
    empty = offset["shards"]["shardId-000000000001"]
    assert (empty["after"], datetime.fromisoformat(empty["read_to"]) > Clock().now - DAY) == (None, True)
    put(kinesis, two_shards, "b", key=LAST_KEY)
    with pytest.raises(SourceError, match="shardId-000000000001 was read up to"):
        planner(opened(two_shards, clock=later(hours=25))).plan(only(offset, "shardId-000000000001"))


def test_a_shard_that_had_to_wait_is_noted_too(
    kinesis: "KinesisClient", two_shards: str, faulty: FaultyAws
) -> None:
    """An hour ahead of the other one, all its records were left to a later plan; they can become too old."""
    put(kinesis, two_shards, "old")
    put(kinesis, two_shards, "new", key=LAST_KEY)
    faulty.change("GetRecords", arrived_an_hour_apart)
    offset = planner(opened(two_shards, faulty.url), max_records=1).plan(START).offset
    offset = planner(opened(two_shards, faulty.url), max_records=2).plan(START).offset
    assert offset["shards"]["shardId-000000000001"]["after"] is None
    faulty.heal()
    with pytest.raises(SourceError, match="shardId-000000000001 was read up to"):
        planner(opened(two_shards, clock=later(hours=25))).plan(only(offset, "shardId-000000000001"))


def arrived_an_hour_apart(request: Body, answer: Body) -> Body:
    """The record "old" arrived two hours ago, with more behind it; "new" one hour ago."""
    for record in answer["Records"]:
        old = b64decode(record["Data"]) == b"old"
        record["ApproximateArrivalTimestamp"] -= 7200 if old else 3600
        answer["MillisBehindLatest"] = 7_000_000 if old else 0
    if not answer["Records"]:
        answer["MillisBehindLatest"] = 7_000_000
    return answer


def test_children_of_a_split_are_known_by_their_parent(kinesis: "KinesisClient", stream: str) -> None:
    """They came into being after the last read; a stop longer than the retention may have cost records."""
    put(kinesis, stream, "a")
    kinesis.split_shard(StreamName=stream, ShardToSplit=FIRST, NewStartingHashKey=str(2**127))
    offset = planner(stream).plan(START).offset
    assert offset["shards"][FIRST]["ended"]
    with pytest.raises(SourceError, match="shardId-000000000001 was read up to"):
        planner(opened(stream, clock=later(hours=25))).plan(offset)
    put(kinesis, stream, "low")
    assert texts(planner(opened(stream, clock=later(hours=20))).plan(offset)) == {"1": ["low"]}


def test_a_shard_that_is_gone_unread_is_an_error_or_is_left_out(
    kinesis: "KinesisClient", stream: str
) -> None:
    """Records past their retention are not passed over in silence."""
    put(kinesis, stream, "a")
    offset = planner(stream).plan(START).offset
    gone = {"after": "1", "records": 1, "ended": False, "read_to": None}
    offset["shards"]["shardId-000000000099"] = gone
    with pytest.raises(SourceError, match="shardId-000000000099 was not read to its end and is gone"):
        planner(stream).plan(offset)
    put(kinesis, stream, "b")
    plan = planner(stream, accept_loss=True).plan(offset)
    assert (texts(plan), plan.offset["lost"]) == ({"0": ["b"]}, ["shardId-000000000099"])
    assert set(plan.offset["shards"]) == {FIRST}


def test_what_may_be_gone_can_be_asked_without_reading(kinesis: "KinesisClient", stream: str) -> None:
    """For whoever wants to go back to an offset."""
    put(kinesis, stream, "a")
    offset = planner(stream).plan(START).offset
    assert records_gone(stream, None, None, offset) == []
    offset["shards"][FIRST]["read_to"] = "2026-01-01T00:00:00+00:00"
    assert records_gone(stream, None, None, offset) == [
        f"{FIRST} was read up to 2026-01-01 00:00:00 UTC, and the stream keeps 24 hours"
    ]


def only(offset: Offset, shard_id: str) -> Offset:
    """The offset without its other shards."""
    return {**offset, "shards": {shard_id: offset["shards"][shard_id]}}
