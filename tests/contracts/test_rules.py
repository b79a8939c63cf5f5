"""What an event's field may be, and the rules of each type."""

from datetime import timedelta
from typing import Any

import pytest
from pyspark.sql.types import (
    BooleanType,
    DataType,
    DecimalType,
    DoubleType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from glue_jobs.contracts.contract import EventContract, described


def event_with(field: StructField) -> EventContract:
    """An event with this field beside its time."""
    time = described("at", TimestampType(), "time", nullable=False)
    return EventContract("visit", StructType([time, field]), "at", timedelta(minutes=2), timedelta(minutes=9))


@pytest.mark.parametrize(
    ("data_type", "rule", "value", "taken"),
    [
        (StringType(), "minimum", 1, "allowed, pattern, unknown"),
        (DoubleType(), "pattern", "x", "allowed, maximum, minimum, unknown"),
        (TimestampType(), "unknown", "never", "maximum, minimum"),
        (DoubleType(), "minimun", 1, "allowed, maximum, minimum, unknown"),
    ],
)
def test_a_rule_that_its_type_does_not_have_is_refused(
    data_type: DataType, rule: str, value: Any, taken: str
) -> None:
    """It would not be looked at; so would one with a slip of the pen."""
    with pytest.raises(ValueError, match="visit, field depth: got") as caught:
        event_with(described("depth", data_type, "a field", unit="m", **{rule: value}))
    kind = type(data_type).__name__
    assert str(caught.value) == f"visit, field depth: got the rule {rule!r}; a {kind} has the rules {taken}"


@pytest.mark.parametrize("data_type", [LongType(), BooleanType()])
def test_a_type_that_no_event_has_is_refused(data_type: DataType) -> None:
    """When the contract is written, not when the first record comes."""
    with pytest.raises(ValueError, match="visit, field depth: got") as caught:
        event_with(described("depth", data_type, "a field"))
    assert str(caught.value) == (
        f"visit, field depth: got {type(data_type).__name__}; "
        "give StringType, IntegerType, DoubleType, DecimalType or TimestampType"
    )


def test_a_decimal_of_more_digits_than_a_json_number_keeps_is_refused() -> None:
    """Fifteen come through a double whole; with one more some amounts would change."""
    event_with(described("depth", DecimalType(15, 2), "a field"))
    with pytest.raises(
        ValueError, match=r"^visit, field depth: got decimal\(16,2\); a JSON number is exact to"
    ):
        event_with(described("depth", DecimalType(16, 2), "a field"))
