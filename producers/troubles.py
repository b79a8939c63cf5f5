"""Records that a pipeline must survive, mixed into clean ones on request."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeAlias

import orjson

from glue_jobs.contracts.contract import EventContract
from producers.record import Record

Values: TypeAlias = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Troubled:
    """What troubles with an event need to know of it.

    wrong_types   fields, each with a value that no lenient reader could take for one of its type
    out_of_range  fields, each with a value of its type that the contract refuses
    moved         the fields of an event that are others at another time
    """

    contract: EventContract
    wrong_types: Values
    out_of_range: Values
    moved: Callable[[datetime], dict[str, str]]

    @property
    def late_by(self) -> timedelta:
        """A record at least this far behind finds its window closed."""
        return self.contract.watermark + self.contract.window


@dataclass(frozen=True)
class Troubles:
    """How many records of each kind to mix in."""

    late: int = 0
    duplicate: int = 0
    malformed: int = 0
    wrong_type: int = 0
    future: int = 0
    out_of_range: int = 0

    @property
    def total(self) -> int:
        """All of them together."""
        return sum(asdict(self).values())


def mix(
    records: Iterable[Record], count: int, troubles: Troubles, now: datetime, rng: Random, of: Troubled
) -> Iterator[Record]:
    """The clean `records`, in their order, with the troubles at random places among them.

    `count` is the number of clean records, one at least where troubles are asked for. Late records
    come in the second half only. `now` is what future ones are ahead of, `of` the event they all are.
    """
    maker = _Maker(now, rng, of)
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

    def __init__(self, now: datetime, rng: Random, of: Troubled) -> None:
        self.earliest = float("inf")
        self._now = now
        self._rng = rng
        self._of = of
        self._made = 0
        self._makers: dict[str, Callable[[Record], bytes]] = {
            "late": self._late,
            "duplicate": lambda record: record.data,
            "malformed": self._malformed,
            "wrong_type": lambda record: self._spoilt(record, of.wrong_types),
            "future": self._future,
            "out_of_range": lambda record: self._spoilt(record, of.out_of_range),
        }

    def make(self, kind: str, record: Record) -> bytes:
        self._made += 1
        return self._makers[kind](record)

    def _late(self, record: Record) -> bytes:
        """Behind by more than a window stays open and half the stream so far, late for big batches too."""
        behind = self._of.late_by.total_seconds() + 1
        spare = max(record.stream_time - self.earliest - behind, 0.0)
        return self._at(record, record.stream_time - behind - spare * self._rng.uniform(0.5, 1))

    def _future(self, record: Record) -> bytes:
        """Ahead of now by the contract's allowance and some hours."""
        ahead = self._of.contract.max_ahead + timedelta(hours=self._rng.uniform(1, 48))
        return self._at(record, (self._now + ahead).timestamp())

    def _spoilt(self, record: Record, values: Values) -> bytes:
        field, value = values[self._made % len(values)]
        return orjson.dumps({**orjson.loads(record.data), field: value})

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

    def _at(self, record: Record, seconds: float) -> bytes:
        """The event of `record`, moved to another time."""
        moved = self._of.moved(datetime.fromtimestamp(int(seconds), UTC))
        return orjson.dumps({**orjson.loads(record.data), **moved})
