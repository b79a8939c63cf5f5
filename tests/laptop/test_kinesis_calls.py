"""The two calls that carry records, as a client sees them. Every test speaks HTTP to the server."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from producers.kinesis_producer import main as produce
from producers.kinesis_producer import make_records
from producers.options import parse_options
from tests.laptop.shards import FIRST, SECOND, put, read, texts

if TYPE_CHECKING:
    from mypy_boto3_kinesis.client import KinesisClient

    from laptop.embedded_aws import EmbeddedAws


@pytest.mark.parametrize(
    ("entries", "error"),
    [
        ([{"Data": b"x", "PartitionKey": "k"}] * 501, "Member must have length less than or equal to 500"),
        ([{"Data": b"x" * 2**20, "PartitionKey": "k"}], "length less than or equal to 1048576"),
        ([{"Data": b"x" * 2**19, "PartitionKey": "k"}] * 11, "exceeds 5 MB limit"),
    ],
    ids=["501 records", "a record over 1 MiB", "a call over 5 MiB"],
)
def test_a_call_over_the_limits_puts_nothing(
    kinesis: "KinesisClient", stream: str, entries: Any, error: str
) -> None:
    """It is refused as a whole, with the words of AWS."""
    with pytest.raises(ClientError, match=error):
        kinesis.put_records(StreamName=stream, Records=entries)
    assert [texts(read(kinesis, stream, shard)) for shard in (FIRST, SECOND)] == [[], []]


def test_records_are_got_as_they_were_put(kinesis: "KinesisClient", stream: str) -> None:
    """Data of any bytes, key, number, and an arrival time to the millisecond."""
    data = [b"", b"\xff\x00\n", '{"a": "\u00f1"}'.encode()]
    entries: Any = [{"Data": one, "PartitionKey": "\u00f1 k", "ExplicitHashKey": "0"} for one in data]
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    answers = kinesis.put_records(StreamName=stream, Records=entries)
    got = read(kinesis, stream, FIRST)["Records"]
    assert [record["Data"] for record in got] == data
    assert {record["PartitionKey"] for record in got} == {"\u00f1 k"}
    assert [record["SequenceNumber"] for record in got] == [
        answer["SequenceNumber"] for answer in answers["Records"]
    ]
    for record in got:
        arrival = record["ApproximateArrivalTimestamp"]
        assert before <= arrival <= datetime.now(UTC)
        assert arrival.microsecond % 1000 == 0


def test_what_a_producer_puts_with_several_calls_in_flight_is_all_there(
    aws: "EmbeddedAws", kinesis: "KinesisClient", stream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each record once, under a number of its own; at a pace that gives several calls to a tick."""
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    argv = ["--generate", "4000", "--rate", "10000", "--in_flight", "4", "--date", "2026-03-01"]
    assert produce([*argv, "--stream_name", stream]) == 0
    held = [record for shard in (FIRST, SECOND) for record in read_all(kinesis, stream, shard)]
    now = datetime.now(UTC)
    records, _ = make_records(parse_options(argv, "producer", now), now)
    assert Counter(record["Data"] for record in held) == Counter(record.data for record in records)
    assert len({record["SequenceNumber"] for record in held}) == 4000


def read_all(kinesis: "KinesisClient", stream: str, shard: str) -> list[Any]:
    """Every record of a shard."""
    answer = read(kinesis, stream, shard)
    records = answer["Records"]
    while answer["MillisBehindLatest"]:
        answer = kinesis.get_records(ShardIterator=answer["NextShardIterator"])
        records += answer["Records"]
    return list(records)


def test_what_carries_records_is_not_answered_by_moto(kinesis: "KinesisClient", stream: str) -> None:
    """Its way costs ten times as much; moto names itself in its answers."""
    entries: Any = [{"Data": b"x", "PartitionKey": "k"}]

    def is_of_moto(answer: Any) -> bool:
        return "amazon.com" in answer["ResponseMetadata"]["HTTPHeaders"]["server"]

    assert is_of_moto(kinesis.list_shards(StreamName=stream))
    assert not is_of_moto(kinesis.put_records(StreamName=stream, Records=entries))
    assert not is_of_moto(read(kinesis, stream, FIRST))


def test_one_get_gives_at_most_ten_mebibytes(kinesis: "KinesisClient", stream: str) -> None:
    """Eleven records of one mebibyte come in two answers, though a hundred were asked for."""
    megabyte = "x" * (2**20 - 100)
    put(kinesis, stream, *[megabyte] * 11)
    first = read(kinesis, stream, FIRST)
    second = kinesis.get_records(ShardIterator=first["NextShardIterator"])
    assert (len(first["Records"]), len(second["Records"])) == (10, 1)
