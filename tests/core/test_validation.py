"""What Great Expectations finds on frames in Spark: each rule, and exactly the rows that break it."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from glue_jobs.contracts.orders import PROCESSED, RAW
from glue_jobs.core.errors import SourceError
from glue_jobs.core.expectations import as_delivered, one_row_each
from glue_jobs.core.validation import SAMPLED, Verdict, validate
from tests.core.order_frames import broken, frame_of, raw_row, state_row

Change: TypeAlias = Callable[[DataFrame], DataFrame]

LONG_AGO = datetime(1999, 12, 31, 23, 59, 59, 999999, UTC)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

RULES = {
    "not_be_null": "null",
    "in_set": "allowed",
    "match_regex": "pattern",
    "be_between": "range",
    "greater_than_b": "not_after",
}


def failing(verdict: Verdict) -> list[tuple[str, int]]:
    """What fails in words, and how many rows break it."""
    return [(f"{one.expectation.column}: {one.expectation.says}", one.broken_by) for one in verdict.failing]


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("order_id", None, "is never null"),
        ("order_id", "a blank", "all of it matches [!-~]{1,64}"),
        ("user_id", "user-1\n", "all of it matches [!-~]{1,64}"),
        ("database_operation", "d", "is one of i, u"),
        ("amount", Decimal("-0.01"), "is at least 0"),
        ("payment_method", "cash", "is one of credit_card, debit_card, pix, boleto, paypal"),
        ("event_timestamp", LONG_AGO, "is at least 2000-01-01T00:00:00Z"),
    ],
)
def test_a_wrong_value_fails_the_rule_that_it_breaks_and_no_other(
    spark: SparkSession, column: str, value: Any, says: str
) -> None:
    """One row of three is wrong."""
    rows = [raw_row(1), raw_row(2, **{column: value}), raw_row(3)]

    verdict = validate(frame_of(spark, RAW, rows), as_delivered(RAW, rows=3))

    assert failing(verdict) == [(f"{column}: {says}", 1)]


def test_rows_at_the_limits_pass(spark: SparkSession) -> None:
    """The bounds themselves are valid, and a repeated event is one more row."""
    least = {"amount": Decimal("0.00"), "event_timestamp": EARLIEST}
    most = {"amount": Decimal("9999999999.99"), "order_id": "~" * 64, "user_id": "!"}
    rows = [raw_row(1, **least), raw_row(2, **most), raw_row(3, **most)]

    assert failing(validate(frame_of(spark, RAW, rows), as_delivered(RAW, rows=3))) == []


def test_the_sample_names_rows_and_shows_what_is_wrong(spark: SparkSession) -> None:
    """Times are shown in UTC, wherever the job runs."""
    rows = [raw_row(1), raw_row(2, order_id="order-2", event_timestamp=LONG_AGO)]

    (found,) = validate(frame_of(spark, RAW, rows), as_delivered(RAW, rows=2)).failing

    assert found.sample == (
        {
            "order_id": "order-2",
            "landing_file": "landing/orders/a.gz",
            "landing_line": "2",
            "event_timestamp": "1999-12-31T23:59:59.999999+00:00",
        },
    )


def test_a_value_is_shown_without_control_characters_and_not_at_any_length(spark: SparkSession) -> None:
    """It is another's text, and it is shown in a terminal."""
    rows = [raw_row(1, order_id="\x1b[2J" + "x" * 200)]

    (found,) = validate(frame_of(spark, RAW, rows), as_delivered(RAW, rows=1)).failing

    assert found.sample[0]["order_id"] == r"\x1b[2J" + "x" * 93 + "…"


def test_of_many_wrong_rows_a_few_are_shown(spark: SparkSession) -> None:
    """All are counted."""
    rows = [raw_row(line, database_operation="d") for line in range(1, 101)]

    (found,) = validate(frame_of(spark, RAW, rows), as_delivered(RAW, rows=100)).failing

    assert (found.broken_by, len(found.sample)) == (100, SAMPLED)


@pytest.mark.parametrize("rows", [2, 4])
def test_rows_more_or_fewer_than_the_ledger_says_fail(spark: SparkSession, rows: int) -> None:
    """A file that is there twice, or one that is lost."""
    frame = frame_of(spark, RAW, [raw_row(1), raw_row(2), raw_row(3)])

    (found,) = validate(frame, as_delivered(RAW, rows=rows)).failing

    assert (found.expectation.says, found.observed) == (f"there are {rows} rows", "3")


def test_an_order_that_is_there_twice_fails(spark: SparkSession) -> None:
    """Both rows are counted."""
    rows = [state_row(), state_row(user_id="another"), state_row(order_id="order-2")]

    verdict = validate(frame_of(spark, PROCESSED, rows), one_row_each(PROCESSED))

    assert failing(verdict) == [("order_id: is there once", 2)]
    assert verdict.failing[0].sample == ({"order_id": "order-1"},) * 2


