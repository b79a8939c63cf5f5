"""What would be cheaper: the same bill with one thing changed, and what one gives up for it."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cost.bill import total
from cost.chosen import MobileCoverage
from cost.load import Load
from cost.mobile_coverage import RECORD_BYTES
from cost.prices import Prices
from cost.settings import Settings
from cost.stacks import bill_of
from cost.streams import shards_needed

WORTH_NAMING_USD = 0.01


@dataclass(frozen=True)
class Change:
    """Other settings of a stack, or another load, in words and as values; `gives_up` is its price."""

    stack: str
    what: str
    gives_up: str
    settings: Settings = field(default_factory=dict)
    load: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Saving:
    """A change, and the USD a month that it saves by itself: several do not add up."""

    change: Change
    usd: float


_MOBILE = (
    Change(
        "mobile_coverage",
        "stream_mode = ON_DEMAND",
        "a bill that grows with each record",
        {"stream_mode": "ON_DEMAND"},
    ),
    Change(
        "mobile_coverage",
        "retention_hours = 24",
        "a second day for a job that stands still",
        {"retention_hours": 24},
    ),
    Change("mobile_coverage", "glue_version = 6.0", "the older Spark", {"glue_version": "6.0"}),
    Change(
        "mobile_coverage",
        "streaming_worker_type = G.025X, 2 of them",
        "speed: one executor of 2 vCPU and 4 GB",
        {"streaming_worker_type": "G.025X", "streaming_workers": 2},
    ),
    Change(
        "mobile_coverage",
        "runner = fargate, on Spot",
        "Glue's restarts; a task of 1 vCPU and 2 GB that AWS may stop",
        {"runner": "fargate", "fargate_spot": True, "task_cpu": 1024, "task_memory": 2048},
    ),
    Change(
        "mobile_coverage",
        "runner = fargate, not on Spot",
        "Glue's restarts; a task of 1 vCPU and 2 GB",
        {"runner": "fargate", "fargate_spot": False, "task_cpu": 1024, "task_memory": 2048},
    ),
    Change(
        "mobile_coverage",
        "trigger_seconds = 60",
        "up to 80 seconds of freshness",
        {"trigger_seconds": 60},
    ),
    Change("mobile_coverage", "keep_raw = false", "rebuild, audit and redrive", {"keep_raw": False}),
    Change(
        "mobile_coverage",
        "run_schedules = false",
        "late records in the tables, and quick queries",
        {"run_schedules": False},
    ),
)
_ORDERS = (
    Change("orders", "glue_version = 6.0", "the older Spark", {"glue_version": "6.0"}),
    Change(
        "orders",
        "execution_class = FLEX",
        "a start at once: runs wait for spare capacity",
        {"execution_class": "FLEX"},
    ),
    Change(
        "orders",
        "table_upkeep = optimizers",
        "a week less of kept snapshots; AWS decides when",
        {"table_upkeep": "optimizers"},
    ),
)


def savings(settings: Mapping[str, Settings], load: Load, prices: Prices) -> list[Saving]:
    """Every change that saves something, the greatest first.

    Raises:
        OptionError: a setting is not one that its stack takes.
    """
    found = [
        Saving(change, _saved(settings[change.stack], change, load, prices))
        for change in _changes(settings, load)
        if change.stack in settings
    ]
    worthwhile = [saving for saving in found if saving.usd >= WORTH_NAMING_USD]
    return sorted(worthwhile, key=lambda saving: -saving.usd)


def _saved(settings: Settings, change: Change, load: Load, prices: Prices) -> float:
    changed: dict[str, Any] = {**settings, **change.settings}
    before = bill_of({change.stack: settings}, load, prices)
    other = dataclasses.replace(load, **change.load)
    return total(before) - total(bill_of({change.stack: changed}, other, prices))


def _changes(settings: Mapping[str, Settings], load: Load) -> Iterator[Change]:
    yield from _MOBILE
    yield from _ORDERS
    for stack in settings:
        if load.hours_per_day > 8:
            yield Change(
                stack, "on for 8 hours a day", "what comes in the other hours", {}, {"hours_per_day": 8}
            )
        if load.crawls_per_month and stack != "lake":
            yield Change(
                stack, "no crawls", "a look at drift; the jobs register", {}, {"crawls_per_month": 0}
            )
    if "mobile_coverage" in settings:
        yield from _fewer_shards(MobileCoverage.of(settings["mobile_coverage"]), load)


def _fewer_shards(chosen: MobileCoverage, load: Load) -> Iterator[Change]:
    needed = shards_needed(load.records_per_second, load.bytes_a_record(RECORD_BYTES))
    if chosen.stream_mode == "PROVISIONED" and needed < chosen.shard_count:
        yield Change("mobile_coverage", f"shard_count = {needed}", "room for peaks", {"shard_count": needed})
