"""What the stream itself does wrong, by the errors that AWS answers: waited out, or told in one line."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from glue_jobs.core.errors import SourceError
from glue_jobs.core.sources.kinesis_stream import PATIENCE
from tests.core.sources.planning import LAST_KEY, START, Clock, opened, planner, put, read_again, texts
from tests.faults.aws_proxy import (
    EXPIRED_ITERATOR,
    EXPIRED_TOKEN,
    FOREIGN_NUMBER,
    INTERNAL_FAILURE,
    LIST_THROTTLED,
    THROTTLED,
    UNKNOWN_TOKEN,
    Call,
    FaultyAws,
    Refusal,
)

if TYPE_CHECKING:
    from mypy_boto3_kinesis.client import KinesisClient

ALWAYS = 1_000_000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that only pauses move, boto3's own among them."""
    moved = Clock()
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=moved.pause))
    return moved


def for_a_minute(clock: Clock) -> Callable[[Call], bool]:
    """Picks the calls of the next minute."""
    ends = clock.now + timedelta(minutes=1)
    return lambda call: clock.now < ends


def test_an_expired_iterator_is_replaced_where_the_reading_was(
    kinesis: "KinesisClient", stream: str, faulty: FaultyAws
) -> None:
    """After the last record read, in the middle of a plan and between two plans."""
    put(kinesis, stream, "a", "b", "c", "d")
    planning = planner(opened(stream, faulty.url), max_records=2)
    first = planning.plan(START)
    faulty.refuse("GetRecords", EXPIRED_ITERATOR)
    second = planning.plan(first.offset)
    put(kinesis, stream, "e")
    faulty.refuse("GetRecords", EXPIRED_ITERATOR)
    third = planning.plan(second.offset)
    assert [texts(plan)["0"] for plan in (first, second, third)] == [["a", "b"], ["c", "d"], ["e"]]
    assert faulty.met == {"ExpiredIteratorException": 2}


