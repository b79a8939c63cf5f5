"""Iceberg tables made from their contracts, and stamps: what a job says of what it commits.

A stamp stands in the summary of a snapshot, so it comes and goes with the rows: a table that is dropped, or
rolled back to an older snapshot, knows no later stamp.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.catalog import glue_columns
from glue_jobs.core.errors import CatalogError
from glue_jobs.core.first_cause import first_cause
from glue_jobs.core.iceberg import CATALOG
from glue_jobs.core.storage import hadoop_path

_NEW = {
    # A change writes the new rows, and beside them which old ones are gone; readers put the two together.
    **{f"write.{change}.mode": "merge-on-read" for change in ("delete", "update", "merge")},
    "format-version": "2",  # Athena reads no later one
    "write.parquet.compression-codec": "snappy",
    "write.metadata.delete-after-commit.enabled": "true",  # each names all snapshots
    "write.metadata.previous-versions-max": "20",
}

_CONFLICTS = ("CommitFailedException", "ValidationException", "rewrite commits failed")

_STAMP = "sluice."
_OF_NEXT_COMMITS = "spark.sql.iceberg.snapshot-property."
"""Where Iceberg looks for what shall stand in the summary of the snapshots that a session commits."""


def spark_name(table: TableContract) -> str:
    """What Spark's SQL calls an Iceberg table: `lake.orders.processed_orders`."""
    return f"{CATALOG}.{table.database}.{table.name}"


def ensure_iceberg_table(spark: SparkSession, table: TableContract, lake_uri: str) -> None:
    """Create the database and the table unless they are there; `use_catalog` comes before.

    A new table is of format 2 and Snappy, merges changes on read, and its old metadata go by themselves.

    Raises:
        CatalogError: the catalogue refuses; or the table that is there has other columns or partitions, or
            lies elsewhere.
    """
    with refused(table):
        spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {CATALOG}.{table.database}")
        spark.sql(_create(table, lake_uri))
    _refuse_another(spark, table, lake_uri)


def _create(table: TableContract, lake_uri: str) -> str:
    columns = ", ".join(
        f"`{column.name}` {column.dataType.simpleString()}{'' if column.nullable else ' NOT NULL'} "
        f"COMMENT {_quoted(described['Comment'])}"
        for column, described in zip(table.schema, glue_columns(table.schema), strict=True)
    )
    partitions = f"PARTITIONED BY ({', '.join(table.iceberg)})" if table.iceberg else ""
    told = ", ".join(f"{_quoted(name)} = {_quoted(value)}" for name, value in _NEW.items())
    return (
        f"CREATE TABLE IF NOT EXISTS {spark_name(table)} ({columns}) USING iceberg {partitions} "
        f"COMMENT {_quoted(table.description)} LOCATION {_quoted(_location(table, lake_uri))} "
        f"TBLPROPERTIES ({told})"
    )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _location(table: TableContract, lake_uri: str) -> str:
    return f"{hadoop_path(lake_uri)}/{table.path}"


def _refuse_another(spark: SparkSession, table: TableContract, lake_uri: str) -> None:
    found = load_iceberg_table(spark, table)
    with refused(table):
        shapes = {
            "columns": (_shape(table.schema), _shape(spark.table(spark_name(table)).schema)),
            "partitions": (", ".join(table.iceberg or ()), _partitions(spark, table)),
            "location": (_path(_location(table, lake_uri)), _path(found.location())),
        }
    for what, (wanted, there) in shapes.items():
        if wanted != there:
            raise CatalogError(
                f"table {table.database}.{table.name}: has the {what} {there or 'none'}, its contract says "
                f"{wanted or 'none'}; DROP TABLE it, then build it anew from raw"
            )


def _shape(schema: StructType) -> str:
    return ", ".join(
        f"{column.name} {column.dataType.simpleString()}{'' if column.nullable else ' not null'}"
        for column in schema
    )


def _partitions(spark: SparkSession, table: TableContract) -> str:
    statement: str = spark.sql(f"SHOW CREATE TABLE {spark_name(table)}").first()[0]  # type: ignore[index]
    found = re.search(r"^PARTITIONED BY \((.*)\)$", statement, re.MULTILINE)
    return found[1] if found else ""


