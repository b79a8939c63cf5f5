"""Decoded rows of the mobile event, and the windows made of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from glue_jobs.contracts.contract import Aggregate
from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.decode import decoded_schema
from glue_jobs.core.windows import TABLE, Windows

TWO_MINUTES = timedelta(minutes=2)
WINDOWS = Windows(EVENT, AGGREGATES, TWO_MINUTES)
ROWS = arrow_schema(decoded_schema(EVENT, WINDOWS.columns))
CLEAN = {
    "operator": "Movistar",
    "postal_code": "080193",
    "provider": "gps",
    "status": 0,
    "description": "STATE_IN_SERVICE",
    "signal": 12,
    "precission": 11.5,
    "satellites": 4,
}


def at(minute: int, second: int = 0, microsecond: int = 0) -> datetime:
    """A time of the tests' hour."""
    return datetime(2026, 3, 1, 7, minute, second, microsecond, tzinfo=UTC)


def row(event_time: datetime, **changes: Any) -> dict[str, Any]:
    """A clean decoded row with some values changed."""
    return {"event_time": event_time, **CLEAN, **changes}


def partials(rows: Sequence[dict[str, Any]], chunk: int = 2) -> pa.Table:
    """The partial rows of all tables, each combined from `chunk` rows at most."""
    chunks = [rows[first : first + chunk] for first in range(0, len(rows), chunk)]
    combined = [WINDOWS.combine(pa.Table.from_pylist(list(some), ROWS)) for some in chunks]
    return pa.concat_tables(combined) if combined else arrow_schema(WINDOWS.partial_schema).empty_table()


def windows(
    spark: SparkSession, rows: Sequence[dict[str, Any]], aggregate: Aggregate, chunk: int = 2
) -> DataFrame:
    """The rows of one aggregate's table, made with those of all others."""
    parts = [tuple(part.values()) for part in partials(rows, chunk).to_pylist()]
    merged = WINDOWS.merge(spark.createDataFrame(parts, WINDOWS.partial_schema))
    return merged.where(f"{TABLE} = '{aggregate.table.name}'").select(*aggregate.table.schema.names)
