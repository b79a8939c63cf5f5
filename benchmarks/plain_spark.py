"""What the engines that are plain Spark share: a session, the input, and events of the batches."""

import json
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery
from pyspark.sql.streaming.listener import StreamingQueryProgress
from pyspark.sql.types import StructType


def plain_session() -> SparkSession:
    """A session on all cores, in UTC, that keeps to this machine and to itself."""
    builder = SparkSession.builder.master("local[*]").config("spark.driver.host", "127.0.0.1")
    quiet = builder.config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
    return quiet.config("spark.sql.session.timeZone", "UTC").getOrCreate()


def read_events(spark: SparkSession, source: str, files_per_trigger: int, schema: StructType) -> DataFrame:
    """The fields of `schema` in the JSON lines of a folder, so many files in a batch."""
    lines = spark.readStream.option("maxFilesPerTrigger", files_per_trigger).text(source)
    return lines.select(F.from_json("value", schema).alias("event")).select("event.*")


def print_batches(query: StreamingQuery) -> None:
    """A line of JSON for each batch of a query that has ended."""
    for progress in query.recentProgress:
        print(json.dumps(_batch_event(query, progress)), flush=True)


def _batch_event(query: StreamingQuery, progress: StreamingQueryProgress) -> dict[str, Any]:
    """Like the events of the project's jobs, as far as the measurements need them."""
    return {
        "event": "batch",
        "job": query.name,
        "time": progress["timestamp"],
        "batch": progress["batchId"],
        "records_in": progress["numInputRows"],
        "duration_seconds": progress["durationMs"]["triggerExecution"] / 1000,
    }
