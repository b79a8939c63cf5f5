"""The input of the smoke run: some hundred records in files, each with what is known about it.

Everything a stream brings is in it: out-of-order and late events, faults of every kind, spellings, the
unknown signal, values that are missing, a compressed file, a hidden one, two files of one moment.
"""

import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

START = datetime(2024, 3, 9, 22, 50, tzinfo=UTC)  # so that the windows cross an hour and a day
APART = timedelta(minutes=4)
WATERMARK = timedelta(minutes=10)
MODIFIED = datetime(2024, 3, 10, tzinfo=UTC)

OPERATORS = {
    "Movistar": "Movistar",
    " MOVISTAR ": "Movistar",
    "vodafone ES": "Vodafone",
    "VODAFONE  es": "Vodafone",
    "Orange": "Orange",
    "null": None,
    None: None,
}
"""As it is written → as it is aggregated."""
PROVIDERS = {"gps": "gps", "GPS": "gps", " Network": "network", "fused": "fused"}
STATES = ((0, "STATE_IN_SERVICE"), (2, "STATE_EMERGENCY_ONLY"), (2, None))


@dataclass(frozen=True)
class Sent:
    """A line, and what should become of it: an event with canonical values, or a reason and a field."""

    line: bytes
    event: dict[str, Any] | None = None
    rejection: tuple[str, str | None] | None = None


@dataclass(frozen=True)
class InputFile:
    """A file of records; `modified` decides when it is read, then the name."""

    name: str
    modified: datetime
    records: list[Sent] = field(default_factory=list)

    def write(self, folder: Path) -> None:
        text = b"".join(record.line + b"\n" for record in self.records)
        path = folder / self.name
        path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
        os.utime(path, (self.modified.timestamp(), self.modified.timestamp()))


def input_files(first: int, count: int) -> list[InputFile]:
    """Files number `first` and on, in the order in which they are to be read.

    Names descend while times ascend, two neighbours share a time, and every third is compressed.
    """
    return [_input_file(number) for number in range(first, first + count)]


def _input_file(number: int) -> InputFile:
    pair, within = divmod(number, 2)
    name = f"part-{50 - pair}-{within}.json{'.gz' if number % 3 == 2 else ''}"
    records = [*_regular(number), *_at_the_edges(number), *_faulty(number)]
    Random(number).shuffle(records)
    return InputFile(name, MODIFIED + timedelta(seconds=pair), records)


def newest(number: int) -> datetime:
    """The newest event of a file; on the boundary of a window, which makes the edges below exact."""
    return START + number * APART


def _regular(number: int) -> Iterator[Sent]:
    """Fifty events that are in time wherever they stand, the newest of the file among them."""
    rng = Random(f"regular {number}")
    yield _sent(newest(number), rng)
    for _ in range(49):
        yield _sent(newest(number) - timedelta(seconds=rng.randrange(0, 9 * 60)), rng)


def _at_the_edges(number: int) -> Iterator[Sent]:
    """Events around the moment before which records of this file are late (from the third file on)."""
    rng = Random(f"edges {number}")
    if number >= 2:
        closed = newest(number - 2) - WATERMARK
        yield _sent(closed - timedelta(hours=1), rng)
        yield _sent(closed - timedelta(microseconds=1), rng)
        yield _sent(closed, rng)


def _sent(time: datetime, rng: Random) -> Sent:
    wire, event = _event(time, rng)
    return Sent(json.dumps(wire).encode(), event)


def _event(time: datetime, rng: Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """An event as it is sent and as it should be aggregated. Fractions are quarters: their sums are exact."""
    operator, provider = rng.choice(list(OPERATORS)), rng.choice(list(PROVIDERS))
    status, description = rng.choice(STATES)
    signal = rng.choice([5, 12, 31, 99, None])
    wire = {
        "timestamp": time.isoformat().replace("+00:00", "Z"),
        "hour": f"{time:%H:%M:%S}",
        "lat": 41.5,
        "long": 2.25,
        "signal": signal,
        "network": "4G",
        "operator": operator,
        "status": status,
        "description": description,
        "speed": 3.5,
        "satellites": rng.choice([None, 4, 7.0]),
        "precission": rng.choice([None, 12.25, 40]),
        "provider": provider,
        "activity": "STILL",
        "postal_code": rng.choice([None, "080193", "170792"]),
    }
    known = {"signal": None if signal == 99 else signal}
    canonical = {"operator": OPERATORS[operator], "provider": PROVIDERS[provider], "time": time}
    return wire, {**wire, **known, **canonical}


def _faulty(number: int) -> Iterator[Sent]:
    """One record of each fault, all of them new enough to be counted if they were accepted."""
    wire, _ = _event(newest(number), Random(f"faulty {number}"))

    def faulty(reason: str, name: str | None, **changed: Any) -> Sent:
        return Sent(json.dumps({**wire, **changed}).encode(), rejection=(reason, name))

    yield Sent(b"", rejection=("malformed_json", None))
    yield Sent(b'{"timestamp": "2024-03-09T23:00', rejection=("malformed_json", None))
    yield Sent(b"[1, 2]", rejection=("malformed_json", None))
    yield faulty("wrong_type", "signal", signal="strong")
    yield faulty("wrong_type", "satellites", satellites=4.5)
    yield faulty("wrong_type", "timestamp", timestamp="yesterday")
    yield faulty("out_of_range", "lat", lat=91)
    yield faulty("out_of_range", "provider", provider="19")
    yield faulty("out_of_range", "postal_code", postal_code="80193.0")
    yield faulty("missing_field", "status", status=None)
    yield faulty("future_event_time", "timestamp", timestamp="2999-01-01T00:00:00Z")
