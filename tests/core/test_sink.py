"""The exactly-once sink, at the end of real streams."""

import json
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import LongType, StructType, TimestampType

from glue_jobs.contracts.contract import TableContract, described, hourly
from glue_jobs.contracts.mobile_coverage import RAW
from glue_jobs.core.batch_files import Batch
from glue_jobs.core.checkpoint import entries_of, planned_batch
from glue_jobs.core.sink import HourlySink
from glue_jobs.core.storage import open_storage
from tests.lake import folder_of, listing, rows, write_lines


def table(name: str, *columns: str) -> TableContract:
    """A table with a moment and these columns of numbers."""
    schema = StructType([described("moment", TimestampType(), "when", nullable=False)])
    for column in columns:
        schema = schema.add(described(column, LongType(), "a number"))
    return TableContract(
        name, "db", f"tables/{name}", "", "", ("moment",), schema, hourly("event_date", "moment")
    )


ALPHA, BETA = table("alpha", "a", "shared"), table("beta", "shared", "b")
LINE = "table_name string, moment timestamp, a bigint, b bigint, shared bigint"


def line(name: str, moment: str, **values: int) -> bytes:
    """A row on its way to a table, as JSON."""
    return json.dumps({"table_name": name, "moment": f"2026-03-01T{moment}Z", **values}).encode()


def at(hour: int, minute: int = 0) -> datetime:
    """A time of the tests' day."""
    return datetime(2026, 3, 1, hour, minute, tzinfo=UTC)


class Stream:
    """Lines of a folder, a file for each batch, through a sink into the two tables."""

    def __init__(self, spark: SparkSession, root: Path) -> None:
        self.spark, self.folder, self.checkpoint = spark, root / "in", root / "checkpoint"
        self.lake_uri = (root / "lake").as_uri()

    def run(self) -> HourlySink:
        """Start, take what is there, end; the sink as it is then."""
        sink = HourlySink(
            lake_uri=self.lake_uri,
            checkpoint_uri=self.checkpoint.as_uri(),
            fence=nullcontext,
            tables=(ALPHA, BETA),
            beside=(RAW,),
            ever_written=(ALPHA, BETA, RAW),
            hour_of="moment",
            catalog=None,
        )
        lines = self.spark.readStream.schema(LINE).option("maxFilesPerTrigger", 1).json(str(self.folder))
        writer = lines.writeStream.option("checkpointLocation", str(self.checkpoint))
        query = writer.trigger(availableNow=True).foreachBatch(sink).start()
        try:
            query.awaitTermination()
        finally:
            query.stop()
        return sink

    def forget_commit(self, batch: int) -> None:
        """As if the job had died just before it noted that the batch is done."""
        for file in self.checkpoint.glob(f"commits/*{batch}*"):
            file.unlink()

    def batch(self, number: int) -> Batch:
        """The batch, of this stream's query."""
        return Batch(json.loads((self.checkpoint / "metadata").read_text())["id"], number)


@pytest.fixture
def stream(spark: SparkSession, tmp_path: Path) -> Stream:
    """A stream without input so far."""
    return Stream(spark, tmp_path)


FIRST = [
    line("alpha", "07:00:00", a=1, shared=10),
    line("alpha", "07:59:00", a=2),
    line("alpha", "08:00:00", a=3),
    line("beta", "07:30:00", b=4, shared=40),
]


def test_rows_land_in_the_hours_of_their_tables(stream: Stream) -> None:
    """With the table's own columns; what was written is noted for the batch's event."""
    write_lines(stream.folder, "0", FIRST)

    sink = stream.run()

    assert rows(stream.lake_uri, ALPHA, "event_date=2026-03-01/hour=07") == [
        (at(7), 1, 10),
        (at(7, 59), 2, None),
    ]
    assert rows(stream.lake_uri, ALPHA, "event_date=2026-03-01/hour=08") == [(at(8), 3, None)]
    assert rows(stream.lake_uri, BETA) == [(at(7, 30), 40, 4)]
    assert sink.rows_written == {0: {"alpha": 3, "beta": 1}}
    assert all(stream.batch(0).wrote(path) for path in listing(stream.lake_uri))
    assert planned_batch(stream.checkpoint.as_uri(), 0).time <= datetime.now(UTC)


