"""What must hold of a table's rows before the next one is made of them, worked out of the table's contract.

A suite is data: the names are those of Great Expectations, with what they mean in plain words beside. It is
worked out anew by each run, so it follows the contract, and there is no copy that could be another.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql.types import StructField

from glue_jobs.contracts.contract import TableContract


@dataclass(frozen=True)
class Expectation:
    """One thing that holds: its name and arguments as Great Expectations has them, and what that says."""

    kind: str
    says: str
    column: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Suite:
    """All that holds of one frame. Rows are looked at only where the columns are as expected.

    `named_by` are the columns that tell a person which row it is.
    """

    name: str
    of_columns: tuple[Expectation, ...]
    of_rows: tuple[Expectation, ...]
    named_by: tuple[str, ...]


def as_delivered(table: TableContract, rows: int) -> Suite:
    """Of a table that may hold the same event twice: its fields are right, and there are just so many rows.

    `rows` is what the ledger says was written. A row that is there twice or missing is found by that.
    """
    count = Expectation("expect_table_row_count_to_equal", f"there are {rows:,} rows", None, {"value": rows})
    return _suite(table, count)


def one_row_each(table: TableContract) -> Suite:
    """Of a table with one row for each value of its key, which is a single column.

    Raises:
        ValueError: the key has several columns.
    """
    if len(table.key) != 1:
        raise ValueError(f"{table.name}: got the key {', '.join(table.key)}; give a table whose key is one")
    return _suite(table, Expectation("expect_column_values_to_be_unique", "is there once", table.key[0]))


def _suite(table: TableContract, of_all: Expectation) -> Suite:
    of_fields = (one for column in table.schema for one in _of_field(column))
    subject = table.schema[0].name  # what the row is about
    named_by = tuple(dict.fromkeys([subject, *table.key]))
    return Suite(table.name, tuple(_of_columns(table)), (of_all, *of_fields), named_by)


def _of_columns(table: TableContract) -> Iterator[Expectation]:
    names = table.schema.fieldNames()
    says = f"the columns are {', '.join(names)}"
    yield Expectation("expect_table_columns_to_match_ordered_list", says, None, {"column_list": names})
    for column in table.schema:
        kind = column.dataType.simpleString()
        yield Expectation("expect_column_spark_type_to_be", f"is {kind}", column.name, {"spark_type": kind})


def _of_field(column: StructField) -> Iterator[Expectation]:
    """What the contract says of the values in one column; null is a value only to the first of them."""
    rules, name = column.metadata, column.name
    if not column.nullable:
        yield Expectation("expect_column_values_to_not_be_null", "is never null", name)
    if "allowed" in rules:
        allowed = list(rules["allowed"])
        says = f"is one of {', '.join(map(str, allowed))}"
        yield Expectation("expect_column_values_to_be_in_set", says, name, {"value_set": allowed})
    if "unknown" in rules:
        says = f"is not {rules['unknown']}, which stands for unknown and is null here"
        sentinel = {"value_set": [rules["unknown"]]}
        yield Expectation("expect_column_values_to_not_be_in_set", says, name, sentinel)
    if "pattern" in rules:
        says = f"all of it matches {rules['pattern']}"
        whole = {"regex": _whole_text(rules["pattern"])}
        yield Expectation("expect_column_values_to_match_regex", says, name, whole)
    if {"minimum", "maximum"} & rules.keys():
        bounds = {f"{end[:3]}_value": rules[end] for end in ("minimum", "maximum") if end in rules}
        yield Expectation("expect_column_values_to_be_between", _between(rules), name, bounds)
    if "not_after" in rules:
        later = rules["not_after"]
        pair = {"column_A": later, "column_B": name, "or_equal": True}
        says = f"{name} is not later than {later}"
        yield Expectation("expect_column_pair_values_a_to_be_greater_than_b", says, None, pair)


def _whole_text(pattern: str) -> str:
    r"""The pattern for Java, which looks for it anywhere, and takes more than `\n` for the end of a line."""
    return rf"(?d)\A(?:{pattern})\z"


def _between(rules: Mapping[str, Any]) -> str:
    words = {"minimum": "at least", "maximum": "at most"}
    return "is " + " and ".join(f"{words[end]} {rules[end]}" for end in words if end in rules)
