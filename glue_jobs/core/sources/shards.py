"""The calls to Kinesis that a source needs, and ranges of a shard that can be read again exactly.

An offset is self-contained, so that a planned batch can be repeated from it alone:

    {"start": "TRIM_HORIZON" or an ISO time, which holds for shards without a position,
     "shards": {"shardId-…": {"after": its last sequence number or null,
                              "records": how many the last range had,
                              "ended": whether a reshard closed it and all of it is read}}}
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from glue_jobs.core.errors import SourceError

if TYPE_CHECKING:
    from mypy_boto3_kinesis.client import KinesisClient
    from mypy_boto3_kinesis.type_defs import RecordTypeDef, ShardTypeDef

Offset: TypeAlias = dict[str, Any]

RECORDS_AT_ONCE = 10_000
"""The most records that one GetRecords call returns (Kinesis API reference)."""


def initial_offset(start: str) -> Offset:
    """The offset before any record; `start` is TRIM_HORIZON or an ISO time."""
    return {"start": start, "shards": {}}


@dataclass(frozen=True)
class ShardRange:
    """The `count` records of a shard that follow `after` (None: those from `start` on), up to `last`."""

    stream: str
    shard_id: str
    start: str
    after: str | None
    last: str
    count: int


def kinesis_client(region: str | None, endpoint_url: str | None) -> "KinesisClient":
    """A client that waits out throttling; region, credentials and endpoint default to boto3's chain."""
    patient = Config(
        retries={"mode": "standard", "max_attempts": 8}, connect_timeout=10, max_pool_connections=16
    )
    return boto3.client("kinesis", region_name=region, endpoint_url=endpoint_url, config=patient)


def list_shards(client: "KinesisClient", stream: str) -> "list[ShardTypeDef]":
    """Every shard of the stream within its retention, closed ones included."""
    pages = client.get_paginator("list_shards").paginate(**_named(stream))
    return [shard for page in pages for shard in page["Shards"]]


def shard_iterator(client: "KinesisClient", stream: str, shard_id: str, start: str, after: str | None) -> str:
    """An iterator after the sequence number `after`, or where that is None from `start`."""
    if after is not None:
        place: dict[str, Any] = {
            "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
            "StartingSequenceNumber": after,
        }
    elif start == "TRIM_HORIZON":
        place = {"ShardIteratorType": "TRIM_HORIZON"}
    else:
        place = {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": datetime.fromisoformat(start)}
    return client.get_shard_iterator(**_named(stream), ShardId=shard_id, **place)["ShardIterator"]


def ranges(stream: str, start: Offset, end: Offset) -> list[ShardRange]:
    """What has to be read to get from one offset to the next."""
    found = []
    for shard_id, at in end["shards"].items():
        after = start["shards"].get(shard_id, {}).get("after")
        if at["after"] != after:
            found.append(ShardRange(stream, shard_id, end["start"], after, at["after"], at["records"]))
    return found


def read_range(client: "KinesisClient", wanted: ShardRange) -> "Iterator[list[RecordTypeDef]]":
    """Read a planned range again, exactly.

    Raises:
        SourceError: the stream no longer holds all of the range.
    """
    left = wanted.count
    with kinesis_errors(wanted.stream):
        iterator: str | None = shard_iterator(
            client, wanted.stream, wanted.shard_id, wanted.start, wanted.after
        )
        while left > 0 and iterator is not None:
            answer = client.get_records(ShardIterator=iterator, Limit=min(left, RECORDS_AT_ONCE))
            news, iterator = answer["Records"], answer.get("NextShardIterator")
            if not news and not answer.get("MillisBehindLatest"):
                break
            left -= len(news)
            if left == 0 and news[-1]["SequenceNumber"] != wanted.last:
                break
            yield news
        else:
            if left == 0:
                return
    raise SourceError(
        f"stream {wanted.stream}: {wanted.shard_id} no longer holds the {wanted.count} records planned up to "
        f"{wanted.last}; they are past the stream's retention"
    )


@contextmanager
def kinesis_errors(stream: str) -> Iterator[None]:
    """Turns what boto3 raises inside the block into one `SourceError` that names the stream."""
    try:
        yield
    except (BotoCoreError, ClientError, ValueError) as error:  # the last for an AWS_ENDPOINT_URL that is none
        advice = "check --stream_name, --region, --endpoint_url and the credentials"
        raise SourceError(f"stream {stream}: {error}; {advice}") from error


def _named(stream: str) -> Any:
    return {"StreamARN": stream} if stream.startswith("arn:") else {"StreamName": stream}
