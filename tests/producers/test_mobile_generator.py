"""Generated events are repeatable, in order, clean, and distributed as the real ones."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from random import Random
from statistics import mean, median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.mobile_events import Event, midnight
from producers.mobile_generator import generate, ordered_fractions, second_of_day
from producers.record import Record

DAY = date(2026, 3, 1)
MANY = 20_000


@pytest.fixture(scope="module")
def records(rows: list[Event]) -> list[Record]:
    """A day of generated records."""
    return list(generate(MANY, DAY, rows, Random(1)))


@pytest.fixture(scope="module")
def events(records: list[Record]) -> list[dict[str, Any]]:
    """The events in them."""
    return [json.loads(record.data) for record in records]


def test_equal_seeds_give_equal_bytes(rows: list[Event]) -> None:
    """The seed decides every byte; another seed gives another stream."""
    first, again, other = (list(generate(500, DAY, rows, Random(seed))) for seed in (7, 7, 8))

    assert first == again
    assert first != other


def test_every_generated_event_satisfies_the_contract(
    records: list[Record], violations: Callable[[bytes], list[str]]
) -> None:
    """Types, ranges, spellings and sentinels are the contract's."""
    assert [violations(record.data) for record in records if violations(record.data)] == []


def test_events_are_as_many_as_asked_for_and_in_order_over_the_day(
    records: list[Record], events: list[dict[str, Any]]
) -> None:
    """Times ascend, stay within the day, and are those on the wire."""
    times = [record.stream_time for record in records]
    on_the_wire = [datetime.fromisoformat(event["timestamp"]).astimezone(UTC).timestamp() for event in events]

    assert len(records) == MANY
    assert times == sorted(times) == on_the_wire
    assert midnight(DAY) <= times[0] < times[-1] < midnight(DAY) + 86_400
    assert all(event["timestamp"] == f"{DAY}T{event['hour']}Z" for event in events)


@pytest.mark.parametrize("field", ["operator", "network", "activity", "postal_code"])
def test_shares_are_those_of_the_real_rows(
    rows: list[Event], events: list[dict[str, Any]], field: str
) -> None:
    """No value's share is off by more than a hundredth (three standard errors of a half)."""
    real, generated = (Counter(event[field] for event in some) for some in (rows, events))

    assert generated.keys() <= real.keys()
    for value, number in real.items():
        assert generated[value] / MANY == pytest.approx(number / len(rows), abs=0.011)


def test_hours_are_as_busy_as_in_the_real_rows(rows: list[Event], events: list[dict[str, Any]]) -> None:
    """The share of each hour of the day is off by a hundredth at most; an hour without rows stays empty."""
    real, generated = (Counter(event["hour"][:2] for event in some) for some in (rows, events))

    for hour in (f"{hour:02}" for hour in range(24)):
        assert generated[hour] / MANY == pytest.approx(real[hour] / len(rows), abs=0.01)
    assert (real["03"], generated["03"]) == (0, 0)


def test_what_goes_together_in_the_real_rows_goes_together(
    rows: list[Event], events: list[dict[str, Any]]
) -> None:
    """Speed by activity and signal by operator stay, and so do places and their codes."""

    def speed(some: list[Event], activity: str) -> float:
        return median([float(event["speed"]) for event in some if event["activity"] == activity])

    def signal(some: list[Event], operator: str) -> float:
        known = [event for event in some if event["signal"] != 99 and event["operator"] == operator]
        return mean([float(event["signal"]) for event in known])

    for activity in ("IN_VEHICLE", "STILL"):
        assert speed(events, activity) == pytest.approx(speed(rows, activity), rel=0.1, abs=0.1)
    for operator in ("GETESA", "VIVO", "Movistar", "vodafone ES"):
        assert signal(events, operator) == pytest.approx(signal(rows, operator), abs=1)
    pairs = {(row["operator"], row["postal_code"]) for row in rows}
    assert {(event["operator"], event["postal_code"]) for event in events} <= pairs


def test_the_full_sets_rarities_appear(events: list[dict[str, Any]]) -> None:
    """Signals of 99, and the service states in the full set's shares, each with its words."""
    states = Counter((event["status"], event["description"]) for event in events)

    assert sum(event["signal"] == 99 for event in events) / MANY == pytest.approx(0.01, abs=0.003)
    assert states[2, "STATE_EMERGENCY_ONLY"] / MANY == pytest.approx(0.8906, abs=0.01)
    assert states[0, "STATE_IN_SERVICE"] / MANY == pytest.approx(0.1070, abs=0.01)
    assert set(states) <= {
        (0, "STATE_IN_SERVICE"),
        (1, "STATE_OUT_OF_SERVICE"),
        (2, "STATE_EMERGENCY_ONLY"),
        (3, "STATE_POWER_OFF"),
    }
    assert set(Counter(event["provider"] for event in events)) <= {
        "gps", "fused", "GPS", "network", "NETWORK", "disabled"
    }  # fmt: skip


def test_no_one_is_where_they_were_measured(rows: list[Event], events: list[dict[str, Any]]) -> None:
    """Positions are near real ones, and next to none is one."""
    real = {(row["lat"], row["long"]) for row in rows}

    assert sum((event["lat"], event["long"]) in real for event in events) < MANY / 1000


@given(count=st.integers(0, 200), seed=st.integers(0, 1000))
def test_ordered_fractions_ascend_within_one(count: int, seed: int) -> None:
    """As many as asked for, in order, from 0 to 1."""
    fractions = list(ordered_fractions(count, Random(seed)))

    assert len(fractions) == count
    assert fractions == sorted(fractions)
    assert all(0 <= fraction <= 1 for fraction in fractions)


def test_ordered_fractions_are_even() -> None:
    """The n-th of N lies near n/N: no drift towards an end."""
    fractions = list(ordered_fractions(10_000, Random(3)))

    assert all(abs(fraction - place / 10_000) < 0.03 for place, fraction in enumerate(fractions))


@given(st.lists(st.integers(0, 5), min_size=24, max_size=24).filter(any), st.floats(0, 1), st.floats(0, 1))
def test_a_later_fraction_is_never_an_earlier_second(hours: list[int], one: float, other: float) -> None:
    """Seconds ascend with fractions, stay within the day, and keep out of hours without events."""
    odds = [sum(hours[: hour + 1]) / sum(hours) for hour in range(24)]
    earlier, later = (second_of_day(fraction, odds) for fraction in sorted((one, other)))

    assert 0 <= earlier <= later < 86_400
    assert one == 1 or hours[second_of_day(one, odds) // 3600] > 0