def test_an_order_that_was_ordered_after_its_newest_event_fails(spark: SparkSession) -> None:
    """At the same time is right: it has one event."""
    event, later = datetime(2024, 11, 20, 10, tzinfo=UTC), datetime(2024, 11, 20, 10, 0, 0, 1, UTC)
    rows = [state_row(order_id="order-2", ordered_at=event), state_row(ordered_at=later)]

    (found,) = validate(frame_of(spark, PROCESSED, rows), one_row_each(PROCESSED)).failing

    assert found.expectation.says == "ordered_at is not later than event_timestamp"
    assert found.sample == (
        {
            "order_id": "order-1",
            "event_timestamp": "2024-11-20T10:00:00+00:00",
            "ordered_at": "2024-11-20T10:00:00.000001+00:00",
        },
    )


@pytest.mark.parametrize(
    ("change", "says", "observed"),
    [
        (lambda frame: frame.drop("amount"), "amount: is decimal(12,2)", "missing"),
        (
            lambda frame: frame.withColumn("amount", F.col("amount").cast("decimal(12,3)")),
            "amount: is decimal(12,2)",
            "decimal(12,3)",
        ),
        (
            lambda frame: frame.withColumn("event_timestamp", F.col("event_timestamp").cast("string")),
            "event_timestamp: is timestamp",
            "string",
        ),
    ],
    ids=["without a column", "a decimal of other digits", "a text for a time"],
)
def test_other_columns_fail_and_no_row_is_looked_at(
    spark: SparkSession, change: Change, says: str, observed: str
) -> None:
    """What a row should be cannot be asked of other columns."""
    frame, suite = change(frame_of(spark, RAW, [raw_row()])), as_delivered(RAW, rows=1)

    verdict = validate(frame, suite)

    last = verdict.failing[-1]
    assert (f"{last.expectation.column}: {last.expectation.says}", last.observed) == (says, observed)
    assert verdict.not_looked_at == suite.of_rows


@pytest.mark.parametrize(
    "change",
    [lambda frame: frame.withColumn("more", F.lit(1)), lambda frame: frame.select(*reversed(frame.columns))],
    ids=["a column more", "another order"],
)
def test_columns_are_expected_in_their_order_and_no_others(spark: SparkSession, change: Change) -> None:
    """Files of another version of the job."""
    verdict = validate(change(frame_of(spark, RAW, [raw_row()])), as_delivered(RAW, rows=1))

    assert [one.expectation.kind for one in verdict.failing] == ["expect_table_columns_to_match_ordered_list"]


def test_a_frame_that_cannot_be_computed_is_no_verdict(spark: SparkSession) -> None:
    """The data is not wrong, it is not there: the error says what Spark says."""
    raises = F.raise_error(F.lit("no such block")).cast("string")
    frame = frame_of(spark, RAW, [raw_row()]).withColumn("order_id", raises)

    with pytest.raises(SourceError, match=r"raw_orders cannot be validated: .*no such block"):
        validate(frame, as_delivered(RAW, rows=1))


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "order_id": st.sampled_from(
        [None, "", "order-1", "order-2", "a b", "é", "x\n", "\x85", "o\u2028", "x" * 65]
    ),
    "amount": st.sampled_from([None, Decimal("-0.01"), Decimal("0.00"), Decimal("9999999999.99")]),
    "database_operation": st.sampled_from([None, "i", "u", "I", "iu", ""]),
    "payment_method": st.sampled_from([None, "pix", "paypal", "PIX"]),
    "event_timestamp": st.sampled_from([None, LONG_AGO, EARLIEST, datetime(2024, 11, 20, tzinfo=UTC)]),
    "ordered_at": st.sampled_from([None, LONG_AGO, EARLIEST, datetime(2024, 11, 21, tzinfo=UTC)]),
}
STATES = st.fixed_dictionaries(VALUES).map(lambda changes: state_row(**changes))


@settings(max_examples=3)  # of many rows each: every expectation that fails costs two more passes
@given(rows=st.lists(STATES, min_size=50, max_size=80))
def test_of_any_rows_as_many_break_a_rule_as_plain_python_says(
    spark: SparkSession, rows: list[dict[str, Any]]
) -> None:
    """Great Expectations, Spark and Java's patterns agree with the contract as Python reads it."""
    verdict = validate(frame_of(spark, PROCESSED, rows), one_row_each(PROCESSED))

    found = {
        (rule, one.expectation.column or "ordered_at"): one.broken_by
        for one in verdict.failing
        for end, rule in RULES.items()
        if one.expectation.kind.endswith(end)
    }
    assert found == broken(PROCESSED, rows)
