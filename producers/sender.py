"""Sends records in batches until each is acknowledged, or says which were not."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple, TypeAlias

from glue_jobs.core.errors import SinkError
from producers.record import Record

KEY_BYTES = 16
"""Length of every partition key."""


@dataclass(frozen=True)
class Limits:
    """What one call takes: so many records, and so many bytes of all of them and of each.

    Of each record `key_bytes` count towards both limits of bytes, beside its data.
    """

    records: int
    batch_bytes: int
    record_bytes: int
    key_bytes: int = 0

    def size(self, record: Record) -> int:
        """The bytes of a record that count."""
        return len(record.data) + self.key_bytes


# Kinesis Data Streams API reference. Later editions allow 10 MiB a call, and a stream may be set to take a
# record of that; the older figures hold for every stream and region.
PUT_RECORDS = Limits(500, 5 * 1024 * 1024, 1024 * 1024, KEY_BYTES)


class Entry(NamedTuple):
    """One record of a call."""

    data: bytes
    partition_key: str


PutRecords: TypeAlias = Callable[[Sequence[Entry]], Sequence[str | None]]
"""One call: for each entry, in order, None where it was accepted, or else the error code.

Raises TransientError where the whole call failed and may do better later, SinkError where it never will.
"""


class TransientError(SinkError):
    """A whole call failed for a reason that passes."""


@dataclass
class Summary:
    """What has become of the records; `offered` = `sent` + `lost` once a batch is done.

    `sent` counts acknowledgements, `resent` repeated attempts, `bytes` the data of what was sent.
    """

    offered: int = 0
    sent: int = 0
    resent: int = 0
    lost: int = 0
    bytes: int = 0
    sent_by_kind: Counter[str] = field(default_factory=Counter)
    lost_by_reason: Counter[str] = field(default_factory=Counter)

    def acknowledge(self, record: Record) -> None:
        """Counts a record that was accepted."""
        self.sent += 1
        self.bytes += len(record.data)
        self.sent_by_kind[record.kind] += 1

    def lose(self, count: int, reason: str) -> None:
        """Counts records that were given up."""
        self.lost += count
        self.lost_by_reason[reason] += count

    def add(self, other: "Summary") -> None:
        """Counts what became of other records, too."""
        self.offered += other.offered
        self.sent += other.sent
        self.resent += other.resent
        self.lost += other.lost
        self.bytes += other.bytes
        self.sent_by_kind += other.sent_by_kind
        self.lost_by_reason += other.lost_by_reason


@dataclass(frozen=True)
class Backoff:
    """How often to try, and how long to wait between: exponential, with full jitter.

    The wait before the n-th repetition is uniform from 0 to `base_seconds` * 2^(n-1), at most
    `cap_seconds`. Ten attempts wait 10 s on average. `rng` is not seeded by default: producers that
    wait alike would come back together.
    """

    attempts: int = 10
    base_seconds: float = 0.1
    cap_seconds: float = 5.0
    sleep: Callable[[float], None] = time.sleep
    rng: Random = field(default_factory=Random)

    def pause(self, repetition: int) -> None:
        """Waits before the given repetition, counted from 1."""
        longest = min(self.cap_seconds, self.base_seconds * 2 ** (repetition - 1))
        self.sleep(self.rng.uniform(0, longest))


def in_batches(records: Iterable[Record], limits: Limits = PUT_RECORDS) -> Iterator[list[Record]]:
    """The records in order, cut into as few batches as a call's limits allow.

    A record too large for any call makes a batch of its own.
    """
    batch: list[Record] = []
    batch_bytes = 0
    for record in records:
        record_bytes = limits.size(record)
        if batch and (len(batch) == limits.records or batch_bytes + record_bytes > limits.batch_bytes):
            yield batch
            batch, batch_bytes = [], 0
        batch.append(record)
        batch_bytes += record_bytes
    if batch:
        yield batch


def send(
    records: Iterable[Record],
    put_records: PutRecords,
    *,
    limits: Limits = PUT_RECORDS,
    backoff: Backoff | None = None,
    summary: Summary | None = None,
    progress: Callable[[Summary], None] = lambda summary: None,
) -> Summary:
    """Sends every record, one batch after the other, and returns what has become of them.

    Refused records are sent again until accepted; one still refused at the last attempt, or larger
    than the limits allow, is counted as lost with its reason, and the rest go on.
    A call that fails after its records were taken (a lost connection) makes them arrive twice.
    `summary` is added to as things happen, so it is right after an exception or an interrupt too;
    `progress` is told after each batch.

    Raises SinkError where whole calls keep failing: what was not sent by then is not tried.
    """
    backoff = backoff or Backoff()
    summary = summary if summary is not None else Summary()
    for batch in in_batches(records, limits):
        send_batch(keyed(batch, limits, summary), put_records, backoff, summary)
        progress(summary)
    return summary


# A record and its partition key. The keys are the running number, so they never repeat: Kinesis
# hashes the key to find the shard, which spreads them evenly.
Keyed: TypeAlias = tuple[Record, str]


def keyed(batch: list[Record], limits: Limits, summary: Summary) -> list[Keyed]:
    """The records of a batch with their keys; they count as offered, and those over the limit as lost."""
    fitting = [record for record in batch if limits.size(record) <= limits.record_bytes]
    if len(fitting) < len(batch):
        summary.lose(len(batch) - len(fitting), f"over the limit of {limits.record_bytes:,} bytes a record")
    keys = [f"{summary.offered + place:0{KEY_BYTES}x}" for place in range(len(fitting))]
    summary.offered += len(batch)
    return list(zip(fitting, keys, strict=True))


def send_batch(waiting: list[Keyed], put_records: PutRecords, backoff: Backoff, summary: Summary) -> None:
    """Puts a batch until each record is accepted or given up; `summary` counts which.

    Raises SinkError where calls keep failing as a whole, or fail in a way that does not pass.
    """
    failure: SinkError | None = None
    refusals: Counter[str] = Counter()
    for repetition in range(backoff.attempts):
        if not waiting:
            return
        if repetition:
            backoff.pause(repetition)
            summary.resent += len(waiting)
        failure = None
        try:
            waiting, refusals = _put(waiting, put_records, summary)
        except TransientError as error:
            failure = error
        except SinkError as error:
            _give_up(waiting, error, summary)
            raise
    if failure:
        _give_up(waiting, failure, summary)
        raise SinkError(f"{failure} (tried {backoff.attempts} times)") from failure
    for reason, count in refusals.items():
        summary.lose(count, reason)


def _put(waiting: list[Keyed], put_records: PutRecords, summary: Summary) -> tuple[list[Keyed], Counter[str]]:
    """One call; gives what was refused, and how many for which reason."""
    errors = put_records([Entry(record.data, key) for record, key in waiting])
    if len(errors) != len(waiting):
        raise SinkError(f"a call with {len(waiting)} records was answered for {len(errors)}")
    refused = []
    for keyed, error in zip(waiting, errors, strict=True):
        if error is None:
            summary.acknowledge(keyed[0])
        else:
            refused.append(keyed)
    return refused, Counter(error for error in errors if error is not None)


def _give_up(waiting: list[Keyed], error: SinkError, summary: Summary) -> None:
    summary.lose(len(waiting), str(error))
