"""What computes: Glue's workers, Fargate's tasks, crawlers."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cost.bill import Bill, Line
from cost.load import Load
from cost.prices import Prices
from glue_jobs.batch.schedules import Schedule

DPU = {"G.025X": 0.25, "G.1X": 1.0, "G.2X": 2.0, "G.4X": 4.0, "G.8X": 8.0}
"""Of a worker. A DPU has 4 vCPU (AWS Glue developer guide, "add-job")."""
VCPU = {"G.025X": 2, "G.1X": 4, "G.2X": 8, "G.4X": 16, "G.8X": 32}
"""Of a worker, as above: the smallest has twice what its part of a DPU would be."""
LEAST_RUN_MINUTES = 1
"""Glue bills a run for no less."""
CRAWL_MINUTES, CRAWL_DPU = 10, 2
"""A run of a crawler: the longer of the least times that are told of, and the size in AWS's own examples."""
OPTIMIZER_RUNS_A_DAY, OPTIMIZER_MINUTES, OPTIMIZER_DPU = 3, 2, 2
"""An assumption: each of the three optimizers of a table looks once a day."""


def task_slots(worker_type: str, workers: int) -> int:
    """Tasks at a time: the driver's worker runs none. Spark cuts the state into as many parts."""
    return max(1, (workers - 1) * VCPU[worker_type])


def glue_price(version: str, execution_class: str = "STANDARD") -> str:
    """The name of the price."""
    return f"glue_{version.replace('.', '_')}" + ("_flex" if execution_class == "FLEX" else "")


def glue_stream(stack: str, worker_type: str, workers: int, version: str, load: Load, prices: Prices) -> Bill:
    """A job that runs all the time, with the most workers that it may have."""
    hours = DPU[worker_type] * workers * load.hours
    return (Line(stack, f"Glue: stream, {workers} {worker_type}", hours, prices[glue_price(version)]),)


def glue_runs(
    stack: str, runs: float, worker_type: str, workers: int, price: str, minutes: float, prices: Prices
) -> Bill:
    """Runs of scheduled jobs, each of so many minutes."""
    hours = runs * DPU[worker_type] * workers * max(minutes, LEAST_RUN_MINUTES) / 60
    return (Line(stack, f"Glue: {runs:,.0f} runs, {workers} {worker_type}", hours, prices[price]),)


def runs_of(schedules: Iterable[Schedule], load: Load) -> float:
    """Runs a month: a daily job runs on each day on which the stack is there, an hourly one in each hour."""
    if load.hours_per_day == 0:
        return 0
    parts = (math.ceil(runs_a_day(schedule.cron) * load.hours_per_day / 24) for schedule in schedules)
    return sum(parts) * load.days_per_month


def runs_a_day(cron: str) -> int:
    """How often a schedule fires in a day: `cron(40 2 * * ? *)` once, `cron(20 * * * ? *)` 24 times.

    Raises:
        ValueError: it is of another kind.
    """
    parts = re.fullmatch(r"cron\(\d+ (\d+|\*) \* \* \? \*\)", cron)
    if parts is None:
        raise ValueError(f"got {cron!r}; only hourly and daily schedules can be counted")
    return 24 if parts[1] == "*" else 1


@dataclass(frozen=True)
class Task:
    """A container on Fargate: 1,024 CPU units are a vCPU."""

    cpu_units: float
    memory_mb: float
    architecture: str = "ARM64"
    spot: bool = True

    @property
    def price(self) -> str:
        """How the names of its prices begin."""
        return f"fargate{'_arm64' * (self.architecture == 'ARM64')}{'_spot' * self.spot}"


def fargate(stack: str, task: Task, load: Load, prices: Prices) -> Bill:
    """A task that is always there, with an address of its own."""
    name = "Fargate Spot" if task.spot else "Fargate"
    return (
        Line(stack, f"{name}: processors", task.cpu_units / 1024 * load.hours, prices[f"{task.price}_vcpu"]),
        Line(stack, f"{name}: memory", task.memory_mb / 1024 * load.hours, prices[f"{task.price}_gb"]),
        Line(stack, "public address of the task", load.hours, prices["public_ipv4"]),
    )


def crawls(stack: str, crawlers: int, load: Load, prices: Prices) -> Bill:
    """Runs of the crawlers, each started so often."""
    hours = crawlers * load.crawls_per_month * CRAWL_DPU * CRAWL_MINUTES / 60
    return (Line(stack, f"Glue: {crawlers} crawlers", hours, prices["crawler"]),)


def table_optimizers(stack: str, load: Load, prices: Prices) -> Bill:
    """AWS's upkeep of an Iceberg table."""
    runs = OPTIMIZER_RUNS_A_DAY * load.days_per_month * math.ceil(load.hours_per_day / 24)
    hours = runs * OPTIMIZER_DPU * OPTIMIZER_MINUTES / 60
    return (Line(stack, "Glue: table optimizers", hours, prices["table_optimizer"]),)
