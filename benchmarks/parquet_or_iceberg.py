"""The same rows as plain Parquet of this suite and as an Iceberg table: written, queried, merged, changed.

    python -m benchmarks.parquet_or_iceberg --iceberg_jar iceberg-spark-runtime-4.1_2.13-1.11.0.jar

A stream writes `--batches` batches of status_count over four hours, with the job's sink and with Iceberg's
own (format 2, hours as partitions, a catalogue of folders). Then comes a query over two of the hours,
compaction of all four, the query again, one hour replaced, and one row in a hundred changed by its key. After
each step both have to answer the same. docs/decisions/0022 has the figures, and what follows from them.

Exit code 0: measured. 1: the answers differ.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession
from rich.console import Console

from benchmarks.lake_catalog import lake_catalog
from benchmarks.run_folder import run_folder
from benchmarks.side_by_side import BEGIN, SPAN, TABLE, SideBySide


def main(argv: list[str]) -> int:
    """Measure, print a table, and return the exit code (see the module)."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parquet_or_iceberg")
    parser.add_argument("--iceberg_jar", type=Path, required=True, help="Iceberg's runtime for this Spark")
    parser.add_argument("--keep", type=Path, default=Path("var/bench"), help="(default: %(default)s)")
    parser.add_argument("--batches", type=int, default=360, help="(default: %(default)s)")
    parser.add_argument("--rows", type=int, default=4000, help="of a batch (default: %(default)s)")
    options = parser.parse_args(argv)
    options.keep.mkdir(parents=True, exist_ok=True)
    with run_folder(options.keep.resolve()) as folder, _spark(options.iceberg_jar, folder) as spark:
        _write_input(folder / "in", options.batches, options.rows)
        lake_uri = f"{folder.as_uri()}/lake"
        with lake_catalog(lake_uri, [TABLE]) as catalog:
            side_by_side = SideBySide(spark, folder, lake_uri, catalog, options.batches)
            return side_by_side.run(Console(width=None if sys.stdout.isatty() else 120))


@contextmanager
def _spark(jar: Path, folder: Path) -> Iterator[SparkSession]:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings: dict[str, bool | float | int | str | None] = {
        "spark.jars": str(jar.resolve()),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "3g",
        "spark.ui.enabled": False,
        "spark.ui.showConsoleProgress": False,
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": 2,
        "spark.sql.streaming.numRecentProgressUpdates": 10_000,
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.catalog.ice": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.ice.type": "hadoop",
        "spark.sql.catalog.ice.warehouse": f"{folder.as_uri()}/ice",
    }
    spark = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    try:
        yield spark
    finally:
        spark.stop()


def _write_input(folder: Path, batches: int, rows: int) -> None:
    """A file for each batch, in order of their times."""
    folder.mkdir()
    for number in range(batches):
        moment = BEGIN + number * SPAN / batches
        start = moment - (moment - BEGIN) % timedelta(minutes=2)
        columns = {
            "table_name": pa.repeat(TABLE.name, rows),
            "window_start": pa.repeat(pa.scalar(start, pa.timestamp("us", "UTC")), rows),
            "window_end": pa.repeat(pa.scalar(start + timedelta(minutes=2), pa.timestamp("us", "UTC")), rows),
            "postal_code": [f"{number * rows + row:09d}" for row in range(rows)],
            "status": pa.array([row % 4 for row in range(rows)], pa.int32()),
            "description": [f"STATE_{row % 4}" for row in range(rows)],
            "status_count": pa.array([1 + row % 50 for row in range(rows)], pa.int64()),
        }
        path = folder / f"{number:05d}.parquet"
        pq.write_table(pa.table(columns), path)
        os.utime(path, (number, number))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
