"""Bills that were worked out by hand."""

import pytest

from cost.bill import Bill, totals
from cost.chosen import Lake, MobileCoverage, Orders
from cost.lake import lake_bill
from cost.load import Load
from cost.mobile_coverage import METRICS, mobile_coverage_bill
from cost.orders import orders_bill, schedules
from cost.prices import Prices
from cost.settings import default_settings
from glue_jobs.core.errors import OptionError
from glue_jobs.core.observe import _UNITS, embedded_metrics

TEN_HOURS = Load(hours_per_day=10, days_per_month=1, kept_months=1, crawls_per_month=0)


def mobile(load: Load, prices: Prices, **changed: object) -> dict[str, float]:
    """USD of each line."""
    chosen = MobileCoverage.of({**default_settings("mobile_coverage"), **changed})
    return _usd(mobile_coverage_bill(chosen, load, prices))


def orders(load: Load, prices: Prices, **changed: object) -> dict[str, float]:
    """USD of each line."""
    return _usd(orders_bill(Orders.of({**default_settings("orders"), **changed}), load, prices))


def _usd(bill: Bill) -> dict[str, float]:
    return {line.what: line.usd for line in bill}


def test_ten_hours_of_the_stream_cost_this(prices: Prices) -> None:
    """3.6 million records of 313 bytes; one shard, two workers of a quarter DPU, two parts of state.

    1,800 batches, 300 windows. Files: 300 x 3 tables x 2 parts, and in each batch one of raw, one of rejects.
    """
    usd = mobile(TEN_HOURS, prices, retention_hours=48)
    files = 300 * 3 * 2 + 1800 * 2
    state = 9 * 2 + 11 * 2 / 10  # changes each batch, a snapshot each tenth
    assert usd == pytest.approx(
        {
            "Kinesis: shards": 10 * 0.015,
            "Kinesis: records put": 3.6 * 0.014,
            "Kinesis: kept 48 hours": 10 * 0.02,
            "Glue: stream, 2 G.025X": 10 * 2 * 0.25 * 0.308,
            "Glue: 11 runs, 2 G.1X": 11 * 2 * 2 / 60 * 0.308,
            "S3: tables, PUT": files / 1000 * 0.005,
            "S3: tables, GET": (files + 1800 * 2) / 1000 * 0.0004,
            "S3: checkpoint, PUT": (1800 * (7 * 3 + state) + 1800 + 600 * 2) / 1000 * 0.005,
            "S3: checkpoint, GET": (1800 * (7 + 6 + 9 + 7 * 2 + 8 * 2 / 10) + 1800) / 1000 * 0.0004,
            "S3: compaction, PUT": 5 * 10 / 1000 * 0.005,
            "S3: compaction, GET": files / 1000 * 0.0004,
            "S3: raw, STANDARD": 3.6 / 1.7 * 88.6 / 1024 / 30 * 15.5 * 0.023,
            "S3: processed, STANDARD": 3.6 / 1.7 * 1.1 / 1024 / 30 * 15.5 * 0.023,
            "CloudWatch: logs": (1800 * 4096 + 11 * 102400) / 2**30 * 0.5,
            "CloudWatch: logs kept": (1800 * 4096 + 11 * 102400) / 2**30 * 0.03,
            "CloudWatch: 9 metrics": 9 * 10 / 720 * 0.3,
            "CloudWatch: alarms on 10": 10 * 10 / 720 * 0.1,
        }
    )


def test_ten_hours_of_orders_cost_this(prices: Prices) -> None:
    """100 orders/s of 268 bytes: billed as 5 KiB; an object every five minutes; 21 runs of two minutes."""
    usd = orders(TEN_HOURS, prices)
    a_day = 3.6e6 / 30 / 2**30 * 15.5 * 0.023
    assert usd == pytest.approx(
        {
            "Firehose: bytes in": 3.6e6 * 5 * 1024 / 2**30 * 0.029,
            "Glue: 21 runs, 2 G.1X": 21 * 2 * 2 / 60 * 0.308,
            "S3: landing, PUT": 120 / 1000 * 0.005,
            "S3: landing, GET": 120 / 1000 * 0.0004,
            "S3: jobs, PUT": 21 * 60 / 1000 * 0.005,
            "S3: jobs, GET": 21 * 200 / 1000 * 0.0004,
            "S3: landing, STANDARD": a_day * 268 * 17 / 64,
            "S3: raw, STANDARD": a_day * 55.4,
            "S3: processed, STANDARD": a_day * 38.5,
            "CloudWatch: logs": 21 * 102400 / 2**30 * 0.5,
            "CloudWatch: logs kept": 21 * 102400 / 2**30 * 0.03,
            "CloudWatch: 2 metrics": 2 * 10 / 720 * 0.3,
            "CloudWatch: alarms on 7": 7 * 10 / 720 * 0.1,
        }
    )


