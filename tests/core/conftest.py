"""Glue's JVM stood in for, so that whole jobs run in the Spark of the tests."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import awsglue.utils  # before its neighbours are replaced: it keeps the real Job for its option parser
import pytest
from pyspark import SparkContext
from pyspark.sql import DataFrame, SparkSession

from tests.core.buckets import new_bucket
from tests.core.hours_lake import HoursLake, glue_client
from tests.core.sample_query import SampleQuery

assert awsglue.utils.Job is not None

TEXT_COLUMN = "$json$data_infer_schema$_temporary$"
"""The only column of what Glue's Kinesis connector gives when it is asked to infer the schema."""


@dataclass
class Glue:
    """What lives in Glue's JVM: the Kinesis connector (over folders of lines), and the state of the run."""

    spark: SparkSession
    streams: dict[str, Path] = field(default_factory=dict)  # ARN → folder
    run: str = "not started"
    with_arrival: bool = False

    @property
    def spark_session(self) -> SparkSession:
        return self.spark

    @property
    def create_data_frame(self) -> "Glue":
        return self

    def from_options(self, connection_type: str, connection_options: dict[str, str]) -> DataFrame:
        """A streaming frame of the lines in the stream's folder, a file at a time."""
        assert connection_type == connection_options["typeOfData"] == "kinesis"
        assert (connection_options["classification"], connection_options["inferSchema"]) == ("json", "true")
        folder = self.streams[connection_options["streamARN"]]
        lines = self.spark.readStream.format("text").option("maxFilesPerTrigger", 1).load(f"{folder}/*")
        text = lines.withColumnRenamed("value", TEXT_COLUMN)
        if not self.with_arrival:
            return text
        return text.selectExpr("*", "timestamp '2026-03-01 07:15:30' AS __src_timestamp")

    def context(self, spark_context: SparkContext) -> "Glue":
        """In place of the class `GlueContext`."""
        assert spark_context is self.spark.sparkContext
        return self

    def job(self, context: "Glue") -> "Glue":
        """In place of the class `Job`."""
        assert context is self
        return self

    def init(self, name: str, arguments: dict[str, Any]) -> None:
        assert arguments["JOB_NAME"] == name
        self.run = "running"

    def commit(self) -> None:
        assert self.run == "running"
        assert self.spark.streams.active == [], "committed while a query still runs"
        self.run = "committed"


@pytest.fixture
def glue(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Glue:
    """Glue's JVM, without a stream so far."""
    standing_in = Glue(spark)
    monkeypatch.setattr("awsglue.context.GlueContext", standing_in.context)
    monkeypatch.setattr("awsglue.job.Job", standing_in.job)
    return standing_in


Run: TypeAlias = Callable[..., None]


@pytest.fixture
def run_on_glue(glue: Glue) -> Run:
    """Runs the `main` of a job with arguments as Glue passes them."""

    def run(main: Callable[[Sequence[str]], None], **options: object) -> None:
        arguments = [text for name, value in options.items() for text in (f"--{name}", str(value))]
        main([sys.argv[0], "--JOB_NAME", "a_job", "--enable-metrics", "true", *arguments])

    return run


@pytest.fixture
def query(tmp_path: Path) -> SampleQuery:
    """What a query left on this machine."""
    made = SampleQuery((tmp_path / "query").as_uri())
    made.make()
    return made


@pytest.fixture(params=["file", "s3"])
def hours_lake(request: pytest.FixtureRequest, aws: str, tmp_path: Path) -> HoursLake:
    """An empty lake, on this machine and on S3, with an empty catalogue."""
    on_disk = (tmp_path / "a lake of hours").as_uri()
    return HoursLake(on_disk if request.param == "file" else f"s3://{new_bucket()}/a prefix", glue_client())
