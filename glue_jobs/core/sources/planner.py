"""Where a batch of a Kinesis stream ends.

Kinesis has no call that names the newest sequence number of a shard, so the end of a batch is known only
once its records are read. The planner reads ahead, which fixes the offset, and hands over what it read.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from glue_jobs.core.errors import SourceError
from glue_jobs.core.sources.shards import (
    RECORDS_AT_ONCE,
    Offset,
    kinesis_errors,
    list_shards,
    shard_iterator,
)

if TYPE_CHECKING:
    from mypy_boto3_kinesis.client import KinesisClient
    from mypy_boto3_kinesis.type_defs import RecordTypeDef, ShardTypeDef

_PAUSE_SECONDS = 0.2
"""A shard allows five GetRecords calls a second (Kinesis quotas)."""

_READ_AHEAD = timedelta(seconds=10)
"""How long one plan goes on reading; what it has by then is the batch."""

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Plan:
    """A batch: where it ends, and the records of each shard that it takes."""

    offset: Offset
    records: "dict[str, list[RecordTypeDef]]"


@dataclass
class _ShardRead:
    """What one plan has read of one shard so far."""

    shard_id: str
    after: str | None
    iterator: str | None
    records: "list[RecordTypeDef]" = field(default_factory=list)
    ended: bool = False
    caught_up: bool = False
    read_to: datetime | None = None
    """Everything that arrived before this has been read; None before the first answer."""

    @property
    def position(self) -> str | None:
        return self.records[-1]["SequenceNumber"] if self.records else self.after

    def take(self, answer: Any, now: datetime) -> None:
        """Add what one GetRecords call returned at `now`."""
        news = answer["Records"]
        lag = timedelta(milliseconds=answer.get("MillisBehindLatest", 0))
        self.records += news
        self.iterator = answer.get("NextShardIterator")
        self.ended = self.iterator is None
        self.caught_up = not self.ended and not news and not lag
        self.read_to = news[-1]["ApproximateArrivalTimestamp"] if news else now - lag
        if self.ended:  # its children hold what came next, and they are not read yet
            self.read_to = self.records[-1]["ApproximateArrivalTimestamp"] if self.records else _LONG_AGO

    def give_back(self, later_than: datetime) -> None:
        """Leave what arrived after `later_than` to a later plan."""
        kept = [record for record in self.records if record["ApproximateArrivalTimestamp"] <= later_than]
        if len(kept) < len(self.records):
            self.records, self.iterator, self.ended, self.caught_up = kept, None, False, False


class StreamPlanner:
    """Plans the batches of one stream: reads its shards side by side, within limits.

    A batch has at most `max_records`. No shard is read more than `max_skew` of arrival time ahead of the
    slowest one, for the watermark follows the newest event. Children of a split or merged shard are read
    after their parents have been read to the end. With `until`, planning ends once every shard has been
    read up to that time, and `plan` blocks until there is news or that end.
    """

    def __init__(
        self,
        client: "KinesisClient",
        stream: str,
        max_records: int,
        max_skew: timedelta,
        until: datetime | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._stream = stream
        self._max_records = max_records
        self._max_skew = max_skew
        self._until = until
        self._now = now
        self._pause = pause
        self._iterators: dict[str, tuple[str | None, str]] = {}
        self._pool = ThreadPoolExecutor(max_workers=16, thread_name_prefix="shard")
        self._reached = False

    def plan(self, offset: Offset) -> Plan:
        """The batch that follows `offset`; the same offset and no records where there is no news.

        Raises:
            SourceError: the stream cannot be read, or a shard is gone before it was read to its end.
        """
        while not self._reached:
            with kinesis_errors(self._stream):
                plan = self._read_ahead(offset)
            if self._until is None or plan.offset != offset:
                return plan
        return Plan(offset, {})

    def close(self) -> None:
        """End the reading threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _read_ahead(self, offset: Offset) -> Plan:
        shards = list_shards(self._client, self._stream)
        _refuse_lost_shards(self._stream, offset, shards)
        reads = [self._begin(shard, offset) for shard in _readable(shards, offset)]
        deadline = self._now() + _READ_AHEAD
        while active := self._active(reads):
            self._round(active, offset["start"], self._max_records - _total(reads))
            if self._now() >= deadline:
                break
            self._pause(_PAUSE_SECONDS)
        self._keep_together(reads)
        planned = _advance(offset, reads, shards)
        self._reached = self._until is not None and self._all_reached(reads, planned, shards)
        self._iterators = {r.shard_id: (r.position, r.iterator) for r in reads if r.iterator is not None}
        return Plan(planned, {read.shard_id: read.records for read in reads if read.records})

    def _begin(self, shard: "ShardTypeDef", offset: Offset) -> _ShardRead:
        shard_id = shard["ShardId"]
        after = offset["shards"].get(shard_id, {}).get("after")
        kept = self._iterators.get(shard_id)
        return _ShardRead(shard_id, after, kept[1] if kept and kept[0] == after else None)

    def _active(self, reads: list[_ShardRead]) -> list[_ShardRead]:
        """The shards that the next round reads: neither at their end nor too far ahead."""
        left = self._max_records - _total(reads)
        limit = self._horizon(reads)
        open_reads = [read for read in reads if not read.ended and not read.caught_up]
        return [read for read in open_reads if read.read_to is None or read.read_to <= limit][: max(left, 0)]

    def _horizon(self, reads: list[_ShardRead]) -> datetime:
        """The arrival time beyond which nothing is taken: that of the slowest shard, and the skew."""
        slowest = min(
            (read.read_to or _LONG_AGO for read in reads if not read.caught_up), default=self._now()
        )
        return slowest + self._max_skew

    def _round(self, reads: list[_ShardRead], start: str, left: int) -> None:
        """One GetRecords call for each shard, side by side."""
        each = max(1, min(RECORDS_AT_ONCE, left // len(reads)))
        answers = self._pool.map(lambda read: self._answer(read, start, each), reads)
        for read, answer in zip(reads, list(answers), strict=True):
            read.take(answer, self._now())

    def _answer(self, read: _ShardRead, start: str, limit: int) -> Any:
        position = read.position
        try:
            if read.iterator is not None:
                return self._client.get_records(ShardIterator=read.iterator, Limit=limit)
        except self._client.exceptions.ExpiredIteratorException:  # it lives for five minutes
            pass
        iterator = shard_iterator(self._client, self._stream, read.shard_id, start, position)
        return self._client.get_records(ShardIterator=iterator, Limit=limit)

    def _keep_together(self, reads: list[_ShardRead]) -> None:
        horizon = self._horizon(reads)
        for read in reads:
            read.give_back(horizon)

    def _all_reached(self, reads: list[_ShardRead], planned: Offset, shards: "list[ShardTypeDef]") -> bool:
        ended = {name for name, at in planned["shards"].items() if at["ended"]}
        reached = {
            read.shard_id
            for read in reads
            if read.caught_up
            or (read.records and read.read_to and self._until and read.read_to >= self._until)
        }
        return all(shard["ShardId"] in ended | reached for shard in shards)


def _total(reads: list[_ShardRead]) -> int:
    return sum(len(read.records) for read in reads)


def _refuse_lost_shards(stream: str, offset: Offset, shards: "list[ShardTypeDef]") -> None:
    listed = {shard["ShardId"] for shard in shards}
    for shard_id, at in offset["shards"].items():
        if shard_id not in listed and not at["ended"]:
            raise SourceError(
                f"stream {stream}: {shard_id} was not read to its end and is gone; its records are past the "
                "retention, or this is another stream of the same name: start with a new checkpoint"
            )


def _readable(shards: "list[ShardTypeDef]", offset: Offset) -> "list[ShardTypeDef]":
    """The shards not yet at their end whose parents are, or are no longer there."""
    listed = {shard["ShardId"] for shard in shards}
    ended = {shard_id for shard_id, at in offset["shards"].items() if at["ended"]}
    return [
        shard
        for shard in shards
        if shard["ShardId"] not in ended
        and all(
            parent not in listed or parent in ended
            for parent in (shard.get("ParentShardId"), shard.get("AdjacentParentShardId"))
        )
    ]


def _advance(offset: Offset, reads: list[_ShardRead], shards: "list[ShardTypeDef]") -> Offset:
    """The offset after `reads`; equal to `offset` where they brought nothing new."""
    listed = {shard["ShardId"] for shard in shards}
    positions = {shard_id: at for shard_id, at in offset["shards"].items() if shard_id in listed}
    for read in reads:
        if read.records or read.ended:
            positions[read.shard_id] = {
                "after": read.position,
                "records": len(read.records),
                "ended": read.ended,
            }
    return {"start": offset["start"], "shards": positions}
