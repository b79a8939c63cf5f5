"""An Iceberg table is what its contract says, and knows what was stamped on the way to how it stands."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from chispa import assert_df_equality
from pyspark.sql.types import LongType, StringType, StructType, TimestampType

from glue_jobs.contracts.contract import TableContract, described
from glue_jobs.contracts.orders import PROCESSED
from glue_jobs.core.errors import CatalogError, SetupError
from glue_jobs.core.iceberg import session_settings, use_catalog
from glue_jobs.core.iceberg_table import (
    ensure_iceberg_table,
    newest_stamp,
    spark_name,
    stamped,
    stamped_by_thread,
)
from glue_jobs.core.runtime import Runtime
from tests.conftest import IcebergLake

TABLE = TableContract(
    name="things",
    database="shop",
    path="processed/things",
    description="It's a \\ test",
    grain="one row for each thing",
    key=("thing_id",),
    schema=StructType(
        [
            described("thing_id", StringType(), "what it's called", nullable=False),
            described("weight", LongType(), "how heavy", unit="kg"),
            described("made_at", TimestampType(), "when", nullable=False),
        ]
    ),
    partitions=StructType([]),
    iceberg=("months(made_at)",),
)
NAME = spark_name(TABLE)


def insert(lake: IcebergLake, *things: tuple[str, int | None]) -> None:
    """Add rows, made in January."""
    values = ", ".join(
        f"('{name}', {'NULL' if weight is None else weight}, TIMESTAMP '2026-01-05 00:00:00')"
        for name, weight in things
    )
    lake.spark.sql(f"INSERT INTO {NAME} VALUES {values}")


def merge(lake: IcebergLake, thing_id: str, weight: int) -> None:
    """Upsert a row."""
    lake.spark.sql(
        f"""MERGE INTO {NAME} t USING (SELECT '{thing_id}' AS thing_id, {weight}L AS weight,
        TIMESTAMP '2026-01-05 00:00:00' AS made_at) s ON t.thing_id = s.thing_id
        WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"""
    )


def test_a_table_is_made_as_its_contract_says(iceberg_lake: IcebergLake) -> None:
    """Columns with types, comments and what may be null; partitions; format 2; in the lake."""
    ensure_iceberg_table(iceberg_lake.spark, TABLE, iceberg_lake.uri)

    made = iceberg_lake.spark.sql(f"SHOW CREATE TABLE {NAME}").collect()[0][0]
    assert "thing_id STRING NOT NULL COMMENT 'what it\\'s called'" in made
    assert "weight BIGINT COMMENT 'how heavy [kg]'" in made
    assert "PARTITIONED BY (months(made_at))" in made
    assert "'format-version' = '2'" in made
    assert "'write.merge.mode' = 'merge-on-read'" in made
    assert "'write.parquet.compression-codec' = 'snappy'" in made
    assert "processed/things" in made


def test_rows_come_back_as_they_were_written(iceberg_lake: IcebergLake) -> None:
    """With the schema of the contract."""
    ensure_iceberg_table(iceberg_lake.spark, TABLE, iceberg_lake.uri)
    insert(iceberg_lake, ("a", 1), ("b", None))

    made_at = datetime(2026, 1, 5, tzinfo=UTC)
    expected = iceberg_lake.spark.createDataFrame([("a", 1, made_at), ("b", None, made_at)], TABLE.schema)
    assert_df_equality(iceberg_lake.spark.table(NAME), expected, ignore_row_order=True, ignore_metadata=True)


def test_a_table_that_is_there_stays_as_it_is(iceberg_lake: IcebergLake) -> None:
    """Rows and properties: those of ours are for a new one."""
    ensure_iceberg_table(iceberg_lake.spark, TABLE, iceberg_lake.uri)
    made = iceberg_lake.spark.sql(f"SHOW CREATE TABLE {NAME}").collect()[0][0]
    assert "'write.merge.mode' = 'merge-on-read'" in made

    insert(iceberg_lake, ("a", 1))
    iceberg_lake.spark.sql(f"ALTER TABLE {NAME} SET TBLPROPERTIES ('write.merge.mode' = 'copy-on-write')")
    ensure_iceberg_table(iceberg_lake.spark, TABLE, iceberg_lake.uri)

    assert iceberg_lake.spark.table(NAME).count() == 1
    kept = iceberg_lake.spark.sql(f"SHOW CREATE TABLE {NAME}").collect()[0][0]
    assert "'write.merge.mode' = 'copy-on-write'" in kept


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"schema": StructType([TABLE.schema[0], TABLE.schema[2]])},
            "has the columns thing_id string not null, weight bigint, made_at timestamp not null, "
            "its contract says thing_id string not null, made_at timestamp not null",
        ),
        (
            {"iceberg": ("days(made_at)",)},
            r"has the partitions months\(made_at\), its contract says days\(made_at\)",
        ),
        ({"path": "processed/others"}, "has the location file:.*/things, its contract says file:.*/others"),
    ],
)
def test_a_table_of_another_shape_is_refused(
    iceberg_lake: IcebergLake, change: dict[str, Any], told: str
) -> None:
    """With what differs: nothing is altered behind anybody's back."""
    ensure_iceberg_table(iceberg_lake.spark, TABLE, iceberg_lake.uri)

    with pytest.raises(CatalogError, match=f"table shop.things: {told}"):
        ensure_iceberg_table(iceberg_lake.spark, replace(TABLE, **change), iceberg_lake.uri)


