"""Random rows through the aggregates, beside a model in plain Python."""

import math
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pyspark.sql import SparkSession

from glue_jobs.contracts.contract import Aggregate
from glue_jobs.contracts.mobile_coverage import AGGREGATES, SIGNAL_STRENGTH_BY_OPERATOR
from tests.decoded import TWO_MINUTES, at, row, windows


def random_rows(count: int) -> list[dict[str, Any]]:
    """Rows of few keys over half an hour, any value of them unknown at times."""
    source = random.Random(20260301)

    def one_of(*values: Any) -> Any:
        return source.choice(values)

    return [
        row(
            at(0) + timedelta(microseconds=source.randrange(30 * 60 * 1_000_000)),
            operator=one_of("Movistar", "Orange", None),
            postal_code=one_of("080193", "171032", None),
            provider=one_of("gps", "fused"),
            status=one_of(0, 2),
            description=one_of("STATE_IN_SERVICE", "STATE_EMERGENCY_ONLY", None),
            signal=one_of(None, source.randrange(98)),
            precission=one_of(None, source.uniform(0, 10_000)),
            satellites=one_of(None, source.randrange(100)),
        )
        for _ in range(count)
    ]


def model(
    rows: Sequence[dict[str, Any]], aggregate: Aggregate, size: timedelta
) -> dict[tuple[Any, ...], list[Any]]:
    """The aggregate in plain Python: (window start, keys) → measures."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for one in rows:
        start = one["event_time"] - (one["event_time"] - datetime(1970, 1, 1, tzinfo=UTC)) % size
        groups[(start, *(one[key] for key in aggregate.keys))].append(one)
    functions: dict[str, Callable[[list[Any]], Any]] = {
        "avg": lambda known: math.fsum(known) / len(known),
        "min": min,
        "max": max,
    }
    found: dict[tuple[Any, ...], list[Any]] = {}
    for key, group in groups.items():
        found[key] = []
        for measure in aggregate.measures:
            known = [one[measure.of] for one in group if measure.of and one[measure.of] is not None]
            if measure.function == "count":
                found[key].append(len(known) if measure.of else len(group))
            else:
                found[key].append(functions[measure.function](known) if known else None)
    return found


@pytest.fixture(scope="module")
def half_an_hour() -> list[dict[str, Any]]:
    """Random rows in hundreds of groups."""
    return random_rows(1500)


@pytest.mark.parametrize("aggregate", AGGREGATES, ids=lambda aggregate: aggregate.table.name)
def test_random_rows_are_aggregated_as_by_hand(
    spark: SparkSession, half_an_hour: list[dict[str, Any]], aggregate: Aggregate
) -> None:
    """Every group once, counts and extremes exact, means to the last digits."""
    found = {
        (one["window_start"].astimezone(UTC), *(one[key] for key in aggregate.keys)): [
            one[measure.column] for measure in aggregate.measures
        ]
        for one in windows(spark, half_an_hour, aggregate, chunk=100).collect()
    }

    expected = model(half_an_hour, aggregate, TWO_MINUTES)

    assert len(expected) > 25
    assert found.keys() == expected.keys()
    for key, measures in expected.items():
        assert found[key] == pytest.approx(measures, rel=1e-12), key


def test_coarser_averages_are_derived_exactly(
    spark: SparkSession, half_an_hour: list[dict[str, Any]]
) -> None:
    """Sum of average times count, by sum of count, is the average of the values themselves."""
    fine = windows(spark, half_an_hour, SIGNAL_STRENGTH_BY_OPERATOR, chunk=100).collect()
    known = [one["signal"] for one in half_an_hour if one["signal"] is not None]

    weight = sum(one["record_count"] for one in fine)
    total = sum(one["average_signal"] * one["record_count"] for one in fine if one["record_count"])

    assert weight == len(known)
    assert round(total) == sum(known)
    assert total / weight == pytest.approx(sum(known) / len(known), rel=1e-12)
    assert sum(one["record_count"] for one in fine if one["average_signal"] is None) == 0
