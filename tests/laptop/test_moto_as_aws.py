"""The embedded AWS behaves as AWS where moto does not. Every test speaks HTTP to the server."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.laptop.shards import FIRST, FOURTH, SECOND, THIRD, put, read, texts

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient
    from mypy_boto3_kinesis.client import KinesisClient

MIDDLE_OF_FIRST = str(2**126)
LAST_HASH_OF_FIRST = str(2**127 - 1)


def test_a_split_leaves_the_records_in_the_parent(kinesis: "KinesisClient", stream: str) -> None:
    """The parent keeps its records, numbers and times; the children start empty."""
    put(kinesis, stream, "a", "b")
    before = read(kinesis, stream, FIRST)["Records"]
    kinesis.split_shard(StreamName=stream, ShardToSplit=FIRST, NewStartingHashKey=MIDDLE_OF_FIRST)
    assert read(kinesis, stream, FIRST)["Records"] == before
    assert [texts(read(kinesis, stream, child)) for child in (THIRD, FOURTH)] == [[], []]


def test_records_after_a_split_go_to_the_children(kinesis: "KinesisClient", stream: str) -> None:
    """A closed shard takes no record, whatever the hash key."""
    kinesis.split_shard(StreamName=stream, ShardToSplit=FIRST, NewStartingHashKey=MIDDLE_OF_FIRST)
    put(kinesis, stream, "low", hash_key="0")
    put(kinesis, stream, "high", hash_key=MIDDLE_OF_FIRST)
    found = [texts(read(kinesis, stream, shard)) for shard in (FIRST, THIRD, FOURTH)]
    assert found == [[], ["low"], ["high"]]


@pytest.mark.parametrize("pair", [(FIRST, SECOND), (SECOND, FIRST)])
def test_a_merge_leaves_the_records_in_the_parents(
    kinesis: "KinesisClient", stream: str, pair: tuple[str, str]
) -> None:
    """No record is read twice, and the child takes over the whole range, whichever parent is named first."""
    put(kinesis, stream, "a", hash_key="0")
    put(kinesis, stream, "b", hash_key=str(2**127))
    kinesis.merge_shards(StreamName=stream, ShardToMerge=pair[0], AdjacentShardToMerge=pair[1])
    put(kinesis, stream, "c", hash_key="0")
    put(kinesis, stream, "d", hash_key=str(2**128 - 1))
    found = [texts(read(kinesis, stream, shard)) for shard in (FIRST, SECOND, THIRD)]
    assert found == [["a"], ["b"], ["c", "d"]]


def test_a_shard_is_split_once(kinesis: "KinesisClient", stream: str) -> None:
    """A closed shard can be neither split nor merged."""
    kinesis.split_shard(StreamName=stream, ShardToSplit=FIRST, NewStartingHashKey=MIDDLE_OF_FIRST)
    with pytest.raises(ClientError, match="already been merged or split"):
        kinesis.split_shard(StreamName=stream, ShardToSplit=FIRST, NewStartingHashKey=MIDDLE_OF_FIRST)
    with pytest.raises(ClientError, match="already been merged or split"):
        kinesis.merge_shards(StreamName=stream, ShardToMerge=FIRST, AdjacentShardToMerge=SECOND)


def test_a_closed_shard_ends(kinesis: "KinesisClient", stream: str) -> None:
    """Read to its end it gives no further iterator and names its children; before, it gives one."""
    put(kinesis, stream, "a", "b")
    kinesis.split_shard(StreamName=stream, ShardToSplit=FIRST, NewStartingHashKey=MIDDLE_OF_FIRST)
    part = read(kinesis, stream, FIRST, Limit=1)
    rest: Any = kinesis.get_records(ShardIterator=part["NextShardIterator"])
    assert (texts(part), texts(rest)) == (["a"], ["b"])
    assert "NextShardIterator" not in rest
    assert [child["ShardId"] for child in rest["ChildShards"]] == [THIRD, FOURTH]


def test_an_empty_closed_shard_ends_at_once(kinesis: "KinesisClient", stream: str) -> None:
    """A reader of a shard that never had a record goes on to the children."""
    kinesis.split_shard(StreamName=stream, ShardToSplit=FIRST, NewStartingHashKey=MIDDLE_OF_FIRST)
    assert "NextShardIterator" not in read(kinesis, stream, FIRST)


def test_an_open_shard_does_not_end(kinesis: "KinesisClient", stream: str) -> None:
    """Its iterator gives what arrives later."""
    answer = read(kinesis, stream, FIRST)
    put(kinesis, stream, "later")
    assert texts(kinesis.get_records(ShardIterator=answer["NextShardIterator"])) == ["later"]


def test_the_last_hash_key_of_a_shard_belongs_to_it(kinesis: "KinesisClient", stream: str) -> None:
    """Hash key ranges include both ends."""
    assert put(kinesis, stream, "a", hash_key=LAST_HASH_OF_FIRST)[0]["ShardId"] == FIRST


def test_sequence_numbers_grow_and_fit_no_64_bits(kinesis: "KinesisClient", stream: str) -> None:
    """56 digits, greater from record to record and from parent to child."""
    numbers = [answer["SequenceNumber"] for answer in put(kinesis, stream, "a", "b")]
    kinesis.split_shard(StreamName=stream, ShardToSplit=FIRST, NewStartingHashKey=MIDDLE_OF_FIRST)
    shards = {shard["ShardId"]: shard["SequenceNumberRange"] for shard in shards_of(kinesis, stream)}
    numbers += [shards[FIRST]["EndingSequenceNumber"], shards[THIRD]["StartingSequenceNumber"]]
    numbers.append(put(kinesis, stream, "c")[0]["SequenceNumber"])
    assert [len(number) for number in numbers] == [56] * 5
    assert sorted(set(map(int, numbers))) == list(map(int, numbers))


def shards_of(kinesis: "KinesisClient", stream: str) -> list[Any]:
    """The shards of a stream."""
    return list(kinesis.list_shards(StreamName=stream)["Shards"])


def test_a_stream_made_again_goes_on_counting(kinesis: "KinesisClient", stream: str) -> None:
    """Its numbers are greater than those of the stream that had its name."""
    old = put(kinesis, stream, "a")[0]["SequenceNumber"]
    kinesis.delete_stream(StreamName=stream)
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    assert int(put(kinesis, stream, "a")[0]["SequenceNumber"]) > int(old)


def test_the_open_shards_are_counted(kinesis: "KinesisClient", stream: str) -> None:
    """Two shards, one of them split, are three."""
    kinesis.split_shard(StreamName=stream, ShardToSplit=FIRST, NewStartingHashKey=MIDDLE_OF_FIRST)
    summary = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]
    assert summary["OpenShardCount"] == 3


def test_only_the_end_of_a_shard_is_zero_milliseconds_behind(kinesis: "KinesisClient", stream: str) -> None:
    """Records of one millisecond do not look like the end."""
    entries: Any = [{"Data": b"x", "PartitionKey": "k", "ExplicitHashKey": "0"}] * 3
    kinesis.put_records(StreamName=stream, Records=entries)
    behind = [read(kinesis, stream, FIRST, Limit=limit)["MillisBehindLatest"] for limit in (1, 2, 3)]
    assert [milliseconds > 0 for milliseconds in behind] == [True, True, False]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("AT_SEQUENCE_NUMBER", ["b", "c"]), ("AFTER_SEQUENCE_NUMBER", ["c"]), ("TRIM_HORIZON", ["a", "b", "c"])],
)
def test_reading_starts_where_asked(
    kinesis: "KinesisClient", stream: str, kind: str, expected: list[str]
) -> None:
    """At a number, after it, or at the beginning."""
    number = put(kinesis, stream, "a", "b", "c")[1]["SequenceNumber"]
    where = {} if kind == "TRIM_HORIZON" else {"StartingSequenceNumber": number}
    assert texts(read(kinesis, stream, FIRST, kind, **where)) == expected


def test_latest_gives_only_what_comes_after(kinesis: "KinesisClient", stream: str) -> None:
    """What is there already is not given."""
    put(kinesis, stream, "old")
    answer = read(kinesis, stream, FIRST, "LATEST")
    put(kinesis, stream, "new")
    assert (texts(answer), texts(kinesis.get_records(ShardIterator=answer["NextShardIterator"]))) == (
        [],
        ["new"],
    )


def test_a_time_before_all_records_gives_them_all(kinesis: "KinesisClient", stream: str) -> None:
    """A time in the past starts at the first record that is not older."""
    put(kinesis, stream, "a", "b")
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    assert texts(read(kinesis, stream, FIRST, "AT_TIMESTAMP", Timestamp=an_hour_ago)) == ["a", "b"]


def test_a_time_to_come_is_refused(kinesis: "KinesisClient", stream: str) -> None:
    """AWS knows no iterator for the future."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with pytest.raises(ClientError, match="cannot be greater than the currentTimestampInMillis"):
        read(kinesis, stream, FIRST, "AT_TIMESTAMP", Timestamp=tomorrow)


