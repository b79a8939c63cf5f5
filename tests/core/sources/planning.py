"""What the tests of the planner do with a stream."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from glue_jobs.core.sources.kinesis_stream import KinesisStream
from glue_jobs.core.sources.planner import Limits, Plan, StreamPlanner
from glue_jobs.core.sources.shards import Offset, initial_offset, ranges, read_range

if TYPE_CHECKING:
    from mypy_boto3_kinesis.client import KinesisClient

START = initial_offset("TRIM_HORIZON")
LAST_KEY = 2**128 - 1
"""A hash key of the last shard."""


@dataclass
class Clock:
    """A clock that moves when somebody pauses."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    paused: float = 0.0

    def pause(self, seconds: float) -> None:
        self.paused += seconds
        self.now += timedelta(seconds=seconds)


def put(kinesis: "KinesisClient", stream: str, *texts: str, key: int = 0) -> None:
    """Put records into the shard that holds the hash `key`."""
    for text in texts:
        kinesis.put_record(
            StreamName=stream, Data=text.encode(), PartitionKey="any", ExplicitHashKey=str(key)
        )


def opened(stream: str, endpoint_url: str | None = None, clock: Clock | None = None) -> KinesisStream:
    """A stream whose pauses take no time."""
    watch = clock or Clock()
    return KinesisStream(stream, None, endpoint_url, now=lambda: watch.now, pause=watch.pause)


def planner(
    stream: str | KinesisStream,
    max_records: int = 1000,
    max_skew: timedelta = timedelta(minutes=5),
    until: datetime | None = None,
    accept_loss: bool = False,
    max_bytes: int = 128 * 2**20,
) -> StreamPlanner:
    """A planner that does not pause."""
    reached = KinesisStream(stream, pause=lambda seconds: None) if isinstance(stream, str) else stream
    return StreamPlanner(reached, Limits(max_records, max_skew, max_bytes), until, accept_loss)


def texts(plan: Plan) -> dict[str, list[str]]:
    """The records of a plan by shard, without the shards' zeros."""
    return {
        shard.removeprefix("shardId-").lstrip("0") or "0": [record["Data"].decode() for record in records]
        for shard, records in plan.records.items()
    }


def read_again(
    stream: str | KinesisStream, start: Offset, end: Offset, accept_loss: bool = False
) -> list[str]:
    """What the ranges between two offsets hold when they are read from the stream again."""
    reached = KinesisStream(stream) if isinstance(stream, str) else stream
    return [
        record["Data"].decode()
        for wanted in ranges(reached.name, start, end)
        for records in read_range(reached, wanted, accept_loss)
        for record in records
    ]
