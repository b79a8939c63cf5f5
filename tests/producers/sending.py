"""Records to send, a backoff without waits, and a stream that refuses some."""

from collections import Counter
from collections.abc import Sequence
from random import Random
from threading import Lock

from producers.record import Record
from producers.sender import PUT_RECORDS, Backoff, Entry, TransientError

THROTTLED = "ProvisionedThroughputExceededException"


def numbered(count: int) -> list[Record]:
    """Records that can be told apart."""
    return [Record(b"%d" % number, "generated", float(number)) for number in range(count)]


def no_wait(attempts: int = 10, waits: list[float] | None = None) -> Backoff:
    """A backoff that notes its waits instead of waiting."""
    noted: list[float] = [] if waits is None else waits
    return Backoff(attempts=attempts, sleep=noted.append, rng=Random(1))


class Shaky:
    """Accepts, refuses and fails at random; keeps what it accepted. A failed call takes nothing."""

    def __init__(self, seed: int, refusal: float, failure: float) -> None:
        self.accepted: Counter[bytes] = Counter()
        self.tried = 0
        self._random = Random(seed).random
        self._refusal, self._failure = refusal, failure
        self._lock = Lock()

    def __call__(self, entries: Sequence[Entry]) -> list[str | None]:
        """One call, from whichever thread."""
        assert 1 <= len(entries) <= PUT_RECORDS.records
        with self._lock:
            self.tried += len(entries)
            if self._random() < self._failure:
                raise TransientError("busy")
            return [self._one(entry) for entry in entries]

    def _one(self, entry: Entry) -> str | None:
        if self._random() < self._refusal:
            return THROTTLED
        self.accepted[entry.data] += 1
        return None
