"""For how many hours a month a sum is enough, where the stacks are there for demos alone."""

import math
from collections.abc import Mapping

from cost.bill import total
from cost.load import DAYS_OF_MONTH, HOURS_OF_MONTH, Load
from cost.prices import Prices
from cost.settings import Settings
from cost.stacks import bill_of

DEMO_HOURS = 4
"""The longest day of demos, until a month has no more days."""


def demo_load(hours: int, crawls_per_month: float = 1) -> Load:
    """So many hours in a month, in days of at most four: `terraform apply` before, `destroy` after."""
    days = min(DAYS_OF_MONTH, max(1, math.ceil(hours / DEMO_HOURS)))
    return Load(
        hours_per_day=hours / days,
        days_per_month=days,
        kept_months=1,
        crawls_per_month=crawls_per_month if hours else 0,
    )


def demo_usd(
    settings: Mapping[str, Settings], hours: int, prices: Prices, crawls_per_month: float = 1
) -> float:
    """What so many hours of demos cost."""
    return total(bill_of(settings, demo_load(hours, crawls_per_month), prices))


def hours_within(
    settings: Mapping[str, Settings], usd: float, prices: Prices, crawls_per_month: float = 1
) -> int:
    """The most hours up to which every number of hours costs less than `usd`."""
    for hours in range(1, HOURS_OF_MONTH + 1):
        if demo_usd(settings, hours, prices, crawls_per_month) >= usd:
            return hours - 1
    return HOURS_OF_MONTH
