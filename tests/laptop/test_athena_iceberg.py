"""Athena's SQL over Iceberg tables, their past, and views over them: rows in, rows out."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from glue_jobs.contracts.orders import DATABASE, PROCESSED
from glue_jobs.core.catalog import glue_columns
from glue_jobs.core.errors import SluiceError
from tests.conftest import IcebergLake
from tests.laptop.orders_lake import ask, orders_lake


@pytest.fixture(scope="module")
def lake(
    spark: SparkSession, moto_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[IcebergLake]:
    """The orders of `orders_lake`."""
    with orders_lake(spark, moto_url, tmp_path_factory.mktemp("with a blank")) as made:
        yield made


def snapshots(lake: IcebergLake) -> list[tuple[int, datetime]]:
    """The number and time of each, oldest first."""
    return [
        (row[0], row[1])
        for row in ask(
            lake, 'SELECT snapshot_id, committed_at FROM "processed_orders$snapshots" ORDER BY 2'
        ).rows
    ]


def test_deleted_rows_are_not_there_and_changed_ones_are_as_they_are(lake: IcebergLake) -> None:
    """The files of the old rows still hold them."""
    rows = ask(lake, "SELECT order_id, amount, database_operation FROM processed_orders ORDER BY 1").rows
    assert rows == [
        ("o1", Decimal("10.00"), "i"),
        ("o2", Decimal("20.50"), "i"),
        ("o3", Decimal("6.25"), "u"),
    ]


def test_every_column_has_the_type_that_athena_gives_it(lake: IcebergLake) -> None:
    """Times are times in UTC."""
    found = ask(lake, "SELECT * FROM processed_orders WHERE order_id = 'o1'")
    assert found.columns == PROCESSED.schema.fieldNames()
    zoned = "timestamp(3) with time zone"
    assert found.types == [*["varchar"] * 4, "decimal(12,2)", "varchar", zoned, zoned]
    assert found.rows[0][6].isoformat() == "2026-01-31T23:59:59+00:00"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT count(*) FROM processed_orders", [(3,)]),
        (
            "SELECT count(*) FROM orders.processed_orders o WHERE o.ordered_at < timestamp '2026-02-01'",
            [(1,)],
        ),
        (
            "SELECT a.order_id FROM processed_orders a JOIN processed_orders b USING (user_id) "
            "WHERE b.order_id = 'o2' ORDER BY 1",
            [("o1",), ("o2",)],
        ),
        ("WITH t AS (SELECT * FROM processed_orders) SELECT sum(amount) FROM t", [(Decimal("36.75"),)]),
        ("SELECT processed_orders.order_id FROM processed_orders ORDER BY amount LIMIT 1", [("o3",)]),
        (
            "SELECT count(*) FROM processed_orders p LEFT JOIN raw_orders r ON r.order_id = p.order_id "
            "WHERE r.amount IS NULL",
            [(3,)],
        ),
    ],
)
def test_sql_is_that_of_any_table(lake: IcebergLake, sql: str, expected: list[Any]) -> None:
    """Also together with tables of Parquet."""
    assert ask(lake, sql).rows == expected


def test_a_table_is_read_as_of_a_version(lake: IcebergLake) -> None:
    """Beside how it is now, in the same query."""
    (first, _), (second, _), _ = snapshots(lake)
    assert ask(lake, f"SELECT count(*) FROM processed_orders FOR VERSION AS OF {first}").rows == [(4,)]
    sql = f"""SELECT old.order_id, old.amount, new.amount
    FROM processed_orders FOR VERSION AS OF {first} AS old
    JOIN processed_orders FOR VERSION AS OF {second} AS new ON old.order_id = new.order_id
    WHERE old.amount <> new.amount"""
    assert ask(lake, sql).rows == [("o3", Decimal("5.25"), Decimal("6.25"))]


def test_a_table_is_read_as_of_a_time(lake: IcebergLake) -> None:
    """As it stood then: what was committed at that very moment counts."""
    (_, first), (_, second), _ = snapshots(lake)
    counted = "SELECT count(*), min(processed_orders.amount) FROM processed_orders FOR TIMESTAMP AS OF"
    assert ask(lake, f"{counted} TIMESTAMP '{first.isoformat()}Z'").rows == [(4, Decimal("1.00"))]
    assert ask(lake, f"{counted} TIMESTAMP '{second.isoformat()}Z'").rows == [(4, Decimal("1.00"))]
    assert ask(lake, f"{counted} (current_timestamp + interval '1' day)").rows == [(3, Decimal("6.25"))]


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        (
            "SELECT * FROM processed_orders FOR TIMESTAMP AS OF TIMESTAMP '2020-01-01 00:00:00 UTC'",
            r"processed_orders: has no snapshot as old as 2020-01-01T00:00:00\+00:00, the oldest is of 20..-",
        ),
        (
            "SELECT * FROM processed_orders FOR VERSION AS OF 5",
            r'has no snapshot 5; "processed_orders\$snapshots" l',
        ),
        ("SELECT * FROM processed_orders FOR VERSION AS OF 'x'", "FOR VERSION AS OF 'x': "),
        (
            "SELECT * FROM processed_orders FOR TIMESTAMP AS OF order_id",
            "give FOR TIMESTAMP AS OF a constant",
        ),
        ("SELECT * FROM raw_orders FOR VERSION AS OF 5", "orders.raw_orders: is no Iceberg table"),
        ("SELECT * FROM top_products FOR VERSION AS OF 5", "orders.top_products: is a view"),
        ('SELECT * FROM "raw_orders$snapshots"', "orders.raw_orders: is no Iceberg table"),
        (
            'SELECT * FROM "processed_orders$secrets"',
            r"processed_orders\$secrets: no such table; there are: \$files",
        ),
        ('SELECT * FROM "nothing$snapshots"', "unknown table 'nothing' in orders"),
        (
            "SHOW PARTITIONS processed_orders",
            "is an Iceberg table, of which the catalogue knows no partitions",
        ),
    ],
)
def test_what_cannot_be_asked_is_told(lake: IcebergLake, sql: str, told: str) -> None:
    """In one line."""
    with pytest.raises(SluiceError, match=told):
        ask(lake, sql)


@pytest.mark.parametrize(
    ("about", "rows"), [("snapshots", 3), ("history", 3), ("partitions", 2), ("refs", 1)]
)
def test_what_iceberg_knows_of_a_table_can_be_asked(lake: IcebergLake, about: str, rows: int) -> None:
    """As Athena names it."""
    assert ask(lake, f'SELECT count(*) FROM "processed_orders${about}"').rows == [(rows,)]


def test_tables_and_views_are_shown_and_described(lake: IcebergLake) -> None:
    """With the comments of the contract."""
    shown = ask(lake, "SHOW TABLES").rows
    assert shown == [
        ("processed_orders",),
        ("raw_orders",),
        ("revenue_by_day",),
        ("top_products",),
        ("update_rate",),
    ]
    described = ask(lake, "DESCRIBE processed_orders").rows
    assert described == [(one["Name"], one["Type"], one["Comment"]) for one in glue_columns(PROCESSED.schema)]


@pytest.fixture
def entry(lake: IcebergLake) -> Iterator[Any]:
    """What the catalogue knows of the table, under another name; for a test to change and register."""
    client = lake.catalog.client
    found: Any = client.get_table(DatabaseName=DATABASE, Name=PROCESSED.name)["Table"]
    another = {name: found[name] for name in ("TableType", "Parameters", "StorageDescriptor")}
    yield {**another, "Name": "another"}
    client.delete_table(DatabaseName=DATABASE, Name="another")


def test_a_table_of_a_lake_that_was_moved_is_refused(lake: IcebergLake, entry: Any, tmp_path: Path) -> None:
    """Its metadata name files of the place where it was made."""
    entry["StorageDescriptor"]["Location"] = f"{tmp_path.as_uri()}/processed/orders"
    lake.catalog.client.create_table(DatabaseName=DATABASE, TableInput=entry)
    with pytest.raises(
        SluiceError, match=r"orders\.another: lies at .*, but was made at .*: move the lake back"
    ):
        ask(lake, "SELECT * FROM another")


def test_a_missing_file_is_told(lake: IcebergLake, entry: Any, tmp_path: Path) -> None:
    """By the table's name, in one line."""
    entry["StorageDescriptor"]["Location"] = tmp_path.as_uri()
    entry["Parameters"]["metadata_location"] = f"{tmp_path.as_uri()}/gone.metadata.json"
    lake.catalog.client.create_table(DatabaseName=DATABASE, TableInput=entry)
    with pytest.raises(SluiceError, match=r"orders\.another: .*gone.metadata.json"):
        ask(lake, "SELECT * FROM another")


def test_a_table_elsewhere_is_not_read(lake: IcebergLake, entry: Any) -> None:
    """Whatever its metadata name: only files of this machine are opened."""
    entry["StorageDescriptor"]["Location"] = "s3://bucket/table"
    entry["Parameters"]["metadata_location"] = "s3://bucket/table/x.metadata.json"
    lake.catalog.client.create_table(DatabaseName=DATABASE, TableInput=entry)
    with pytest.raises(SluiceError, match=r"s3://bucket/table/x.metadata.json: only tables on this machine"):
        ask(lake, "SELECT * FROM another")
