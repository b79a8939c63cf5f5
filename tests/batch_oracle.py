"""What a batch run over the same records gives, and what a plain listing of a lake shows."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
from pyspark.sql import SparkSession

from glue_jobs.contracts.contract import Aggregate, TableContract
from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT, QUARANTINE, RAW
from glue_jobs.core.decode import Decoder, decoded_schema
from glue_jobs.core.windows import TABLE, aggregate_windows, event_columns
from tests.events import records

Rows = list[dict[str, Any]]


class RowTwice(AssertionError):
    """A key of a table stands in more than one row."""


def decoded(payloads: Sequence[bytes]) -> tuple[pa.Table, list[bytes]]:
    """The accepted rows of these records, and the payloads of the rejected ones."""
    result = Decoder(EVENT, event_columns(AGGREGATES)).decode(
        records(payloads, [None] * len(payloads), datetime.now(UTC))
    )
    return result.accepted, result.rejected["payload"].to_pylist()


def batch_tables(spark: SparkSession, accepted: pa.Table, closed_before: datetime) -> dict[str, Rows]:
    """The rows of every table from one batch aggregation; only windows that end by `closed_before`."""
    schema = decoded_schema(EVENT, event_columns(AGGREGATES))
    rows = spark.createDataFrame([tuple(row.values()) for row in accepted.to_pylist()], schema)
    columns = {aggregate.table.name: aggregate.table.schema.fieldNames() for aggregate in AGGREGATES}
    tables: dict[str, Rows] = {name: [] for name in columns}
    for row in aggregate_windows(rows, AGGREGATES, EVENT.window).toArrow().to_pylist():
        if row["window_end"] <= closed_before:
            tables[row[TABLE]].append({name: row[name] for name in columns[row[TABLE]]})
    return tables


def listed(lake: Path, table: TableContract) -> Rows:
    """The rows of every file that a plain listing shows; a file that is not whole Parquet raises."""
    files = sorted(
        str(file)
        for file in (lake / table.path).rglob("*")
        if file.is_file() and not any(part.startswith(("_", ".")) for part in file.relative_to(lake).parts)
    )
    return [row for file in files for row in ds.dataset(file, format="parquet").to_table().to_pylist()]


def in_order(rows: Rows) -> Rows:
    """The rows in an order that depends on nothing but them."""
    return sorted(rows, key=lambda row: [str(value) for value in row.values()])


def check_tables(spark: SparkSession, lake: Path, payloads: Sequence[bytes], *aggregates: Aggregate) -> None:
    """The tables hold what a batch run over `payloads` gives: equal rows, each key once.

    No payload may be late. Windows are closed that end by the last event's time less the watermark.
    """
    accepted = decoded(payloads)[0]
    expected = batch_tables(spark, accepted, max(accepted["event_time"].to_pylist()) - EVENT.watermark)
    for aggregate in aggregates:
        rows = listed(lake, aggregate.table)
        keys = Counter(tuple(row[name] for name in aggregate.table.key) for row in rows)
        twice = [key for key, count in keys.items() if count > 1]
        if twice:
            raise RowTwice(f"{aggregate.table.name}: {twice}")
        assert in_order(rows) == in_order(expected[aggregate.table.name])


def check_side_tables(lake: Path, payloads: Sequence[bytes]) -> None:
    """Raw holds every payload as often as it came, the quarantine every one that is rejected."""
    rejected = decoded(payloads)[1]
    assert Counter(row["data"] for row in listed(lake, RAW)) == Counter(payloads)
    assert Counter(row["payload"] for row in listed(lake, QUARANTINE)) == Counter(rejected)
