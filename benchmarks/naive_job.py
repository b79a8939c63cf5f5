"""The job as it is usually written, to measure against: three queries with Spark's defaults.

It reads JSON lines as text, parses them with `from_json`, takes the event time from the hour alone, and
runs one query for each aggregate, each reading everything for itself: 200 shuffle partitions, state on
files, Spark's Parquet sink, folders by hour and postal code. Nothing is checked and nothing kept.

    python -m benchmarks.naive_job SOURCE_FOLDER OUTPUT_FOLDER FILES_PER_TRIGGER [by_hour]

Folders by postal code make a file of nearly every row; `by_hour` leaves them out. When all is done, it prints
one line of JSON for each micro-batch of each query.
"""

import sys
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery
from pyspark.sql.types import DoubleType, StringType, StructField, StructType

from benchmarks.plain_spark import plain_session, print_batches, read_events

DAY = "2023-01-01"
"""Every event is taken for one of this day, whatever its own day was."""

_DOUBLES = ("lat", "long", "speed", "precission")
_FIELDS = (
    *("hour", "lat", "long", "signal", "network", "operator", "status", "description"),
    *("speed", "satellites", "precission", "provider", "activity", "postal_code"),
)
SCHEMA = StructType(
    [StructField(name, DoubleType() if name in _DOUBLES else StringType()) for name in _FIELDS]
)

TABLES = ("signal_strength_by_operator", "gps_precision_by_provider", "status_count")


def _aggregates() -> dict[str, tuple[list[str], dict[str, Column], list[str]]]:
    """Table → what it groups by, besides the window; what it measures; the folders of its files."""
    return {
        "signal_strength_by_operator": (
            ["postal_code", "operator", "partition_hour"],
            {"average_signal": F.avg("signal")},
            ["partition_hour", "postal_code"],
        ),
        "gps_precision_by_provider": (
            ["provider", "partition_hour"],
            {"average_precision": F.avg("precission"), "average_satellites": F.avg("satellites")},
            ["partition_hour", "provider"],
        ),
        "status_count": (
            ["postal_code", "status", "partition_hour"],
            {"status_count": F.count(F.lit(1))},
            ["partition_hour", "postal_code"],
        ),
    }


def main(source: str, output: str, files_per_trigger: int, folders: int) -> None:
    """Run the three queries over all that is in `source`, then print what each batch took.

    `folders` is how deep the folders of each table go.
    """
    spark = plain_session()
    events = _events(spark, source, files_per_trigger)
    queries = [_start(events, name, Path(output), folders) for name in TABLES]
    try:
        for query in queries:
            query.awaitTermination()
        for query in queries:
            print_batches(query)
    finally:
        spark.stop()


def _events(spark: SparkSession, source: str, files_per_trigger: int) -> DataFrame:
    fields = read_events(spark, source, files_per_trigger, SCHEMA)
    event_time = F.to_timestamp(F.concat(F.lit(f"{DAY} "), "hour"))
    timed = fields.withColumn("event_time", event_time)
    return timed.withColumn("partition_hour", F.date_format("event_time", "HH"))


def _start(events: DataFrame, name: str, output: Path, depth: int) -> StreamingQuery:
    keys, measures, folders = _aggregates()[name]
    windows = events.withWatermark("event_time", "10 minutes").groupBy(
        F.window("event_time", "2 minutes"), *keys
    )
    measured = [of.alias(column) for column, of in measures.items()]
    rows = windows.agg(*measured).select(
        F.col("window.start").alias("window_start"),
        F.col("window.end").alias("window_end"),
        *keys,
        *measures,
    )
    writer = rows.writeStream.queryName(name).outputMode("append").format("parquet")
    writer = (
        writer.partitionBy(*folders[:depth]).option("path", str(output / name)).trigger(availableNow=True)
    )
    return writer.option("checkpointLocation", str(output / "checkpoints" / name)).start()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), folders=1 if sys.argv[4:] == ["by_hour"] else 2)
