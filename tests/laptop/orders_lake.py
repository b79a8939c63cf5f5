"""A lake of a few orders, in an Iceberg table that was changed, with views over it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspark.sql import SparkSession

from glue_jobs.contracts.orders import DATABASE, PROCESSED, RAW, VIEWS
from glue_jobs.core.catalog_views import ensure_view
from glue_jobs.core.iceberg_table import ensure_iceberg_table, spark_name
from laptop.athena import QueryResult, run_query
from tests.conftest import IcebergLake, iceberg_lake_at

ORDERS = [
    ("o1", "u1", "p1", "i", "10.00", "pix", "2026-01-31 23:59:59", "2026-01-31 23:59:59"),
    ("o2", "u1", "p2", "i", "20.50", "boleto", "2026-02-01 00:00:00", "2026-02-01 00:00:00"),
    ("o3", "u2", "p1", "i", "5.25", "pix", "2026-02-01 08:00:00", "2026-02-01 08:00:00"),
    ("o4", "u2", "p1", "i", "1.00", "pix", "2026-02-01 09:00:00", "2026-02-01 09:00:00"),
]


@contextmanager
def orders_lake(spark: SparkSession, endpoint_url: str, folder: Path) -> Iterator[IcebergLake]:
    """Four orders; then o3 is changed and o4 deleted, which leaves files of deletes beside those of rows."""
    with iceberg_lake_at(spark, endpoint_url, folder) as made:
        ensure_iceberg_table(made.spark, PROCESSED, made.uri)
        name = spark_name(PROCESSED)
        values = ", ".join(
            f"('{order}', '{user}', '{product}', '{operation}', {amount}, '{method}', TIMESTAMP '{changed}', "
            f"TIMESTAMP '{ordered}')"
            for order, user, product, operation, amount, method, changed, ordered in ORDERS
        )
        made.spark.sql(f"INSERT INTO {name} SELECT /*+ COALESCE(1) */ * FROM VALUES {values}")
        made.spark.sql(f"UPDATE {name} SET amount = 6.25, database_operation = 'u' WHERE order_id = 'o3'")
        made.spark.sql(f"DELETE FROM {name} WHERE order_id = 'o4'")
        made.catalog.ensure_table(RAW)
        for view in VIEWS:
            ensure_view(made.catalog, view)
        yield made


def ask(lake: IcebergLake, sql: str) -> QueryResult:
    """The answer of a query."""
    return run_query(sql, DATABASE, lake.catalog.client)
