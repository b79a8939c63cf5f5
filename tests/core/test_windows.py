"""The three aggregates of the mobile event, over batches of rows."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from chispa import assert_df_equality
from pyspark.sql import SparkSession

from glue_jobs.contracts.contract import Aggregate
from glue_jobs.contracts.mobile_coverage import (
    EVENT,
    GPS_PRECISION_BY_PROVIDER,
    SIGNAL_STRENGTH_BY_OPERATOR,
    STATUS_COUNT,
)
from glue_jobs.core.windows import Windows
from tests.decoded import TWO_MINUTES, WINDOWS, at, partials, row, windows


def check(
    spark: SparkSession,
    aggregate: Aggregate,
    given: Sequence[dict[str, Any]],
    expected: Sequence[tuple[Any, ...]],
) -> None:
    """`given` rows come out as `expected` rows of the aggregate's table, types included."""
    wanted = spark.createDataFrame(list(expected), aggregate.table.schema)
    assert_df_equality(
        windows(spark, given, aggregate),
        wanted,
        ignore_row_order=True,
        ignore_nullable=True,
        ignore_metadata=True,
    )


def test_signal_strength_of_each_operator_and_municipality(spark: SparkSession) -> None:
    """Mean, weakest and strongest known signal, and how many there are."""
    given = [
        row(at(0), signal=10),
        row(at(1), signal=20),
        row(at(1), signal=None),
        row(at(0), signal=7, postal_code="171032"),
        row(at(0), signal=31, operator="Orange"),
    ]
    expected = [
        (at(0), at(2), "Movistar", "080193", 15.0, 10, 20, 2),
        (at(0), at(2), "Movistar", "171032", 7.0, 7, 7, 1),
        (at(0), at(2), "Orange", "080193", 31.0, 31, 31, 1),
    ]
    check(spark, SIGNAL_STRENGTH_BY_OPERATOR, given, expected)


def test_precision_and_satellites_of_each_provider(spark: SparkSession) -> None:
    """Each average has its own count, for one can be known where the other is not."""
    given = [
        row(at(0), precission=10.0, satellites=4),
        row(at(0), precission=20.0, satellites=None),
        row(at(0), precission=None, satellites=None, provider="network"),
    ]
    expected = [
        (at(0), at(2), "gps", 15.0, 2, 4.0, 1),
        (at(0), at(2), "network", None, 0, None, 0),
    ]
    check(spark, GPS_PRECISION_BY_PROVIDER, given, expected)


def test_status_count_of_each_municipality(spark: SparkSession) -> None:
    """Events are counted, whatever of their values is known."""
    given = [
        row(at(0), signal=None, satellites=None, precission=None),
        row(at(1, 59)),
        row(at(0), status=2, description="STATE_EMERGENCY_ONLY"),
    ]
    expected = [
        (at(0), at(2), "080193", 0, "STATE_IN_SERVICE", 2),
        (at(0), at(2), "080193", 2, "STATE_EMERGENCY_ONLY", 1),
    ]
    check(spark, STATUS_COUNT, given, expected)


def test_a_group_without_known_values_has_its_row(spark: SparkSession) -> None:
    """No average, no extremes, count 0."""
    given = [row(at(0), signal=None), row(at(1), signal=None)]

    check(
        spark, SIGNAL_STRENGTH_BY_OPERATOR, given, [(at(0), at(2), "Movistar", "080193", None, None, None, 0)]
    )


def test_a_window_holds_its_start_and_not_its_end(spark: SparkSession) -> None:
    """07:02:00 opens the window that 07:01:59.999999 is too early for."""
    given = [row(at(0)), row(at(1, 59, 999_999)), row(at(2)), row(at(3, 59, 999_999)), row(at(4))]
    expected = [
        (at(0), at(2), "080193", 0, "STATE_IN_SERVICE", 2),
        (at(2), at(4), "080193", 0, "STATE_IN_SERVICE", 2),
        (at(4), at(6), "080193", 0, "STATE_IN_SERVICE", 1),
    ]
    check(spark, STATUS_COUNT, given, expected)


def test_null_keys_are_a_group_of_their_own(spark: SparkSession) -> None:
    """Outside Catalonia there is no postal code; an operator can be unknown."""
    given = [
        row(at(0), postal_code=None),
        row(at(0), postal_code=None, operator=None),
        row(at(0), operator=None),
    ]
    expected = [
        (at(0), at(2), "Movistar", None, 12.0, 12, 12, 1),
        (at(0), at(2), None, None, 12.0, 12, 12, 1),
        (at(0), at(2), None, "080193", 12.0, 12, 12, 1),
    ]
    check(spark, SIGNAL_STRENGTH_BY_OPERATOR, given, expected)


def test_no_rows_give_no_windows(spark: SparkSession) -> None:
    """Not even one of zeros."""
    check(spark, STATUS_COUNT, [], [])


def test_windows_are_aligned_to_the_epoch(spark: SparkSession) -> None:
    """Not to the first event; also before 1970."""
    early = datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)
    expected = [
        (
            datetime(1969, 12, 31, 23, 58, tzinfo=UTC),
            datetime(1970, 1, 1, tzinfo=UTC),
            "080193",
            0,
            "STATE_IN_SERVICE",
            1,
        )
    ]
    check(spark, STATUS_COUNT, [row(early)], expected)


def test_columns_are_what_the_aggregates_need() -> None:
    """Keys, then values, each once."""
    assert WINDOWS.columns == (
        "operator",
        "postal_code",
        "provider",
        "status",
        "description",
        "signal",
        "precission",
        "satellites",
    )
    only_counted = Windows(EVENT, (STATUS_COUNT,), TWO_MINUTES)
    assert only_counted.columns == ("postal_code", "status", "description")


def test_a_measure_has_one_table() -> None:
    """Two of one name would overwrite each other."""
    with pytest.raises(ValueError, match=r"measured in two tables: \['status_count'\]; .* rename"):
        Windows(EVENT, (STATUS_COUNT, STATUS_COUNT), TWO_MINUTES)


def test_a_chunk_becomes_a_row_for_each_group() -> None:
    """With the group's latest event time, sums, counts and extremes; null where they are another table's."""
    given = [row(at(0), signal=10), row(at(1), signal=None), row(at(0, 30), signal=25)]

    found = partials(given, chunk=3).to_pylist()

    nothing = dict.fromkeys(WINDOWS.partial_schema.names)
    signal = {"signal_sum": 35, "signal_count": 2, "signal_min": 10, "signal_max": 25}
    precission = {"precission_sum": 34.5, "precission_count": 3, "satellites_sum": 12, "satellites_count": 3}
    state = {"status": 0, "description": "STATE_IN_SERVICE"}
    common = {**nothing, "event_time": at(1), "records": 3}
    assert found == [
        {
            **common,
            "table_name": "signal_strength_by_operator",
            "operator": "Movistar",
            "postal_code": "080193",
            **signal,
        },
        {**common, "table_name": "gps_precision_by_provider", "provider": "gps", **precission},
        {**common, "table_name": "status_count", "postal_code": "080193", **state},
    ]
