"""Decoded rows of the mobile event, and the windows made of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from glue_jobs.contracts.contract import Aggregate
from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT
from glue_jobs.core.decode import decoded_schema
from glue_jobs.core.windows import TABLE, aggregate_windows, event_columns

SCHEMA = decoded_schema(EVENT, event_columns(AGGREGATES))
TWO_MINUTES = timedelta(minutes=2)
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


def windows(spark: SparkSession, rows: Sequence[dict[str, Any]], aggregate: Aggregate) -> DataFrame:
    """The rows of one aggregate's table, made with those of all others."""
    decoded = spark.createDataFrame([tuple(row[name] for name in SCHEMA.names) for row in rows], SCHEMA)
    found = aggregate_windows(decoded, AGGREGATES, TWO_MINUTES).where(f"{TABLE} = '{aggregate.table.name}'")
    return found.select(*aggregate.table.schema.names)