def test_the_contract_of_processed_orders_makes_a_table(iceberg_lake: IcebergLake) -> None:
    """Twice the same."""
    ensure_iceberg_table(iceberg_lake.spark, PROCESSED, iceberg_lake.uri)
    ensure_iceberg_table(iceberg_lake.spark, PROCESSED, iceberg_lake.uri)

    assert iceberg_lake.spark.table(spark_name(PROCESSED)).columns == PROCESSED.schema.fieldNames()


def test_a_merge_bears_the_stamp_it_was_given(iceberg_lake: IcebergLake) -> None:
    """And nothing that is committed later does."""
    spark = iceberg_lake.spark
    ensure_iceberg_table(spark, TABLE, iceberg_lake.uri)
    before = newest_stamp(spark, TABLE, "raw_run")
    with stamped(spark, {"raw_run": "7"}):
        merge(iceberg_lake, "a", 1)
    merge(iceberg_lake, "a", 2)

    assert before is None
    assert newest_stamp(spark, TABLE, "raw_run") == "7"
    assert newest_stamp(spark, TABLE, "other") is None
    of_all = [
        row[0] for row in spark.sql(f"SELECT summary['sluice.raw_run'] FROM {NAME}.snapshots").collect()
    ]
    assert sorted(of_all, key=str) == ["7", None]


def test_a_merge_bears_the_stamp_of_its_thread(iceberg_lake: IcebergLake) -> None:
    """The way of Spark 3.5, which goes with this Iceberg, too."""
    spark = iceberg_lake.spark
    ensure_iceberg_table(spark, TABLE, iceberg_lake.uri)
    with stamped_by_thread(spark, {"sluice.raw_run": "7"}):
        merge(iceberg_lake, "a", 1)
    merge(iceberg_lake, "a", 2)

    of_all = [
        row[0] for row in spark.sql(f"SELECT summary['sluice.raw_run'] FROM {NAME}.snapshots").collect()
    ]
    assert sorted(of_all, key=str) == ["7", None]


def test_a_table_that_was_rolled_back_knows_no_later_stamp(iceberg_lake: IcebergLake) -> None:
    """The stamp belongs to the rows."""
    spark = iceberg_lake.spark
    ensure_iceberg_table(spark, TABLE, iceberg_lake.uri)
    for run in ("1", "2"):
        with stamped(spark, {"raw_run": run}):
            merge(iceberg_lake, "a", int(run))
    first = spark.sql(f"SELECT snapshot_id FROM {NAME}.snapshots ORDER BY committed_at").collect()[0][0]

    spark.sql(f"CALL lake.system.rollback_to_snapshot('shop.things', {first})").collect()

    assert newest_stamp(spark, TABLE, "raw_run") == "1"


def test_a_table_that_was_dropped_knows_no_stamp(iceberg_lake: IcebergLake) -> None:
    """Made anew it begins from nothing."""
    spark = iceberg_lake.spark
    ensure_iceberg_table(spark, TABLE, iceberg_lake.uri)
    with stamped(spark, {"raw_run": "1"}):
        merge(iceberg_lake, "a", 1)
    spark.sql(f"DROP TABLE {NAME}")
    ensure_iceberg_table(spark, TABLE, iceberg_lake.uri)

    assert newest_stamp(spark, TABLE, "raw_run") is None
    assert spark.table(NAME).count() == 0


def test_a_table_that_is_not_there_has_no_stamp_to_ask_for(iceberg_lake: IcebergLake) -> None:
    """It is an error of one line."""
    with pytest.raises(CatalogError, match=r"table shop\.things: .*shop.things"):
        newest_stamp(iceberg_lake.spark, TABLE, "raw_run")


def test_a_machine_without_the_jars_is_told_how_to_get_them(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before Spark starts."""
    monkeypatch.setattr("glue_jobs.core.iceberg.JARS", tmp_path / "iceberg-jars")
    with pytest.raises(SetupError, match="iceberg-jars: the jars of Iceberg are not there; `make iceberg`"):
        session_settings(["job"])


def test_on_glue_nothing_is_set_at_the_start() -> None:
    """Glue has the jars and takes static settings from the job's arguments."""
    assert session_settings(["job", "--JOB_NAME", "x"]) == {}


def test_a_spark_without_iceberg_is_refused(
    iceberg_lake: IcebergLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the arguments that the job lacks on Glue."""
    monkeypatch.setattr("glue_jobs.core.iceberg.EXTENSIONS", "org.apache.iceberg.Other")
    with pytest.raises(
        SetupError, match=re.escape("give the job --datalake-formats iceberg and --conf spark.sql.ext")
    ):
        use_catalog(Runtime(iceberg_lake.spark), iceberg_lake.catalog)
