"""What is expected of a table follows from its contract."""

import subprocess
import sys
from dataclasses import replace

import pytest
from pyspark.sql.types import IntegerType, StringType, StructType

from glue_jobs.contracts.contract import TableContract, described
from glue_jobs.contracts.orders import PROCESSED, RAW
from glue_jobs.core.expectations import Expectation, Suite, as_delivered, one_row_each

SMALL = TableContract(
    name="small",
    database="any",
    path="raw/small",
    description="A table.",
    grain="one row for each id",
    key=("id",),
    schema=StructType(
        [
            described("id", StringType(), "identifies it", nullable=False, pattern="[a-z]+"),
            described("age", IntegerType(), "in years", minimum=0, maximum=150, unknown=-1),
        ]
    ),
    partitions=StructType([]),
)


def told(suite: Suite) -> list[str]:
    """All that a suite expects, as a person reads it."""
    return [f"{one.column or 'the table'}: {one.says}" for one in (*suite.of_columns, *suite.of_rows)]


def test_a_suite_says_all_that_the_contract_says() -> None:
    """Columns in order, types, and each rule of each field."""
    assert told(as_delivered(SMALL, rows=1234)) == [
        "the table: the columns are id, age",
        "id: is string",
        "age: is int",
        "the table: there are 1,234 rows",
        "id: is never null",
        "id: all of it matches [a-z]+",
        "age: is not -1, which stands for unknown and is null here",
        "age: is at least 0 and at most 150",
    ]


def test_a_suite_follows_a_changed_contract() -> None:
    """Another rule is another expectation, without anything else to change."""
    schema = StructType([*SMALL.schema, described("kind", StringType(), "of what kind", allowed=["a", "b"])])

    changed = one_row_each(replace(SMALL, schema=schema))

    assert set(told(changed)) - set(told(one_row_each(SMALL))) == {
        "the table: the columns are id, age, kind",
        "kind: is string",
        "kind: is one of a, b",
    }


def test_a_table_with_one_row_for_each_key_has_each_key_once() -> None:
    """In place of the count, which no ledger knows of it."""
    unique = Expectation("expect_column_values_to_be_unique", "is there once", "order_id")

    assert unique in one_row_each(PROCESSED).of_rows
    assert "the table: there are 5 rows" in told(as_delivered(RAW, rows=5))


def test_ordered_at_is_not_later_than_the_newest_event() -> None:
    """The contract says so of the column that only the table has."""
    assert "the table: ordered_at is not later than event_timestamp" in told(one_row_each(PROCESSED))


def test_a_row_is_named_by_its_subject_and_its_key() -> None:
    """So that a person finds it."""
    assert as_delivered(RAW, rows=1).named_by == ("order_id", "landing_file", "landing_line")
    assert one_row_each(PROCESSED).named_by == ("order_id",)


def test_a_key_of_several_columns_is_refused() -> None:
    """Raw's is one; its rows are counted instead."""
    with pytest.raises(ValueError, match=r"raw_orders: got the key landing_file, landing_line"):
        one_row_each(RAW)


def test_two_suites_of_one_contract_are_equal() -> None:
    """Nothing in them hangs on when or where they are made."""
    assert one_row_each(PROCESSED) == one_row_each(PROCESSED)


def test_the_gate_imports_great_expectations_only_when_it_is_used() -> None:
    """It takes seconds, which a job that has nothing to do need not spend."""
    code = "import sys, glue_jobs.core.gate; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