def test_a_query_is_billed_for_ten_megabytes_at_least(prices: Prices) -> None:
    """600 queries of 1 MB cost as 600 of 10, at 5 USD a TB; a key of one's own a dollar."""
    load = Load(query_megabytes=1)
    assert _usd(lake_bill(Lake(kms_key_arn="arn"), load, prices)) == pytest.approx(
        {"Athena: 600 queries": 6000 / 2**20 * 5, "KMS: key": 1}
    )


def test_a_stack_that_is_never_there_costs_what_is_left_of_it(prices: Prices) -> None:
    """Nothing runs, nothing comes; only crawls that somebody starts."""
    never = Load(hours_per_day=0)
    assert set(mobile(never, prices)) == {"Glue: 5 crawlers"}
    assert _usd(lake_bill(Lake(kms_key_arn=None), never, prices)) == {}


def test_without_a_runner_the_stream_alone_is_paid(prices: Prices) -> None:
    """No batch, no table, no checkpoint; shards and alarms."""
    usd = mobile(TEN_HOURS, prices, runner="none", run_schedules=False, retention_hours=48)
    assert sorted(usd) == [
        "CloudWatch: alarms on 10",
        "Kinesis: kept 48 hours",
        "Kinesis: records put",
        "Kinesis: shards",
    ]


def test_on_fargate_there_are_a_task_and_its_image_in_place_of_workers(prices: Prices) -> None:
    """A vCPU holds one part of the state."""
    usd = mobile(TEN_HOURS, prices, runner="fargate")
    assert not any(what.startswith("Glue: stream") for what in usd)
    assert usd["Fargate Spot: processors"] == pytest.approx(10 * 0.01619)
    assert usd["S3: tables, PUT"] == pytest.approx((300 * 3 + 3600) / 1000 * 0.005)


def test_without_raw_there_is_neither_its_file_nor_its_storage(prices: Prices) -> None:
    """Rejects are still written."""
    usd = mobile(TEN_HOURS, prices, keep_raw=False)
    assert usd["S3: tables, PUT"] == pytest.approx((1800 + 1800) / 1000 * 0.005)
    assert not any(what.startswith("S3: raw") for what in usd)


def test_without_schedules_small_files_stay_where_they_are(prices: Prices) -> None:
    """They hold more bytes, and S3 does not move them to a cheaper class."""
    usd = mobile(Load(), prices, run_schedules=False)
    assert "S3: raw, GLACIER_IR" not in usd
    assert usd["S3: raw, STANDARD"] == pytest.approx(259.2 / 1.7 * 131.7 / 1024 / 30 * (330 + 15.5) * 0.023)


def test_a_trickle_makes_no_more_batches_than_it_has_records(prices: Prices) -> None:
    """A record an hour is a batch an hour, not 180."""
    load = Load(records_per_second=1 / 3600, hours_per_day=10, days_per_month=1)
    assert mobile(load, prices)["CloudWatch: logs"] == pytest.approx((10 * 4096 + 11 * 102400) / 2**30 * 0.5)


def test_with_optimizers_the_maintenance_does_not_run(prices: Prices) -> None:
    """One of the two keeps the table."""
    by_job, by_aws = (
        [one.job for one in schedules(Orders.of({**default_settings("orders"), "table_upkeep": upkeep}))]
        for upkeep in ("job", "optimizers")
    )
    assert set(by_job) - set(by_aws) == {"gluejob-maintain-processed-orders"}
    assert "Glue: table optimizers" in orders(TEN_HOURS, prices, table_upkeep="optimizers")


def test_the_metrics_that_are_paid_are_those_that_a_batch_reports() -> None:
    """Without --deduplicate two of them are null, and CloudWatch gets none."""
    fields = {**dict.fromkeys(_UNITS, 1), "repeats": None, "keys_kept": None}
    told = embedded_metrics({**fields, "time": "2026-11-23T08:00:00Z"})
    assert len(told["_aws"]["CloudWatchMetrics"][0]["Metrics"]) == METRICS


def test_the_sum_of_a_stack_is_that_of_its_lines(prices: Prices) -> None:
    """In the order in which the stacks come."""
    bill = lake_bill(Lake(kms_key_arn="arn"), Load(query_megabytes=0), prices)
    assert totals(bill) == {"lake": pytest.approx(1 + 6000 / 2**20 * 5)}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("hours_per_day", 25, "--hours_per_day: got 25; give 0 to 24"),
        ("records_per_second", -1, "--records_per_second: got -1; give 0 to 1e+09"),
        ("records_per_second", float("nan"), "--records_per_second: got nan; give 0 to 1e+09"),
        ("kept_months", 0, "--kept_months: got 0; give 1 to 1200"),
    ],
)
def test_a_load_that_cannot_be_is_refused(name: str, value: float, expected: str) -> None:
    """With its name and range."""
    with pytest.raises(OptionError) as refused:
        Load(**{name: value})
    assert str(refused.value) == expected
