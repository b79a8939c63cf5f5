"""The source `kinesis`: Glue's connector on Glue, this project's reader anywhere else."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from glue_jobs.core.errors import SourceError
from glue_jobs.core.options import StreamOptions, in_words
from glue_jobs.core.record_text import RecordText, texts_of
from glue_jobs.core.runtime import Runtime
from glue_jobs.core.sources.kinesis_stream import KinesisStream, kinesis_errors
from glue_jobs.core.sources.retention import records_lost
from glue_jobs.core.sources.source import Source, of_rows


def read_kinesis(runtime: Runtime, options: StreamOptions) -> Source:
    """The records of `options.stream_name`.

    Raises:
        SourceError: the stream is not there or cannot be reached.
    """
    if runtime.glue is not None:
        return of_rows(_from_glue(runtime, options))
    return _from_reader(runtime.spark, options)


def _from_reader(spark: SparkSession, options: StreamOptions) -> Source:
    try:
        from glue_jobs.core.sources.kinesis_reader import KinesisDataSource, read_planned
    except ImportError as error:
        raise SourceError("--source kinesis: outside Glue it needs Spark 4; use --source files") from error
    stream = str(options.stream_name)
    with kinesis_errors(stream):  # a wrong name or endpoint is told here, before Spark wraps it
        KinesisStream(stream, options.region, options.endpoint_url).shards()
    spark.dataSource.register(KinesisDataSource)
    given: dict[str, str | int | float | None] = {
        "stream_name": stream,
        "starting_position": options.starting_position,
        "max_records_per_trigger": options.max_records_per_trigger,
        "max_skew_seconds": options.watermark.total_seconds() / 2,
        "fail_on_data_loss": in_words(options.fail_on_data_loss),
        "region": options.region,
        "endpoint_url": options.endpoint_url,
        "until": _now() if options.run_mode == "available_now" else None,
    }
    known = {name: value for name, value in given.items() if value is not None}
    region, endpoint_url, accept_loss = options.region, options.endpoint_url, not options.fail_on_data_loss

    def texts(batches: Iterable[pa.RecordBatch]) -> Iterator[RecordText]:
        for batch in batches:
            for records in read_planned(batch, region, endpoint_url, accept_loss):
                yield from texts_of(records)

    return Source(spark.readStream.format("kinesis").options(**known).load(), texts)


def records_gone(
    stream: str, region: str | None, endpoint_url: str | None, offset: dict[str, Any]
) -> list[str]:
    """What the stream may no longer hold of the records after `offset`: a sentence for each shard, or none.

    Raises:
        SourceError: the stream is not there or cannot be reached.
    """
    with kinesis_errors(stream):
        reached = KinesisStream(stream, region, endpoint_url)
        lost = records_lost(reached, offset, reached.shards())
    return [f"{shard_id} {known}" for shard_id, known in lost.items()]


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _from_glue(runtime: Runtime, options: StreamOptions) -> DataFrame:
    """Records as Glue's connector gives them: the JSON text in its first column, unparsed.

    Asked to infer the schema, the connector leaves the text alone. Asked for a schema it would parse, and
    a record that does not fit would become nulls without a word. It shows neither shard nor sequence number;
    the arrival time comes in a column of its own where the connector knows `addRecordTimestamp`.
    """
    position = options.starting_position
    assert runtime.glue is not None
    frame: DataFrame = runtime.glue.create_data_frame.from_options(
        connection_type="kinesis",
        connection_options={
            "typeOfData": "kinesis",
            "streamARN": _stream_arn(options),
            "startingPosition": position if position in ("TRIM_HORIZON", "LATEST") else _glue_time(position),
            "classification": "json",
            "inferSchema": "true",
            "addRecordTimestamp": "true",
            "failOnDataLoss": in_words(options.fail_on_data_loss),
        },
    )
    columns = [F.col(f"`{frame.columns[0]}`").cast("binary").alias("data")]
    if "__src_timestamp" in frame.columns:
        columns.append(F.col("__src_timestamp").cast("timestamp").alias("arrival_time"))
    return frame.select(columns)


def _glue_time(position: str) -> str:
    """An ISO time in the form of Glue's documentation, `2023-04-04T08:00:00Z`."""
    return f"{datetime.fromisoformat(position):%Y-%m-%dT%H:%M:%SZ}"


def _stream_arn(options: StreamOptions) -> str:
    stream = str(options.stream_name)
    if stream.startswith("arn:"):
        return stream
    with kinesis_errors(stream):
        return str(KinesisStream(stream, options.region, options.endpoint_url).summary()["StreamARN"])
