"""Records that a pipeline must survive, mixed into clean ones on request."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import orjson

from glue_jobs.contracts.mobile_coverage import EVENT
from producers.mobile_events import encode
from producers.record import Record

LATE_BY = EVENT.watermark + EVENT.window
"""A record at least this far behind finds its window closed."""

_WRONG_TYPES: tuple[tuple[str, Any], ...] = (
    ("signal", "strong"),
    ("lat", [41.5]),
    ("status", {"code": 0}),
    ("satellites", True),
    ("operator", 214),
    ("timestamp", 1_503_861_559),
)
"""Field and a value that no lenient reader could take for one of its type."""


@dataclass(frozen=True)
class Troubles:
    """How many records of each kind to mix in."""

    late: int = 0
    duplicate: int = 0
    malformed: int = 0
    wrong_type: int = 0
    future: int = 0

    @property
    def total(self) -> int:
        """All of them together."""
        return sum(asdict(self).values())


def mix(
    records: Iterable[Record], count: int, troubles: Troubles, now: datetime, rng: Random
) -> Iterator[Record]:
    """The clean `records`, in their order, with the troubles at random places among them.

    `count` is the number of clean records, one at least where troubles are asked for. Late records
    come in the second half only. `now` is what future ones are ahead of.
    """
    maker = _Maker(now, rng)
    schedule = _schedule(count, troubles, rng)
    for position, record in enumerate(records):
        maker.earliest = min(maker.earliest, record.stream_time)
        yield record
        while schedule and schedule[-1][0] == position:
            kind = schedule.pop()[1]
            yield Record(maker.make(kind, record), kind, record.stream_time)


def _schedule(count: int, troubles: Troubles, rng: Random) -> list[tuple[int, str]]:
    """Position of the clean record to follow, and kind; the last comes first."""
    return sorted(
        (
            (rng.randrange(count // 2 if kind == "late" else 0, count), kind)
            for kind, wanted in asdict(troubles).items()
            for _ in range(wanted)
        ),
        reverse=True,
    )


class _Maker:
    """Makes a record of trouble from the clean one it follows."""

    def __init__(self, now: datetime, rng: Random) -> None:
        self.earliest = float("inf")
        self._now = now
        self._rng = rng
        self._made = 0
        self._makers: dict[str, Callable[[Record], bytes]] = {
            "late": self._late,
            "duplicate": lambda record: record.data,
            "malformed": self._malformed,
            "wrong_type": self._wrong_type,
            "future": self._future,
        }

    def make(self, kind: str, record: Record) -> bytes:
        self._made += 1
        return self._makers[kind](record)

    def _late(self, record: Record) -> bytes:
        """Behind by more than LATE_BY and half the stream so far, so that big batches find it late too."""
        behind = LATE_BY.total_seconds() + 1
        spare = max(record.stream_time - self.earliest - behind, 0.0)
        return _at(record, record.stream_time - behind - spare * self._rng.uniform(0.5, 1))

    def _future(self, record: Record) -> bytes:
        """Ahead of now by the contract's allowance and some hours."""
        ahead = EVENT.max_ahead + timedelta(hours=self._rng.uniform(1, 48))
        return _at(record, (self._now + ahead).timestamp())

    def _wrong_type(self, record: Record) -> bytes:
        field, value = _WRONG_TYPES[self._made % len(_WRONG_TYPES)]
        return encode({**orjson.loads(record.data), field: value})

    def _malformed(self, record: Record) -> bytes:
        """Never with a line break in it: in a file it would become two records."""
        data = record.data
        kinds = (
            data[: self._rng.randrange(1, len(data))],
            self._rng.randbytes(24).translate(None, b"\r\n"),
            data.replace(b'"', b'"\xff\xfe', 1),
            b"[" + data + b"]",
            b"",
        )
        return kinds[self._made % len(kinds)]


def _at(record: Record, seconds: float) -> bytes:
    """The event of `record`, moved to another time."""
    moment = datetime.fromtimestamp(int(seconds), UTC)
    moved = {EVENT.event_time: f"{moment:%Y-%m-%dT%H:%M:%SZ}", "hour": f"{moment:%H:%M:%S}"}
    return encode({**orjson.loads(record.data), **moved})
