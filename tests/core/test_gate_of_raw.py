"""The gate over raw as the raw job leaves it, and after somebody has been at it."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from glue_jobs.batch.orders_raw import ORDERS
from glue_jobs.contracts.orders import RAW
from glue_jobs.core.data_docs import DataDocs
from glue_jobs.core.expectations import as_delivered
from glue_jobs.core.gate import GateRefused, let_through
from glue_jobs.core.landing.ledger import Ledger
from glue_jobs.core.storage import hadoop_path
from tests.landed_lake import NOON, LandedLake, lake_on_disk
from tests.order_events import order

Tamper: TypeAlias = Callable[[pa.Table], pa.Table]


@pytest.fixture
def lake(tmp_path: Path) -> LandedLake:
    """Raw holds three orders, in one file for each."""
    lake = lake_on_disk(tmp_path / "lake")
    for number in (1, 2, 3):
        lake.land(f"{number}.json", order(order_id=f"order-{number}"))
        lake.take()
    return lake


def look(spark: SparkSession, lake: LandedLake) -> None:
    """What the job does that reads raw: files and their rows as the ledger names them."""
    files = [file for run in Ledger(lake.storage, ORDERS.ledger).done_after(0) for file in run.raw]
    raw = spark.read.parquet(*(hadoop_path(f"{lake.uri}/{file.path}") for file in files))
    suite = as_delivered(RAW, rows=sum(file.rows for file in files))
    let_through(raw, suite, DataDocs(lake.storage, "orders", lambda: NOON))


def with_operation(rows: pa.Table, operation: str | None) -> pa.Table:
    """The rows with another operation."""
    at = rows.schema.get_field_index("database_operation")
    return rows.set_column(at, rows.schema.field(at).with_nullable(True), pa.array([operation], pa.string()))


def test_raw_as_the_job_leaves_it_gets_through(spark: SparkSession, lake: LandedLake) -> None:
    """Types, order of columns and rows are those of the contract."""
    look(spark, lake)


@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        (
            lambda rows: with_operation(rows, "d"),
            r"is one of i, u\), broken by 1 row: order_id order-1, .* d;",
        ),
        (lambda rows: with_operation(rows, None), r"database_operation: is never null\), broken by 1 row"),
        (lambda rows: pa.concat_tables([rows, rows]), r"there are 3 rows\), got 4;"),
        (lambda rows: rows.slice(1), r"there are 3 rows\), got 2;"),
        (
            lambda rows: rows.set_column(
                4, "amount", pc.cast(rows["amount"], pa.decimal128(12, 1), safe=False)
            ),
            r"amount: is decimal\(12,2\)\), got decimal\(12,1\);",
        ),
        (
            lambda rows: rows.append_column("more", pa.array(["1"])),
            r"the columns are .*, got order_id, .*, landing_line, more;",
        ),
    ],
    ids=["an unknown operation", "a null", "a row twice", "a row lost", "another type", "a column more"],
)
def test_raw_that_somebody_has_been_at_is_refused(
    spark: SparkSession, lake: LandedLake, tamper: Tamper, says: str
) -> None:
    """The first file is another than the one that the ledger knows."""
    path = Path(lake.uri.removeprefix("file://"), lake.files(RAW)[0])
    pq.write_table(tamper(pq.ParquetFile(path).read()), path)

    with pytest.raises(GateRefused, match=says):
        look(spark, lake)
