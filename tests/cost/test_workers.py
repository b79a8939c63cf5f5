"""What computes, and for how long it is billed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost.load import Load
from cost.prices import Prices
from cost.workers import Task, crawls, fargate, glue_runs, glue_stream, runs_a_day, runs_of, task_slots
from glue_jobs.batch.schedules import ORDERS, SCHEDULES

A_MONTH = Load()


@pytest.mark.parametrize(
    ("worker_type", "workers", "dpu_hours"), [("G.025X", 2, 360), ("G.1X", 2, 1440), ("G.8X", 3, 17280)]
)
def test_a_stream_is_paid_for_each_hour_of_each_worker(
    one_each: Prices, worker_type: str, workers: int, dpu_hours: float
) -> None:
    """720 hours of 0.25, 1 or 8 DPU a worker."""
    assert glue_stream("s", worker_type, workers, "6.0", A_MONTH, one_each)[0].quantity == dpu_hours


@given(st.floats(0, 600))
def test_a_run_is_billed_for_a_minute_at_least(minutes: float) -> None:
    """Beside the rule in words: what it takes, and no less than a minute."""
    billed = minutes if minutes > 1 else 1.0
    [line] = glue_runs("s", 60, "G.1X", 2, "glue_6_0", minutes, _prices())
    assert line.quantity == pytest.approx(60 * 2 * billed / 60)


def _prices() -> Prices:
    from cost.prices import read_prices

    return read_prices()


@pytest.mark.parametrize(
    ("hours_per_day", "runs"),
    [
        (24, 30 * (24 + 1)),
        (3, 30 * (3 + 1)),  # the daily job runs on a day of three hours, too
        (2.5, 30 * (3 + 1)),
        (0, 0),
    ],
)
def test_jobs_run_as_often_as_their_schedules_say(hours_per_day: float, runs: float) -> None:
    """Of mobile coverage one job runs hourly and one daily."""
    assert runs_of(SCHEDULES, Load(hours_per_day=hours_per_day)) == runs


def test_every_schedule_of_the_suite_can_be_counted() -> None:
    """Two hourly jobs of the orders, and a daily one."""
    assert [runs_a_day(one.cron) for one in ORDERS] == [24, 24, 1]


def test_a_schedule_that_cannot_be_counted_is_refused() -> None:
    """Rather than billed wrongly."""
    with pytest.raises(ValueError, match=r"got 'cron\(0 9 \? \* MON \*\)'; only hourly and daily"):
        runs_a_day("cron(0 9 ? * MON *)")


@pytest.mark.parametrize(
    ("worker_type", "workers", "slots"), [("G.025X", 2, 2), ("G.1X", 2, 4), ("G.1X", 5, 16)]
)
def test_the_driver_runs_no_tasks(worker_type: str, workers: int, slots: int) -> None:
    """All workers but one, each with its cores."""
    assert task_slots(worker_type, workers) == slots


def test_a_task_is_paid_by_processors_memory_and_its_address(prices: Prices) -> None:
    """Ten hours of 1 vCPU and 2 GB; ARM64 is a fifth less, on Spot both are half."""
    load = Load(hours_per_day=10, days_per_month=1)
    paid = {
        (one.architecture, one.spot): [round(line.usd, 5) for line in fargate("s", one, load, prices)]
        for one in (Task(1024, 2048, kind, spot) for kind in ("X86_64", "ARM64") for spot in (False, True))
    }
    assert paid == {
        ("X86_64", False): [0.4048, 0.0889, 0.05],
        ("X86_64", True): [0.2024, 0.04445, 0.05],
        ("ARM64", False): [0.3238, 0.0712, 0.05],
        ("ARM64", True): [0.1619, 0.0356, 0.05],
    }


def test_a_crawl_is_ten_minutes_of_two_dpu(prices: Prices) -> None:
    """Five crawlers, once each: 5 x 2 / 6 DPU-hours at 0.44."""
    assert crawls("s", 5, A_MONTH, prices)[0].usd == pytest.approx(5 * 2 / 6 * 0.44)