def test_a_batch_without_rows_writes_nothing(stream: Stream) -> None:
    """No empty file; yet it is noted as done."""
    write_lines(stream.folder, "0", [])
    write_lines(stream.folder, "1", [b""])

    sink = stream.run()

    assert not folder_of(stream.lake_uri).exists()
    assert all(written == {} for written in sink.rows_written.values())


def contents(lake_uri: str) -> dict[str, pa.Table]:
    """The rows of every file."""
    return {path: pq.read_table(pa.BufferReader(content)) for path, content in listing(lake_uri).items()}


def test_a_batch_that_runs_again_changes_nothing(stream: Stream) -> None:
    """The same files with the same rows; what earlier attempts left under other names is gone."""
    write_lines(stream.folder, "0", FIRST)
    stream.run()
    write_lines(stream.folder, "1", [line("beta", "09:00:00", b=5)])
    stream.run()
    once = contents(stream.lake_uri)
    root, batch = folder_of(stream.lake_uri), stream.batch(1)
    stream.forget_commit(1)
    for folder in (
        f"{ALPHA.path}/event_date=2026-03-01/hour=07",
        f"{RAW.path}/ingest_date=2026-03-01/hour=07",
    ):
        for name in (batch.file_name(7), f".draft-{batch.file_name(0)}", stream.batch(2).file_name(0)):
            write_lines(root / folder, name, [b"left by an earlier attempt"])

    again = stream.run()

    assert contents(stream.lake_uri) == once
    assert again.rows_written == {1: {"beta": 1}}


def test_other_queries_and_earlier_batches_keep_their_files(stream: Stream) -> None:
    """Only what an attempt at this batch or a later one wrote is removed."""
    write_lines(stream.folder, "0", FIRST)
    stream.run()
    write_lines(stream.folder, "1", [line("beta", "09:00:00", b=5)])
    stream.run()
    stream.forget_commit(1)
    other = Batch("00000000-0000-0000-0000-000000000000", 1).file_name(0)
    kept = {
        f"{RAW.path}/{stream.batch(0).file_name(9)}",
        f"{ALPHA.path}/{other}",
        f"{BETA.path}/rebuilt.parquet",
    }
    for path in kept:
        write_lines(folder_of(stream.lake_uri) / Path(path).parent, Path(path).name, [])
    before = set(listing(stream.lake_uri))

    stream.run()

    assert set(listing(stream.lake_uri)) == before
    assert kept < before


def test_a_file_that_cannot_be_written_stops_the_stream(stream: Stream) -> None:
    """Table and path are named; the batch is not committed, and runs when the obstacle is gone."""
    write_lines(stream.folder, "0", FIRST)
    place = folder_of(stream.lake_uri) / "tables/beta"
    obstacle = write_lines(place, "event_date=2026-03-01", [b"a file in place of a folder"])

    with pytest.raises(
        StreamingQueryException, match=rf"cannot write {stream.lake_uri}/{BETA.path}/event_date="
    ):
        stream.run()
    obstacle.unlink()
    stream.run()

    assert rows(stream.lake_uri, BETA) == [(at(7, 30), 40, 4)]
    assert len(rows(stream.lake_uri, ALPHA)) == 3


def test_time_and_watermark_are_read_from_sparks_checkpoint(spark: SparkSession, tmp_path: Path) -> None:
    """The newest event so far less the delay; hidden files beside the offsets are not Spark's."""
    write_lines(tmp_path / "in", "0", [line("alpha", "07:30:00", a=1)])
    seen: list[datetime] = []

    def keep_time(batch: DataFrame, number: int) -> None:
        seen.extend(row.now.astimezone(UTC) for row in batch.collect())

    stamped = spark.readStream.schema(LINE).json(str(tmp_path / "in")).withWatermark("moment", "10 minutes")
    stamped = stamped.selectExpr("*", "current_timestamp() AS now")
    checkpoint = tmp_path / "a checkpoint"
    writer = stamped.groupBy("moment", "now").count().writeStream.foreachBatch(keep_time)
    query = (
        writer.outputMode("update")
        .option("checkpointLocation", str(checkpoint))
        .trigger(availableNow=True)
        .start()
    )
    try:
        query.awaitTermination()
    finally:
        query.stop()
    (checkpoint / "offsets/.draft").write_text("not Spark's")

    newest = max(entries_of(open_storage(checkpoint.as_uri()), "offsets"))
    assert planned_batch(checkpoint.as_uri(), newest).watermark == at(7, 20)
    assert planned_batch(checkpoint.as_uri(), 0).time == seen[0]