def test_a_stream_can_be_named_by_its_arn(kinesis: "KinesisClient", stream: str) -> None:
    """An iterator got by ARN works alone."""
    put(kinesis, stream, "a")
    arn = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    found = kinesis.get_shard_iterator(StreamARN=arn, ShardId=FIRST, ShardIteratorType="TRIM_HORIZON")
    assert texts(kinesis.get_records(ShardIterator=found["ShardIterator"])) == ["a"]


def test_a_table_is_changed_only_by_who_has_seen_it_as_it_is(glue: "GlueClient") -> None:
    """Of two commits to an Iceberg table at once the second is refused; who names no version is not."""
    names: Any = {"DatabaseName": "shop"}
    glue.create_database(DatabaseInput={"Name": "shop"})
    glue.create_table(**names, TableInput={"Name": "things", "Parameters": {"at": "0"}})
    seen = glue.get_table(**names, Name="things")["Table"]["VersionId"]

    glue.update_table(**names, TableInput={"Name": "things", "Parameters": {"at": "1"}}, VersionId=seen)
    with pytest.raises(ClientError, match="ConcurrentModificationException"):
        glue.update_table(**names, TableInput={"Name": "things", "Parameters": {"at": "2"}}, VersionId=seen)
    assert glue.get_table(**names, Name="things")["Table"]["Parameters"] == {"at": "1"}

    glue.update_table(**names, TableInput={"Name": "things", "Parameters": {"at": "3"}})
    assert glue.get_table(**names, Name="things")["Table"]["Parameters"] == {"at": "3"}
