"""What a stream may have thrown away before it was read.

Kinesis keeps a record for the stream's retention, 24 hours at least, and then drops it without a word: a
reader that comes later is given the next record that is left. Sequence numbers have gaps, so nothing shows in
the records themselves. But an offset notes for each shard up to when all that arrived has been read. Where
that is longer ago than the retention, records may be lost; where it is not, none can be, unless the retention
was raised after they had expired.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from glue_jobs.core.sources.kinesis_stream import KinesisStream

if TYPE_CHECKING:
    from mypy_boto3_kinesis.type_defs import ShardTypeDef

SHORTEST_RETENTION = timedelta(hours=24)
"""What a stream keeps at least (Kinesis quotas); more is a setting, which can be raised any time."""


def retention_of(stream: KinesisStream) -> timedelta:
    """How long the stream keeps a record, as it is set now."""
    return timedelta(hours=stream.summary()["RetentionPeriodHours"])


def records_lost(
    stream: KinesisStream, offset: dict[str, Any], shards: "list[ShardTypeDef]"
) -> dict[str, str]:
    """The shards of which records may be lost that follow `offset` (`shards.Offset`): name → what is known.

    `shards` are all that the stream lists.
    """
    listed = {shard["ShardId"] for shard in shards}
    gone = {
        shard_id: "was not read to its end and is gone"
        for shard_id, at in offset["shards"].items()
        if shard_id not in listed and not at["ended"]
    }
    unread = {shard["ShardId"]: read_up_to(shard, offset) for shard in shards}
    old = {
        shard_id: moment
        for shard_id, moment in unread.items()
        if moment and stream.now() - moment > SHORTEST_RETENTION
    }
    kept = retention_of(stream) if old else SHORTEST_RETENTION
    return gone | {
        shard_id: f"was read up to {moment:%Y-%m-%d %H:%M:%S} UTC, and the stream keeps {_hours(kept)} hours"
        for shard_id, moment in old.items()
        if stream.now() - moment > kept
    }


def read_up_to(shard: "ShardTypeDef", offset: dict[str, Any]) -> datetime | None:
    """Up to when all that arrived in a shard is read; None where nothing is left to read or nobody knows.

    A shard without a position has no records older than what is read of its parents.
    """
    positions = offset["shards"]
    own = positions.get(shard["ShardId"])
    if own is not None:
        return None if own["ended"] else _moment(own)
    parents = (positions.get(shard.get(name)) for name in ("ParentShardId", "AdjacentParentShardId"))
    return max((moment for parent in parents if parent and (moment := _moment(parent))), default=None)


def _moment(position: dict[str, Any]) -> datetime | None:
    noted = position.get("read_to")
    return datetime.fromisoformat(noted) if noted else None


def _hours(time: timedelta) -> str:
    return f"{time.total_seconds() / 3600:g}"
