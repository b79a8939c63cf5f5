"""The marked records that the smoke test sends: events, and now and then what is none."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from glue_jobs.contracts.mobile_coverage import operator_name

_EVENT = {
    "lat": 41.38,
    "long": 2.17,
    "network": "smoke",
    "status": 0,
    "description": "STATE_IN_SERVICE",
    "speed": 0.0,
    "satellites": 4,
    "precission": 8.5,
    "provider": "gps",
    "activity": "STILL",
    "postal_code": "080193",
}
_BROKEN_EVERY = 50
"""So many events for one record that is none."""

_AHEAD = timedelta(minutes=4)
"""How far an event may be ahead of its arrival, which is 5 minutes, less a margin for clocks."""


@dataclass(frozen=True)
class Sent:
    """A record that the stream has acknowledged, and the sequence number it was given."""

    data: bytes
    sequence_number: str


def operator_of(marker: str) -> str:
    """The operator under which the tables hold the events of one smoke test."""
    return str(operator_name(f"smoke {marker}"))


def payloads(marker: str, first: int, count: int, moment: datetime) -> list[bytes]:
    """Records number `first` and the `count` that follow: events at `moment`, and now and then none.

    Their bytes are such as a reader that parses and prints JSON again would change.
    """
    return [_payload(marker, number, moment) for number in range(first, first + count)]


def _payload(marker: str, number: int, moment: datetime) -> bytes:
    if number % _BROKEN_EVERY == 0:
        return f'{{"smoke": "{marker} {number}", '.encode()
    text = json.dumps(_event(marker, number, moment, signal=12), ensure_ascii=number % 2 == 0)
    return text.replace('"lat": 41.38', '"lat"  :  41.380').encode()


def closing_payload(marker: str, number: int, moment: datetime) -> bytes:
    """An event a little ahead of `moment`, which moves the watermark and counts in no window of signals."""
    return json.dumps(_event(marker, number, moment + _AHEAD, signal=99)).encode()


def _event(marker: str, number: int, moment: datetime, signal: int) -> dict[str, object]:
    time = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    own = {"timestamp": time, "hour": time[11:19], "signal": signal, "operator": f"smoke {marker}"}
    return {**own, **_EVENT, "activity": f"été {number} {marker}"}


def known_signals(sent: Iterable[Sent]) -> int:
    """How many of the records count in `signal_strength_by_operator`."""
    return sum(b'"signal": 12' in record.data for record in sent)
