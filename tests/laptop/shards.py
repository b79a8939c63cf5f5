"""Puts records into the shards of a stream, and gets them from there."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_kinesis.client import KinesisClient

FIRST, SECOND, THIRD, FOURTH = (f"shardId-{number:012}" for number in range(4))
"""The shards of a stream in the order in which they came to be; it begins with two."""


def put(kinesis: "KinesisClient", stream: str, *texts: str, hash_key: str = "0") -> list[Any]:
    """Put one record for each text into the shard of `hash_key`; the answers."""
    return [
        kinesis.put_record(StreamName=stream, Data=text.encode(), PartitionKey="k", ExplicitHashKey=hash_key)
        for text in texts
    ]


def read(kinesis: "KinesisClient", stream: str, shard: str, kind: Any = "TRIM_HORIZON", **where: Any) -> Any:
    """The answer of the first GetRecords at a place in a shard."""
    limit = where.pop("Limit", 100)
    found = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType=kind, **where)
    return kinesis.get_records(ShardIterator=found["ShardIterator"], Limit=limit)


def texts(answer: Any) -> list[str]:
    """The records of an answer as text."""
    return [record["Data"].decode() for record in answer["Records"]]
