"""Offsets of a Kinesis stream, and ranges of a shard that can be read again exactly.

An offset is self-contained, so that a planned batch can be repeated from it alone:

    {"start": "TRIM_HORIZON" or an ISO time, which holds for shards without a position,
     "shards": {"shardId-…": {"after": its last sequence number or null,
                              "records": how many the last range had,
                              "ended": whether a reshard closed it and all of it is read,
                              "read_to": all that arrived before this ISO time is read; null if not known}},
     "lost": [shards of which this batch takes what the stream still had: records before that are lost]}

`lost` is there only where it names a shard.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from botocore.exceptions import ClientError

from glue_jobs.core.errors import SourceError
from glue_jobs.core.sources.kinesis_stream import RECORDS_AT_ONCE, KinesisStream, error_code, kinesis_errors
from glue_jobs.core.sources.retention import retention_of
from glue_jobs.core.sources.shard_read import later_than

if TYPE_CHECKING:
    from mypy_boto3_kinesis.type_defs import RecordTypeDef

Offset: TypeAlias = dict[str, Any]

_log = logging.getLogger(__name__)


def initial_offset(start: str) -> Offset:
    """The offset before any record; `start` is TRIM_HORIZON or an ISO time."""
    return {"start": start, "shards": {}}


@dataclass(frozen=True)
class ShardRange:
    """The `count` records of a shard that follow `after` (None: those from `start` on), up to `last`.

    With `lost` it begins at the oldest record that the stream has: what came before is past the retention.
    """

    stream: str
    shard_id: str
    start: str
    after: str | None
    last: str
    count: int
    lost: bool = False


def ranges(stream: str, start: Offset, end: Offset) -> list[ShardRange]:
    """What has to be read to get from one offset to the next."""
    if start == end:
        return []
    found = []
    for shard_id, at in end["shards"].items():
        lost = shard_id in end.get("lost", ())
        after = start["shards"].get(shard_id, {}).get("after")
        if at["after"] not in (None, after):
            found.append(ShardRange(stream, shard_id, end["start"], after, at["after"], at["records"], lost))
    return found


def read_range(
    stream: KinesisStream, wanted: ShardRange, accept_loss: bool = False
) -> "Iterator[list[RecordTypeDef]]":
    """Read a planned range again, exactly.

    With `accept_loss` what the stream no longer holds of it is missing, and a warning says how much.

    Raises:
        SourceError: the stream no longer holds all of the range.
    """
    left = wanted.count
    with kinesis_errors(stream.name):
        for records in _up_to_the_last(stream, wanted, accept_loss):
            left -= len(records)
            yield records
    if left == 0:
        return
    gone = (
        f"stream {wanted.stream}: {wanted.shard_id} no longer holds the {wanted.count} records planned up to "
        f"{wanted.last}"
    )
    if not accept_loss:
        raise SourceError(
            f"{gone}; they are past the stream's retention: --fail_on_data_loss false goes on without"
        )
    _log.warning("%s; %d are lost", gone, left)


def _up_to_the_last(
    stream: KinesisStream, wanted: ShardRange, accept_loss: bool
) -> "Iterator[list[RecordTypeDef]]":
    """The records of the range that the stream holds."""
    iterator: str | None = _iterator(stream, wanted, wanted.after, accept_loss)
    after, left = wanted.after, wanted.count
    while iterator is not None:
        try:
            answer = stream.records(iterator, max(1, min(left, RECORDS_AT_ONCE)))
        except ClientError as error:
            if error_code(error) != "ExpiredIteratorException":  # an iterator lives for five minutes
                raise
            iterator = _iterator(stream, wanted, after, accept_loss)
            continue
        came, iterator = answer["Records"], answer.get("NextShardIterator")
        records = [
            record for record in later_than(after, came) if int(record["SequenceNumber"]) <= int(wanted.last)
        ]
        if records:
            after, left = records[-1]["SequenceNumber"], left - len(records)
            yield records
        if came and int(came[-1]["SequenceNumber"]) >= int(wanted.last):
            return
        if not came and _nothing_will_come(stream, answer.get("MillisBehindLatest", 0)):
            return


def _iterator(stream: KinesisStream, wanted: ShardRange, after: str | None, accept_loss: bool) -> str:
    if wanted.lost and after == wanted.after:
        return stream.iterator(wanted.shard_id, "TRIM_HORIZON", None)
    try:
        return stream.iterator(wanted.shard_id, wanted.start, after)
    except ClientError as error:  # a number that the stream no longer knows
        if not accept_loss or error_code(error) != "InvalidArgumentException":
            raise
        return stream.iterator(wanted.shard_id, "TRIM_HORIZON", None)


def _nothing_will_come(stream: KinesisStream, milliseconds_behind: int) -> bool:
    """Whether an empty answer is the end: all is read, or the place is past the retention.

    An iterator at a place that is gone answers with nothing for ever, as far behind as the retention is long.
    """
    behind = timedelta(milliseconds=milliseconds_behind)
    return not behind or (behind >= timedelta(hours=24) and behind >= retention_of(stream))
