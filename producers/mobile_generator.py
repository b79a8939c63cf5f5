"""Mobile coverage events that look like the measured ones, as many as wanted.

A smoothed bootstrap: each event starts as one real row, drawn at random, so that operator, network,
municipality, place, signal, speed and activity go together as they do in the real rows; then what was
measured gets a little noise. The time of day follows the real rows hour by hour.

The real rows are a small and tidy sample. What the full set of 2015 to 2017 (11,744,914 rows) has and
the sample lacks is drawn with the full set's frequencies: the service states, and rare providers.
"""

from bisect import bisect, bisect_right
from collections.abc import Iterator
from datetime import date
from itertools import accumulate
from random import Random

from glue_jobs.contracts.mobile_coverage import EVENT
from producers.mobile_events import Event, encode, midnight
from producers.record import Record

_HOURS = 24
_SECONDS_OF_HOUR = 3600
_LAST_SECOND = _HOURS * _SECONDS_OF_HOUR - 1

_STATES = (
    (0, "STATE_IN_SERVICE", 1_151_314),
    (1, "STATE_OUT_OF_SERVICE", 142),
    (2, "STATE_EMERGENCY_ONLY", 9_586_391),
    (3, "STATE_POWER_OFF", 26_407),
)
"""Status, description, rows of the full set."""
_STATE_ODDS = tuple(accumulate(rows for _, _, rows in _STATES))

_RARE_PROVIDERS = {"GPS": 1_125, "network": 286, "NETWORK": 97, "disabled": 25}
"""Rows of the full set; its other 11,689,671 with a provider say gps or fused, as the real rows do."""
_RARE_PROVIDER_SHARE = sum(_RARE_PROVIDERS.values()) / 11_691_204

# The full set is known to have signals of 99; how many is not known. One in a hundred is assumed.
_UNKNOWN_SIGNAL_SHARE = 0.01
_UNKNOWN_SIGNAL = EVENT.schema["signal"].metadata["unknown"]
_STRONGEST_GSM, _STRONGEST_LTE = 31, EVENT.schema["signal"].metadata["maximum"]
_FASTEST = EVENT.schema["speed"].metadata["maximum"]

_POSITION_NOISE_DEGREES = 0.002  # some 200 m: mostly the same municipality, never the same spot
_SIGNAL_NOISE_ASU = 1.5
_SPEED_NOISE = 0.15  # of the speed
_PRECISSION_NOISE = 0.15  # of the precission


def generate(count: int, day: date, rows: list[Event], rng: Random) -> Iterator[Record]:
    """`count` clean events over the UTC day `day`, in order of event time; equal `rng`, equal bytes."""
    start = midnight(day)
    odds = _hour_odds(rows)
    for fraction in ordered_fractions(count, rng):
        second = second_of_day(fraction, odds)
        clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
        event = {EVENT.event_time: f"{day}T{clock}Z", **rng.choice(rows), "hour": clock}
        _add_noise(event, rng)
        _add_rarities(event, rng)
        yield Record(encode(event), "generated", start + second)


def ordered_fractions(count: int, rng: Random) -> Iterator[float]:
    """`count` uniform draws from 0 to 1 in ascending order, one at a time.

    The largest of n uniform draws is distributed as the n-th root of one; the rest are uniform below it.
    """
    left = 1.0
    for remaining in range(count, 0, -1):
        left *= rng.random() ** (1 / remaining)
        yield 1.0 - left


def _hour_odds(rows: list[Event]) -> list[float]:
    """For each hour of the day, the share of the rows that lie before its end."""
    hours = [0] * _HOURS
    for row in rows:
        hours[int(row["hour"][:2])] += 1
    return [rows_so_far / len(rows) for rows_so_far in accumulate(hours)]


def second_of_day(fraction: float, odds: list[float]) -> int:
    """The second before which `fraction` of a day's events happen; within an hour they are even."""
    hour = min(bisect_right(odds, fraction), _HOURS - 1)
    before = odds[hour - 1] if hour else 0.0
    share = odds[hour] - before
    within = (fraction - before) / share if share else 0.0
    return min(int((hour + within) * _SECONDS_OF_HOUR), _LAST_SECOND)


def _add_noise(event: Event, rng: Random) -> None:
    gauss = rng.gauss
    event["lat"] = round(event["lat"] + gauss(0, _POSITION_NOISE_DEGREES), 5)
    event["long"] = round(event["long"] + gauss(0, _POSITION_NOISE_DEGREES), 5)
    strongest = _STRONGEST_GSM if event["signal"] <= _STRONGEST_GSM else _STRONGEST_LTE
    event["signal"] = min(max(round(gauss(event["signal"], _SIGNAL_NOISE_ASU)), 0), strongest)
    event["speed"] = min(round(abs(event["speed"] * gauss(1, _SPEED_NOISE)), 1), _FASTEST)
    event["precission"] = float(round(abs(event["precission"] * gauss(1, _PRECISSION_NOISE))))


def _add_rarities(event: Event, rng: Random) -> None:
    event["status"], event["description"], _ = _STATES[bisect(_STATE_ODDS, rng.random() * _STATE_ODDS[-1])]
    if rng.random() < _UNKNOWN_SIGNAL_SHARE:
        event["signal"] = _UNKNOWN_SIGNAL
    if rng.random() < _RARE_PROVIDER_SHARE:
        event["provider"] = rng.choices(list(_RARE_PROVIDERS), list(_RARE_PROVIDERS.values()))[0]
