"""Frames of orders, and what is wrong with their rows in plain Python."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeAlias

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructField, StructType

from glue_jobs.contracts.contract import TableContract
from glue_jobs.contracts.orders import LANDING, PROCESSED, RAW
from glue_jobs.core.judge import iso_timestamp
from tests.order_events import order_row

Broken: TypeAlias = Counter[tuple[str, str]]


def raw_row(line: int = 1, **changes: Any) -> dict[str, Any]:
    """A row of raw that landed on this line."""
    return order_row(**{"landing_file": f"{LANDING}/a.gz", "landing_line": line, **changes})


def state_row(**changes: Any) -> dict[str, Any]:
    """A row of the processed orders, ordered an hour before its newest event."""
    return order_row(**{"ordered_at": datetime(2024, 11, 20, 9, tzinfo=UTC), **changes})


def frame_of(spark: SparkSession, table: TableContract, rows: Iterable[dict[str, Any]]) -> DataFrame:
    """The rows with the table's columns, each of which may be null, as those of a file may."""
    loose = StructType([StructField(column.name, column.dataType) for column in table.schema])
    return spark.createDataFrame([tuple(row[name] for name in loose.names) for row in rows], loose)


def broken(table: TableContract, rows: Iterable[dict[str, Any]]) -> Broken:
    """How many rows break which rule of the contract in which column."""
    found = ((rule, column.name) for row in rows for column in table.schema for rule in _broken(column, row))
    return Counter(found)


def _broken(column: StructField, row: dict[str, Any]) -> list[str]:
    value, rules = row[column.name], column.metadata
    if value is None:
        return [] if column.nullable else ["null"]
    later = row.get(rules.get("not_after", ""))
    wrong = {
        "allowed": "allowed" in rules and value not in rules["allowed"],
        "unknown": "unknown" in rules and value == rules["unknown"],
        "pattern": "pattern" in rules and not re.fullmatch(rules["pattern"], value, re.ASCII),
        "range": not _within(value, rules),
        "not_after": later is not None and value > later,
    }
    return [rule for rule, it_is in wrong.items() if it_is]


def _within(value: Any, rules: dict[str, Any]) -> bool:
    ends = [
        iso_timestamp(end) if isinstance(end, str) else end for end in map(rules.get, ("minimum", "maximum"))
    ]
    return (ends[0] is None or value >= ends[0]) and (ends[1] is None or value <= ends[1])


assert list(raw_row()) == RAW.schema.names
assert list(state_row()) == PROCESSED.schema.names
