"""Where a batch of a Kinesis stream ends.

Kinesis has no call that names the newest sequence number of a shard, so the end of a batch is known only
once its records are read. The planner reads ahead, which fixes the offset, and hands over what it read.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from glue_jobs.core.errors import SourceError
from glue_jobs.core.sources.kinesis_stream import RECORDS_AT_ONCE, KinesisStream, error_code, kinesis_errors
from glue_jobs.core.sources.retention import read_up_to, records_lost
from glue_jobs.core.sources.shard_read import LONG_AGO, ShardRead
from glue_jobs.core.sources.shards import Offset

if TYPE_CHECKING:
    from mypy_boto3_kinesis.type_defs import RecordTypeDef, ShardTypeDef

_PAUSE_SECONDS = 0.2
"""A shard allows five GetRecords calls a second (Kinesis quotas)."""

_READ_AHEAD = timedelta(seconds=10)
"""How long one plan goes on reading; what it has by then is the batch."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """How much one batch takes.

    records   the most records in it
    skew      no shard is read more than this much of arrival time ahead of the slowest one, for the
              watermark follows the newest event
    bytes     a batch that is this large is read no further, for the planner holds it in memory; a round of
              calls, 10 MiB from each shard at most, may go beyond it
    """

    records: int
    skew: timedelta
    bytes: int = 128 * 2**20


@dataclass(frozen=True)
class Plan:
    """A batch: where it ends, and the records of each shard that it takes."""

    offset: Offset
    records: "dict[str, list[RecordTypeDef]]"


class StreamPlanner:
    """Plans the batches of one stream: reads its shards side by side, within limits.

    Children of a split or merged shard are read after their parents have been read to the end. With `until`,
    planning ends once every shard has been read up to that time, and `plan` blocks until there is news or
    that end. With `accept_loss` it goes on where records are lost, and the offset names their shards.
    """

    def __init__(
        self,
        stream: KinesisStream,
        limits: Limits,
        until: datetime | None = None,
        accept_loss: bool = False,
    ) -> None:
        self._stream = stream
        self._limits = limits
        self._until = until
        self._accept_loss = accept_loss
        self._iterators: dict[str, tuple[str | None, str]] = {}
        self._pool = ThreadPoolExecutor(max_workers=16, thread_name_prefix="shard")
        self._reached = False

    def plan(self, offset: Offset) -> Plan:
        """The batch that follows `offset`; the same offset and no records where there is no news.

        A stream without news is given a new offset now and then, which notes that it was read.

        Raises:
            SourceError: the stream cannot be read, or no longer has what follows `offset`.
        """
        while not self._reached:
            with kinesis_errors(self._stream.name):
                plan = self._read_ahead(offset)
            if self._until is None or plan.offset != offset:
                return plan
        return Plan(offset, {})

    def close(self) -> None:
        """End the reading threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._stream.close()

    def _read_ahead(self, offset: Offset) -> Plan:
        shards = self._stream.shards()
        lost = self._lost(offset, shards)
        reads = [self._begin(shard, offset, lost) for shard in _readable(shards, offset)]
        deadline = self._stream.now() + _READ_AHEAD
        while active := self._active(reads):
            self._round(active, offset["start"], self._limits.records - _total(reads))
            if self._stream.now() >= deadline:
                break
            self._stream.pause(_PAUSE_SECONDS)
        self._keep_together(reads)
        planned = _advance(offset, reads, shards, lost, self._stream.now())
        self._reached = self._until is not None and self._all_reached(reads, planned, shards)
        self._iterators = {r.shard_id: (r.position, r.iterator) for r in reads if r.iterator is not None}
        return Plan(planned, {read.shard_id: read.records for read in reads if read.records})

    def _lost(self, offset: Offset, shards: "list[ShardTypeDef]") -> set[str]:
        """The shards of which records may be lost, where that is accepted."""
        lost = records_lost(self._stream, offset, shards)
        for shard_id, known in lost.items():
            said = f"stream {self._stream.name}: records may be lost, for {shard_id} {known}"
            if not self._accept_loss:
                raise SourceError(
                    f"{said}. Go on with what is left by --fail_on_data_loss false, or start with a new "
                    "checkpoint and lake if this is another stream of the same name"
                )
            _log.warning("%s; going on with what is left", said)
        return set(lost)

    def _begin(self, shard: "ShardTypeDef", offset: Offset, lost: set[str]) -> ShardRead:
        shard_id = shard["ShardId"]
        after = offset["shards"].get(shard_id, {}).get("after")
        if shard_id in lost:
            return ShardRead(shard_id, after, lost=True)
        kept = self._iterators.get(shard_id)
        iterator = kept[1] if kept and kept[0] == after else None
        return ShardRead(shard_id, after, read_up_to(shard, offset), iterator)

    def _active(self, reads: list[ShardRead]) -> list[ShardRead]:
        """The shards that the next round reads: neither at their end nor too far ahead."""
        left = self._limits.records - _total(reads)
        if left <= 0 or sum(read.size_bytes for read in reads) >= self._limits.bytes:
            return []
        limit = self._horizon(reads)
        open_reads = [read for read in reads if not read.ended and not read.caught_up]
        return [read for read in open_reads if read.read_to is None or read.read_to <= limit][:left]

    def _horizon(self, reads: list[ShardRead]) -> datetime:
        """The arrival time beyond which nothing is taken: that of the slowest shard, and the skew."""
        slowest = min(
            (read.read_to or LONG_AGO for read in reads if not read.caught_up), default=self._stream.now()
        )
        return slowest + self._limits.skew

    def _round(self, reads: list[ShardRead], start: str, left: int) -> None:
        """One GetRecords call for each shard, side by side."""
        each = max(1, min(RECORDS_AT_ONCE, left // len(reads)))
        answers = self._pool.map(lambda read: self._answer(read, start, each), reads)
        for read, answer in zip(reads, list(answers), strict=True):
            read.take(answer, self._stream.now())

    def _answer(self, read: ShardRead, start: str, limit: int) -> Any:
        try:
            return self._stream.records(read.iterator or self._iterator(read, start), limit)
        except ClientError as error:  # an iterator lives for five minutes, waiting for the stream included
            if error_code(error) != "ExpiredIteratorException":
                raise
        return self._stream.records(self._iterator(read, start), limit)

    def _iterator(self, read: ShardRead, start: str) -> str:
        if read.begins_anew:
            return self._stream.iterator(read.shard_id, "TRIM_HORIZON", None)
        return self._stream.iterator(read.shard_id, start, read.position)

    def _keep_together(self, reads: list[ShardRead]) -> None:
        horizon = self._horizon(reads)
        for read in reads:
            read.give_back(horizon)

    def _all_reached(self, reads: list[ShardRead], planned: Offset, shards: "list[ShardTypeDef]") -> bool:
        ended = {name for name, at in planned["shards"].items() if at["ended"]}
        reached = {
            read.shard_id
            for read in reads
            if read.caught_up
            or (read.records and read.read_to and self._until and read.read_to >= self._until)
        }
        return all(shard["ShardId"] in ended | reached for shard in shards)


def _total(reads: list[ShardRead]) -> int:
    return sum(len(read.records) for read in reads)


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


def _advance(
    offset: Offset, reads: list[ShardRead], shards: "list[ShardTypeDef]", lost: set[str], now: datetime
) -> Offset:
    """The offset after `reads`; equal to `offset` where there is nothing new and nothing to note."""
    if not lost and not any(read.has_news or read.is_note_due(now) for read in reads):
        return offset
    listed = {shard["ShardId"] for shard in shards}
    positions = {shard_id: at for shard_id, at in offset["shards"].items() if shard_id in listed}
    positions |= {read.shard_id: read.entry() for read in reads}
    advanced: Offset = {"start": offset["start"], "shards": positions}
    return {**advanced, "lost": sorted(lost)} if lost else advanced
