"""How far one plan has read one shard."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_kinesis.type_defs import RecordTypeDef

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

_NOTED_FOR = timedelta(hours=1)
"""How long a shard that brings nothing may go without a new note of when it was last read to its end.

Much shorter than any retention, so that a restart can tell an idle shard from one whose records are gone.
"""


@dataclass
class ShardRead:
    """What a plan has read of a shard so far, and up to when that is all that arrived.

    after      the last sequence number of the plan before, or None
    noted      up to when all that arrived was read then, or None
    iterator   where the next call goes on; None where one has to be asked for
    lost       records that followed `after` are past the stream's retention: it is read from the oldest on
    ended      a reshard closed the shard, and all of it is read
    caught_up  nothing is left at the moment
    read_to    up to when all that arrived is read, for the distance between shards; None before any answer
    """

    shard_id: str
    after: str | None
    noted: datetime | None = None
    iterator: str | None = None
    lost: bool = False
    records: "list[RecordTypeDef]" = field(default_factory=list)
    size_bytes: int = 0
    ended: bool = False
    caught_up: bool = False
    read_to: datetime | None = None

    @property
    def position(self) -> str | None:
        return self.records[-1]["SequenceNumber"] if self.records else self.after

    @property
    def begins_anew(self) -> bool:
        """Whether it is read from the oldest record that the stream has: no place after `after` is left."""
        return self.lost and not self.records

    @property
    def has_news(self) -> bool:
        return bool(self.records) or self.ended or self.lost

    def is_note_due(self, now: datetime) -> bool:
        """Whether an idle shard's note has become old."""
        return self.caught_up and (self.noted is None or now - self.noted >= _NOTED_FOR)

    def take(self, answer: Any, now: datetime) -> None:
        """Add what one GetRecords call returned at `now`."""
        news = later_than(self.after, answer["Records"]) if self.lost else answer["Records"]
        lag = timedelta(milliseconds=answer.get("MillisBehindLatest", 0))
        self.records += news
        self.size_bytes += sum(len(record["Data"]) for record in news)
        self.iterator = answer.get("NextShardIterator")
        self.ended = self.iterator is None
        self.caught_up = not self.ended and not news and not lag
        self.read_to = news[-1]["ApproximateArrivalTimestamp"] if news else now - lag
        if self.ended:  # its children hold what came next, and they are not read yet
            self.read_to = self.records[-1]["ApproximateArrivalTimestamp"] if self.records else LONG_AGO

    def give_back(self, horizon: datetime) -> None:
        """Leave what arrived after `horizon` to a later plan, and all that follows it in the shard.

        Arrival times of a shard are approximate: one may be earlier than that of the record before.
        """
        kept = list(takewhile(lambda record: record["ApproximateArrivalTimestamp"] <= horizon, self.records))
        if len(kept) < len(self.records):
            self.read_to = self.records[len(kept)]["ApproximateArrivalTimestamp"]
            self.records, self.iterator, self.ended, self.caught_up = kept, None, False, False

    def entry(self) -> dict[str, Any]:
        """The shard's position in an offset (`shards`)."""
        read_to = self.read_to if self.read_to != LONG_AGO else None
        known = [moment for moment in (self.noted, read_to) if moment is not None]
        return {
            "after": self.position,
            "records": len(self.records),
            "ended": self.ended,
            "read_to": max(known).isoformat() if known else None,
        }


def later_than(sequence_number: str | None, records: "list[RecordTypeDef]") -> "list[RecordTypeDef]":
    """Those of the records of a shard that follow the one of that number; all where it is None."""
    if sequence_number is None:
        return records
    return [record for record in records if int(record["SequenceNumber"]) > int(sequence_number)]
