"""This project's job as Glue runs it, where only what lives in Glue's JVM is stood in for.

    python -m benchmarks.job_on_glue SOURCE_FOLDER FILES_PER_TRIGGER --JOB_NAME … and what Glue would pass

The Python side of `awsglue` is the real one. The Kinesis connector is Spark's text stream over
SOURCE_FOLDER: raw JSON lines out of the JVM in a single column, as the connector gives them when it is
asked to infer the schema.
"""

import os
import sys
from dataclasses import dataclass
from typing import Any

import awsglue.context
import awsglue.job
import awsglue.utils  # before `Job` is replaced: it keeps the real one for its option parser
from pyspark.sql import DataFrame, SparkSession

from benchmarks.plain_spark import plain_session
from glue_jobs.streaming import mobile_coverage

assert awsglue.utils.Job is not None

_TEXT_COLUMN = "$json$data_infer_schema$_temporary$"


@dataclass(frozen=True)
class _Glue:
    """In place of `GlueContext`: the session, and a stream of the lines in a folder."""

    spark_session: SparkSession
    folder: str
    files_per_trigger: int

    @property
    def create_data_frame(self) -> "_Glue":
        return self

    def from_options(self, connection_type: str, connection_options: dict[str, str]) -> DataFrame:
        """What the connector gives that is asked to infer the schema."""
        assert connection_options["inferSchema"] == "true", connection_type
        stream = self.spark_session.readStream.format("text")
        lines = stream.option("maxFilesPerTrigger", self.files_per_trigger).load(self.folder)
        return lines.withColumnRenamed("value", _TEXT_COLUMN)


class _Job:
    """In place of `Job`, whose state is Glue's."""

    def __init__(self, context: _Glue) -> None:
        self._context = context

    def init(self, name: str, arguments: dict[str, Any]) -> None: ...

    def commit(self) -> None: ...


def main(folder: str, files_per_trigger: int, arguments: list[str]) -> None:
    """Run the job to its end."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    spark = plain_session()
    glue = _Glue(spark, folder, files_per_trigger)
    awsglue.context.GlueContext = lambda spark_context: glue
    awsglue.job.Job = _Job
    try:
        mobile_coverage.main([sys.argv[0], *arguments])
    finally:
        spark.stop()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
