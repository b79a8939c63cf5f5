"""What a sum is enough for, where the stacks are there for demos alone."""

import pytest

from cost.budget import demo_load, demo_usd, hours_within
from cost.prices import Prices
from cost.settings import NAMES, Settings, default_settings

ALL: dict[str, Settings] = {stack: default_settings(stack) for stack in NAMES}
MOBILE: dict[str, Settings] = {stack: ALL[stack] for stack in NAMES[:2]}
LEAN = {"retention_hours": 24, "trigger_seconds": 60, "run_schedules": False}


@pytest.mark.parametrize(
    ("hours", "a_day", "days"), [(1, 1, 1), (4, 4, 1), (5, 2.5, 2), (120, 4, 30), (720, 24, 30)]
)
def test_demos_are_spread_over_days(hours: int, a_day: float, days: float) -> None:
    """Four hours a day, until there are no more days."""
    load = demo_load(hours)
    assert (load.hours_per_day, load.days_per_month, load.kept_months) == (a_day, days, 1)


def test_no_demo_costs_nothing(prices: Prices) -> None:
    """All is taken down."""
    assert demo_usd(ALL, 0, prices) == 0


@pytest.mark.parametrize(
    ("settings", "crawls", "least"),
    [
        (ALL, 1, 8),
        (MOBILE, 1, 12),
        ({**MOBILE, "mobile_coverage": {**MOBILE["mobile_coverage"], **LEAN}}, 0, 20),
        ({NAMES[0]: ALL[NAMES[0]], NAMES[2]: ALL[NAMES[2]]}, 1, 40),
    ],
)
def test_five_dollars_a_month_are_enough_for_demos(
    prices: Prices, settings: dict[str, Settings], crawls: float, least: int
) -> None:
    """For so many hours at least, whatever combination is shown; for an hour more they are not."""
    hours = hours_within(settings, 5, prices, crawls)
    assert hours >= least
    assert demo_usd(settings, hours, prices, crawls) < 5 <= demo_usd(settings, hours + 1, prices, crawls)


def test_left_on_they_cost_more_than_five_dollars(prices: Prices) -> None:
    """A hundred and more: the switch is what makes it cheap."""
    assert demo_usd(MOBILE, 720, prices) > 100


def test_a_sum_that_is_enough_for_all_hours_has_no_more_to_give(prices: Prices) -> None:
    """A month ends."""
    assert hours_within({"lake": ALL["lake"]}, 5, prices) == 720
