"""The source `kinesis`: Glue's connector on Glue, this project's reader anywhere else."""

from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from glue_jobs.contracts.records import RECORDS
from glue_jobs.core.errors import SourceError
from glue_jobs.core.options import StreamOptions
from glue_jobs.core.runtime import Runtime
from glue_jobs.core.sources.shards import kinesis_client, kinesis_errors, list_shards


def read_kinesis(runtime: Runtime, options: StreamOptions) -> DataFrame:
    """A stream of `RECORDS` from `options.stream_name`.

    Raises:
        SourceError: the stream is not there or cannot be reached.
    """
    if runtime.glue is not None:
        return _from_glue(runtime, options)
    return _from_reader(runtime.spark, options)


def _from_reader(spark: SparkSession, options: StreamOptions) -> DataFrame:
    try:
        from glue_jobs.core.sources.kinesis_reader import KinesisDataSource
    except ImportError as error:
        raise SourceError("--source kinesis: outside Glue it needs Spark 4; use --source files") from error
    stream = str(options.stream_name)
    with kinesis_errors(stream):  # a wrong name or endpoint is told here, before Spark wraps it
        list_shards(kinesis_client(options.region, options.endpoint_url), stream)
    spark.dataSource.register(KinesisDataSource)
    given: dict[str, str | int | float | None] = {
        "stream_name": stream,
        "starting_position": options.starting_position,
        "max_records_per_trigger": options.max_records_per_trigger,
        "max_skew_seconds": options.watermark.total_seconds() / 2,
        "region": options.region,
        "endpoint_url": options.endpoint_url,
        "until": _now() if options.run_mode == "available_now" else None,
    }
    known = {name: value for name, value in given.items() if value is not None}
    return spark.readStream.format("kinesis").options(**known).load()


def records_gone(
    stream: str, region: str | None, endpoint_url: str | None, offset: dict[str, Any]
) -> list[str]:
    """A sentence for each shard whose records after `offset` may be past retention, or that is gone."""
    with kinesis_errors(stream):
        listed = {shard["ShardId"] for shard in list_shards(kinesis_client(region, endpoint_url), stream)}
    return [
        f"stream {stream}: {shard_id} is gone"
        for shard_id, at in offset["shards"].items()
        if not at["ended"] and shard_id not in listed
    ]


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
            "failOnDataLoss": "true",
        },
    )
    arrival = F.col("__src_timestamp") if "__src_timestamp" in frame.columns else F.lit(None)
    return frame.select(
        F.col(f"`{frame.columns[0]}`").cast("binary").alias("data"),
        arrival.cast("timestamp").alias("arrival_time"),
        *(F.lit(None).cast(column.dataType).alias(column.name) for column in RECORDS.fields[2:]),
    )


def _glue_time(position: str) -> str:
    """An ISO time in the form of Glue's documentation, `2023-04-04T08:00:00Z`."""
    return f"{datetime.fromisoformat(position):%Y-%m-%dT%H:%M:%SZ}"


def _stream_arn(options: StreamOptions) -> str:
    stream = str(options.stream_name)
    if stream.startswith("arn:"):
        return stream
    with kinesis_errors(stream):
        client = kinesis_client(options.region, options.endpoint_url)
        summary = client.describe_stream_summary(StreamName=stream)
    return summary["StreamDescriptionSummary"]["StreamARN"]
