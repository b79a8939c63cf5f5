"""In which storage class what came in lies, month after month."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost.prices import Prices
from cost.s3_storage import Arrivals, day_months, moved_days, storage_lines
from glue_jobs.contracts.zones import LANDING, RAW, ZONES, Zone


def simulated(zone: Zone, moves: bool, days_before: int) -> tuple[dict[str, float], dict[str, int]]:
    """Day by day: the mean of what lies in each class in thirty days, and how many moved there."""
    lies, moved = dict[str, float](), dict[str, int]()
    ages: list[int] = []
    for day in range(days_before + 30):
        ages = [age + 1 for age in ages if zone.expire_days is None or age + 1 < zone.expire_days] + [0]
        if day < days_before:
            continue
        for age in ages:
            steps = [step for step in zone.transitions if moves and step.after_days <= age]
            name = steps[-1].storage_class if steps else "STANDARD"
            lies[name] = lies.get(name, 0) + 1 / 30
            if steps and steps[-1].after_days == age:
                moved[name] = moved.get(name, 0) + 1
    return lies, moved


@given(st.sampled_from(ZONES), st.booleans(), st.integers(0, 420))
def test_objects_lie_where_their_age_puts_them(zone: Zone, moves: bool, days_before: int) -> None:
    """Beside a lake that is played day by day."""
    lies, moved = simulated(zone, moves, days_before)
    months = days_before / 30 + 1
    assert day_months(zone, moves, months) == pytest.approx(lies)
    assert {name: moved_days(zone, name, months) for name in lies if name != "STANDARD"} == moved


def test_in_its_first_month_a_lake_holds_half_a_month() -> None:
    """(1 + 2 + ... + 30) / 30 days."""
    assert day_months(RAW, True, 1) == {"STANDARD": 15.5}


def test_landing_is_gone_after_ninety_days() -> None:
    """However old the lake is."""
    assert day_months(LANDING, True, 12) == day_months(LANDING, True, 100) == {"STANDARD": 90}


@pytest.mark.parametrize(("size", "moves"), [(128 * 2**10, True), (128 * 2**10 - 1, False)])
def test_small_objects_are_never_moved(prices: Prices, size: int, moves: bool) -> None:
    """S3 leaves what is smaller than 128 KiB where it is."""
    classes = [line.price.name for line in storage_lines("s", "raw", RAW, Arrivals(size, 1), 12, prices)]
    assert ("s3_glacier_ir" in classes) == moves
    assert "s3_standard" in classes