def _path(location: str) -> str:
    """A location without the ways to write it: Spark makes `file:/x` of `file:///x`."""
    return re.sub("^file:/+", "file:///", location.rstrip("/"))


def stamped(spark: SparkSession, stamp: Mapping[str, str]) -> AbstractContextManager[None]:
    """Let each snapshot that the block commits from this session and thread bear `stamp`, keys and texts."""
    named = {f"{_STAMP}{key}": value for key, value in stamp.items()}
    older = spark.version.startswith("3.")
    return stamped_by_thread(spark, named) if older else _stamped_by_session(spark, named)


@contextmanager
def _stamped_by_session(spark: SparkSession, named: Mapping[str, str]) -> Iterator[None]:
    for name, value in named.items():
        spark.conf.set(f"{_OF_NEXT_COMMITS}{name}", value)
    try:
        yield
    finally:
        for name in named:
            spark.conf.unset(f"{_OF_NEXT_COMMITS}{name}")


@contextmanager
def stamped_by_thread(spark: SparkSession, named: Mapping[str, str]) -> Iterator[None]:
    """The same for the Iceberg of Spark 3.5 (1.10), which reads no such setting.

    It keeps what a thread's commits shall bear in a private field, behind a method that wants the work as a
    callable of Java. Each thread of Python has one of its own in the JVM.
    """
    java: Any = spark.sparkContext._jvm.java  # type: ignore[union-attr]
    loader = java.lang.Thread.currentThread().getContextClassLoader()
    kept = java.lang.Class.forName("org.apache.iceberg.spark.CommitMetadata", True, loader)
    field = kept.getDeclaredField("COMMIT_PROPERTIES")
    field.setAccessible(True)
    of_thread, properties = field.get(None), java.util.HashMap()
    for name, value in named.items():
        properties.put(name, value)
    of_thread.set(properties)
    try:
        yield
    finally:
        of_thread.remove()


def newest_stamp(spark: SparkSession, table: TableContract, key: str) -> str | None:
    """The value that was last stamped under `key` on the way to the table as it stands; None where none was.

    Also None where the snapshot that bears it has been expired: whoever takes None for "nothing yet" must be
    able to do all of it again.

    Raises:
        CatalogError: there is no such table, or the catalogue refuses.
    """
    snapshot = newest_stamped(load_iceberg_table(spark, table), key)
    return None if snapshot is None else str(snapshot.summary()[f"{_STAMP}{key}"])


def newest_stamped(loaded: Any, key: str | None = None) -> Any | None:
    """The newest snapshot under `key`, or under any key, among the current one and those before it."""
    snapshot = loaded.currentSnapshot()
    while snapshot is not None:
        keys = [str(found) for found in snapshot.summary()]
        if any(found == f"{_STAMP}{key}" if key else found.startswith(_STAMP) for found in keys):
            return snapshot
        parent = snapshot.parentId()
        snapshot = None if parent is None else loaded.snapshot(parent)
    return None


def load_iceberg_table(spark: SparkSession, table: TableContract) -> Any:
    """The table as Iceberg's own library sees it, through py4j, as it stands now.

    Raises:
        CatalogError: there is no such table, or the catalogue refuses.
    """
    with refused(table):
        jvm: Any = spark.sparkContext._jvm
        library = jvm.org.apache.iceberg.spark.Spark3Util
        loaded = library.loadIcebergTable(spark._jsparkSession, spark_name(table))
        loaded.refresh()
        return loaded


@contextmanager
def refused(table: TableContract) -> Iterator[None]:
    """Turns what Spark and Iceberg raise inside the block into one `CatalogError` that names the table."""
    try:
        yield
    except (Py4JJavaError, PySparkException) as error:
        raise CatalogError(f"table {table.database}.{table.name}: {first_cause(str(error))}") from error


def changed_meanwhile(error: CatalogError) -> bool:
    """Whether a commit was refused because another came first: the same again may go well."""
    return any(word in str(error) for word in _CONFLICTS)
