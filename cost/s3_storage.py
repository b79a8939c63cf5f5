"""What lies in the lake, and in which storage class, by the lifecycles of `glue_jobs/contracts/zones.py`.

The month that is looked at is the n-th of the lake: data came in evenly on each of its days so far, and go on
coming in while it lasts.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cost.bill import Bill, Line
from cost.load import DAYS_OF_MONTH
from cost.prices import Prices
from glue_jobs.contracts.zones import Zone

GB = 2**30
LEAST_MOVED_BYTES = 128 * 2**10
"""Smaller objects stay as they are: S3 user guide, lifecycle transitions."""
STANDARD, TIERED = "STANDARD", "INTELLIGENT_TIERING"


@dataclass(frozen=True)
class Arrivals:
    """What one table, or zone, gets in a day: bytes, and objects that they lie in."""

    bytes_a_day: float
    objects_a_day: float

    @property
    def moves(self) -> bool:
        """Whether its objects are large enough to be moved to another class."""
        return self.bytes_a_day >= LEAST_MOVED_BYTES * self.objects_a_day > 0


def storage_lines(
    stack: str, what: str, zone: Zone, arrivals: Arrivals, kept_months: float, prices: Prices
) -> Bill:
    """Storage by class, and what it costs to move objects there and to watch them."""
    return tuple(_lines(stack, what, zone, arrivals, kept_months, prices))


def _lines(
    stack: str, what: str, zone: Zone, arrivals: Arrivals, kept_months: float, prices: Prices
) -> Iterator[Line]:
    for storage_class, days in day_months(zone, arrivals.moves, kept_months).items():
        gigabytes = arrivals.bytes_a_day * days / GB
        name = storage_class.lower()
        yield Line(stack, f"S3: {what}, {storage_class}", gigabytes, prices[f"s3_{name}"])
        if storage_class == STANDARD:
            continue
        moved = arrivals.objects_a_day * moved_days(zone, storage_class, kept_months) / 1000
        yield Line(stack, f"S3: {what}, moved to {storage_class}", moved, prices[f"s3_to_{name}"])
        if storage_class == TIERED:
            watched = arrivals.objects_a_day * days / 1000
            yield Line(stack, f"S3: {what}, watched", watched, prices["s3_monitoring"])


def day_months(zone: Zone, moves: bool, kept_months: float) -> dict[str, float]:
    """How many days' arrivals lie in each class, in the mean of the month's days; classes with none left out.

    A day's arrivals are a day old on the next day.
    """
    found: dict[str, float] = {}
    for storage_class, youngest, oldest in _ages(zone, moves):
        days = sum(max(0, min(there, oldest) - youngest) for there in _days_there(kept_months))
        if days:
            found[storage_class] = days / DAYS_OF_MONTH
    return found


def moved_days(zone: Zone, storage_class: str, kept_months: float) -> int:
    """How many days' arrivals are moved to a class in the month: each on the day that it is old enough."""
    after = next(step.after_days for step in zone.transitions if step.storage_class == storage_class)
    return sum(there > after for there in _days_there(kept_months))


def _days_there(kept_months: float) -> Iterator[int]:
    """For each day of the month: how many days have brought something so far, itself included."""
    first = round((kept_months - 1) * DAYS_OF_MONTH)
    return (first + day + 1 for day in range(DAYS_OF_MONTH))


def _ages(zone: Zone, moves: bool) -> Iterator[tuple[str, float, float]]:
    """Each class, from which age in days on, and up to which, objects are in it."""
    steps = zone.transitions if moves else ()
    begins = [(STANDARD, 0), *((step.storage_class, step.after_days) for step in steps)]
    last = float("inf") if zone.expire_days is None else zone.expire_days
    ends = [after for _, after in begins[1:]]
    for (storage_class, youngest), oldest in zip(begins, [*ends, last], strict=True):
        yield storage_class, youngest, oldest
