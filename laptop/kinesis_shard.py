"""A Kinesis shard as AWS keeps it, in the place of moto's.

moto's shard copies every key for each put and walks every record for each get, counts 1, 2, 3, and
has no end. This one costs the same however many records it holds, and numbers them as AWS does.
"""

from bisect import bisect_left, bisect_right
from itertools import islice
from time import time, time_ns
from typing import Any, NamedTuple

from moto.kinesis import models
from moto.kinesis.exceptions import InvalidArgumentError

MAX_RECORDS_PER_GET = 10_000
"""Kinesis Data Streams quotas, GetRecords."""
MAX_BYTES_PER_GET = 10 * 1024 * 1024
"""The same."""

_FIRST_SEQUENCE_NUMBER = 49 * 10**54  # 56 digits, as on AWS
_NUMBERS_PER_NANOSECOND = 10**18


class SequenceNumbers:
    """Ever growing 56-digit numbers, greater than those of any earlier process.

    On AWS a sequence number fits no 64-bit integer, is unique in the stream, and a child shard's are
    greater than its parents'. A stream made anew under the same name goes on with greater ones.
    """

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> int:
        now = _FIRST_SEQUENCE_NUMBER + time_ns() * _NUMBERS_PER_NANOSECOND
        self._last = max(self._last + 1, now)
        return self._last


_sequence_numbers = SequenceNumbers()


class StoredRecord(NamedTuple):
    """One record: its data in base64, as the API has it; its arrival in epoch seconds, to the millisecond."""

    partition_key: str
    data: str
    sequence_number: int
    arrival: float

    def to_json(self) -> dict[str, Any]:
        """As GetRecords gives it."""
        return {
            "Data": self.data,
            "PartitionKey": self.partition_key,
            "SequenceNumber": str(self.sequence_number),
            "ApproximateArrivalTimestamp": self.arrival,
        }


class Shard(models.Shard):
    """One shard: its records in order, beside them their numbers and arrival times for look-ups."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._starting_number = _sequence_numbers.next()
        self._ending_number: int | None = None
        self._log: list[StoredRecord] = []
        self._numbers: list[int] = []
        self._arrivals: list[float] = []

    def close(self) -> None:
        """Take no more records; the shard gets its ending sequence number."""
        self.is_open = False
        self._ending_number = _sequence_numbers.next()

    def put_record(self, partition_key: str, data: str, explicit_hash_key: str = "") -> str:
        """Append a record (`data` in base64). Arrival times are in whole milliseconds and never run back."""
        arrival = time_ns() // 10**6 / 1000
        if self._arrivals:
            arrival = max(arrival, self._arrivals[-1])
        record = StoredRecord(partition_key, data, _sequence_numbers.next(), arrival)
        self._log.append(record)
        self._numbers.append(record.sequence_number)
        self._arrivals.append(arrival)
        return str(record.sequence_number)

    def get_records(  # type: ignore[override]  # records of another kind; who asks for them knows
        self, last_sequence_id: str, limit: int | None
    ) -> tuple[list[StoredRecord], int, int]:
        """The records after `last_sequence_id`, the number of the last, and the milliseconds behind.

        The milliseconds are zero only when nothing is left to read; moto's are zero as well between
        two records of one millisecond, which a reader takes for the end.
        """
        start = bisect_right(self._numbers, int(last_sequence_id))
        count = min(limit or MAX_RECORDS_PER_GET, MAX_RECORDS_PER_GET)
        records = _up_to_the_byte_limit(self._log, start, count)
        last = records[-1].sequence_number if records else int(last_sequence_id)
        return records, last, self._milliseconds_behind(start + len(records))

    def _milliseconds_behind(self, position: int) -> int:
        if position >= len(self._log):
            return 0
        return max(1, int((time() - self._arrivals[position]) * 1000))

    def is_read_to_its_end(self, last_sequence_id: int) -> bool:
        """Whether the shard is closed and holds nothing after `last_sequence_id`."""
        return not self.is_open and last_sequence_id >= self._newest_number()

    def _newest_number(self) -> int:
        return self._numbers[-1] if self._numbers else 0

    def get_min_sequence_number(self) -> int:
        """Where the shard starts, whether it has records or not."""
        return self._starting_number

    def get_max_sequence_number(self) -> int:
        """The newest record, or the end of a closed shard."""
        return self._newest_number() if self._ending_number is None else self._ending_number

    def get_sequence_number_at(self, at_timestamp: float) -> int:
        """The newest record older than `at_timestamp` (epoch seconds), 0 where there is none.

        Raises:
            InvalidArgumentError: the time is still to come, which AWS refuses.
        """
        now = time()
        if at_timestamp > now:
            raise InvalidArgumentError(
                "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
                f"timestampInMillis: {at_timestamp * 1000:.0f}, currentTimestampInMillis: {now * 1000:.0f}"
            )
        older = bisect_left(self._arrivals, at_timestamp)
        return self._numbers[older - 1] if older else 0


def _up_to_the_byte_limit(log: list[StoredRecord], start: int, count: int) -> list[StoredRecord]:
    records: list[StoredRecord] = []
    size_bytes = 0
    for record in islice(log, start, start + count):
        size_bytes += len(record.data) * 3 // 4  # base64
        if records and size_bytes > MAX_BYTES_PER_GET:
            break
        records.append(record)
    return records