@pytest.mark.parametrize(
    ("operation", "refusal"),
    [("GetRecords", THROTTLED), ("GetShardIterator", THROTTLED), ("ListShards", LIST_THROTTLED)],
)
def test_a_minute_of_throttling_is_waited_out(
    kinesis: "KinesisClient",
    stream: str,
    faulty: FaultyAws,
    clock: Clock,
    operation: str,
    refusal: Refusal,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Every call is refused for more than a minute; the batch is whole, and the log says it once."""
    put(kinesis, stream, "a", "b")
    faulty.refuse(operation, refusal, ALWAYS, when=for_a_minute(clock))
    plan = planner(opened(stream, faulty.url, clock)).plan(START)
    assert texts(plan) == {"0": ["a", "b"]}
    assert clock.paused >= 60
    assert [record.message.count("trying again") for record in caplog.records] == [1]


def test_throttling_without_end_stops_the_job(
    kinesis: "KinesisClient", stream: str, faulty: FaultyAws, clock: Clock
) -> None:
    """After the time that a call is tried for, with AWS's own words."""
    put(kinesis, stream, "a")
    faulty.refuse("GetRecords", THROTTLED, times=ALWAYS)
    with pytest.raises(SourceError, match=f"stream {stream}: .*Rate exceeded for shard"):
        planner(opened(stream, faulty.url, clock)).plan(START)
    assert timedelta(seconds=clock.paused) >= PATIENCE


def test_a_replayed_range_waits_out_throttling_and_expiry_too(
    kinesis: "KinesisClient", stream: str, faulty: FaultyAws, clock: Clock
) -> None:
    """A task that reads a planned batch again is as patient as the planner."""
    put(kinesis, stream, "a", "b")
    end = planner(stream).plan(START).offset
    faulty.refuse("GetRecords", THROTTLED, ALWAYS, when=for_a_minute(clock))
    faulty.refuse("GetRecords", EXPIRED_TOKEN)
    assert read_again(opened(stream, faulty.url, clock), START, end) == ["a", "b"]
    assert clock.paused >= 60


def test_an_iterator_that_expires_in_a_replay_is_replaced(
    kinesis: "KinesisClient", stream: str, faulty: FaultyAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After what it has handed on, so that nothing is read twice."""
    monkeypatch.setattr("glue_jobs.core.sources.shards.RECORDS_AT_ONCE", 1)
    put(kinesis, stream, "a", "b", "c")
    end = planner(stream).plan(START).offset
    faulty.refuse("GetRecords", EXPIRED_ITERATOR, when=lambda call: gets(faulty) == 2)
    assert read_again(opened(stream, faulty.url), START, end) == ["a", "b", "c"]
    assert (faulty.met, gets(faulty)) == ({"ExpiredIteratorException": 1}, 4)


def gets(faulty: FaultyAws) -> int:
    """How many GetRecords calls there were."""
    return [call.operation for call in faulty.calls].count("GetRecords")


def test_credentials_that_expire_and_return_are_taken_up(
    kinesis: "KinesisClient",
    stream: str,
    faulty: FaultyAws,
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are read anew for each attempt: here from a file that somebody renews after a minute."""
    put(kinesis, stream, "a")
    file = tmp_path / "credentials"
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    file.write_text("[default]\naws_access_key_id = old\naws_secret_access_key = x\n")
    reached = opened(stream, faulty.url, clock)
    for operation in ("ListShards", "GetRecords"):
        faulty.refuse(operation, EXPIRED_TOKEN, ALWAYS, when=lambda call: call.access_key == "old")

    def renew_after_a_minute(seconds: float) -> None:
        clock.pause(seconds)
        if clock.paused > 60:
            file.write_text("[default]\naws_access_key_id = new\naws_secret_access_key = x\n")

    reached.pause = renew_after_a_minute
    assert texts(planner(reached).plan(START)) == {"0": ["a"]}
    assert {call.access_key for call in faulty.calls} == {"old", "new"}


def test_credentials_that_are_wrong_stop_the_job_at_once(
    stream: str, faulty: FaultyAws, clock: Clock
) -> None:
    """Nothing to wait for; the error says what to check, and shows no key."""
    faulty.refuse("ListShards", UNKNOWN_TOKEN, times=ALWAYS)
    with pytest.raises(SourceError, match=r"security token.*is invalid.*check.*the credentials") as caught:
        planner(opened(stream, faulty.url, clock)).plan(START)
    assert clock.paused == 0
    assert "embedded" not in str(caught.value).replace(stream, "")


def test_a_failure_inside_aws_is_tried_again(
    kinesis: "KinesisClient", stream: str, faulty: FaultyAws
) -> None:
    """A few answers of 500 in a row."""
    put(kinesis, stream, "a")
    faulty.refuse("GetRecords", INTERNAL_FAILURE, times=2)
    assert texts(planner(opened(stream, faulty.url)).plan(START)) == {"0": ["a"]}


def test_a_stream_that_is_not_there_is_an_error_that_names_it(kinesis: "KinesisClient") -> None:
    """And says what to check."""
    with pytest.raises(SourceError, match=r"stream no-such: .*not found.*check --stream_name"):
        planner("no-such").plan(START)


def test_a_stream_that_vanishes_stops_the_job(kinesis: "KinesisClient", stream: str) -> None:
    """It was read a moment ago; a quiet job over nothing would look well."""
    put(kinesis, stream, "a")
    planning = planner(stream)
    offset = planning.plan(START).offset
    kinesis.delete_stream(StreamName=stream)
    with pytest.raises(SourceError, match=f"stream {stream}: .*not found"):
        planning.plan(offset)


def test_positions_of_another_stream_of_the_same_name_stop_the_job(
    kinesis: "KinesisClient", stream: str, faulty: FaultyAws
) -> None:
    """The stream was deleted and made anew; AWS refuses numbers that are not its own."""
    put(kinesis, stream, "a")
    offset = planner(stream).plan(START).offset
    faulty.refuse("GetShardIterator", FOREIGN_NUMBER, times=ALWAYS)
    with pytest.raises(SourceError, match="did not come from this stream"):
        planner(opened(stream, faulty.url), accept_loss=True).plan(offset)


def test_a_batch_is_bounded_in_bytes(
    kinesis: "KinesisClient", two_shards: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more is read once it is large enough; here by one record from each of two shards at a time."""
    monkeypatch.setattr("glue_jobs.core.sources.planner.RECORDS_AT_ONCE", 1)
    for key in (0, LAST_KEY):
        put(kinesis, two_shards, *(["x" * 90_000] * 8), key=key)
    planning = planner(two_shards, max_bytes=400_000)
    offset, records = START, []
    while (plan := planning.plan(offset)).offset != offset:
        offset = plan.offset
        records.append(sum(len(some) for some in plan.records.values()))
    assert records == [6, 6, 4]
