"""The stream format `kinesis` for anywhere but Glue: a Python data source over boto3.

Needs Spark 4, which brought Python data sources; on Glue the source is the connector that Glue brings
(`sources.kinesis`). Spark calls the reader's planning side in one process of the driver. Its rows are ranges
of shards, one for each task; the records of a range are read where they are decoded (`read_planned`). What
the planner has read ahead lies in a spool folder for the tasks; after a restart, or on another machine, a
task reads its range from the stream again.
"""

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from pyspark.sql.datasource import DataSource, DataSourceStreamReader, InputPartition
from pyspark.sql.types import BooleanType, LongType, StringType, StructField, StructType

from glue_jobs.core.sources.kinesis_stream import KinesisStream
from glue_jobs.core.sources.planner import Limits, StreamPlanner
from glue_jobs.core.sources.shards import Offset, ShardRange, initial_offset, ranges, read_range
from glue_jobs.core.sources.spool import Spool, read_spool, record_batch

_CLOCKS_DIFFER = timedelta(seconds=5)
"""Kinesis refuses to begin at a time that is still to come by its own clock."""


PLANNED = StructType(
    [
        StructField("stream", StringType(), False),
        StructField("shard_id", StringType(), False),
        StructField("start", StringType(), False),
        StructField("after", StringType()),
        StructField("last", StringType(), False),
        StructField("count", LongType(), False),
        StructField("lost", BooleanType(), False),
        StructField("spooled", StringType(), False),
    ]
)
"""The fields of a `ShardRange`, and the path of the file that may already hold its records."""


class KinesisDataSource(DataSource):
    """The format's name, schema and reader.

    Options: `stream_name`, `starting_position`, `max_records_per_trigger`, `max_skew_seconds`,
    `fail_on_data_loss`, and where needed `region`, `endpoint_url` and `until` (ISO time; read up to there,
    then bring nothing new).
    """

    @classmethod
    def name(cls) -> str:
        return "kinesis"

    def schema(self) -> StructType:
        return PLANNED

    def streamReader(self, schema: StructType) -> "KinesisStreamReader":
        return KinesisStreamReader(dict(self.options))


@dataclass
class _ShardPartition(InputPartition):
    """One task, with its row."""

    range: ShardRange
    spooled: str


class KinesisStreamReader(DataSourceStreamReader):
    """Keeps the offset it has planned to."""

    def __init__(self, options: dict[str, str]) -> None:
        self._stream = options["stream_name"]
        self._starting_position = options["starting_position"]
        self._region, self._endpoint_url = options.get("region"), options.get("endpoint_url")
        self._limits = Limits(
            records=int(options["max_records_per_trigger"]),
            skew=timedelta(seconds=float(options["max_skew_seconds"])),
        )
        self._accept_loss = options["fail_on_data_loss"] == "false"
        self._until = datetime.fromisoformat(options["until"]) if "until" in options else None
        self._planned: Offset | None = None
        self._planner: StreamPlanner | None = None
        self._spool = Spool()

    def initialOffset(self) -> Offset:
        """Where the first batch begins. LATEST means the time of this call, by a clock that may be ahead."""
        if self._starting_position == "LATEST":
            return initial_offset((datetime.now(UTC) - _CLOCKS_DIFFER).isoformat())
        return initial_offset(self._starting_position)

    def latestOffset(self) -> Offset:
        """Read ahead from what is planned so far, and plan to there."""
        planned = self._planned or self.initialOffset()
        if self._planner is None:
            self._planner = StreamPlanner(self._kinesis(), self._limits, self._until, self._accept_loss)
        plan = self._planner.plan(planned)
        for wanted in ranges(self._stream, planned, plan.offset):
            self._spool.write(wanted, plan.records[wanted.shard_id])
        self._planned = plan.offset
        return plan.offset

    def partitions(self, start: Offset, end: Offset) -> list[_ShardPartition]:
        """One task for each shard with news. After a restart this is the first call, with the last offset."""
        if self._planned is None:
            self._planned = end
        return [
            _ShardPartition(wanted, str(self._spool.file(wanted.shard_id, wanted.last)))
            for wanted in ranges(self._stream, start, end)
        ]

    def read(self, partition: _ShardPartition) -> Iterator[tuple[object, ...]]:  # type: ignore[override]
        """The row of one range."""
        yield (*astuple(partition.range), partition.spooled)

    def commit(self, end: Offset) -> None:
        """The batch that ended here is done; what is spooled for it can go."""
        for shard_id, at in end["shards"].items():
            self._spool.file(shard_id, at["after"]).unlink(missing_ok=True)

    def stop(self) -> None:
        if self._planner is not None:
            self._planner.close()
        self._spool.remove()

    def _kinesis(self) -> KinesisStream:
        return KinesisStream(self._stream, self._region, self._endpoint_url)


def read_planned(
    planned: pa.RecordBatch, region: str | None, endpoint_url: str | None, accept_loss: bool
) -> Iterator[pa.RecordBatch]:
    """The records (`RECORDS`) of ranges in rows of `PLANNED`, from the spool or from the stream.

    Raises:
        SourceError: the stream no longer holds all of a range, and that is not accepted.
    """
    for row in planned.select(PLANNED.names).to_pylist():
        spooled = Path(row.pop("spooled"))
        if spooled.exists():
            yield from read_spool(spooled)
            continue
        wanted = ShardRange(**row)
        for records in read_range(KinesisStream(wanted.stream, region, endpoint_url), wanted, accept_loss):
            yield record_batch(wanted.shard_id, records)
