"""How often a job asks S3 and the catalogue, batch by batch: what an hour costs follows from it.

The lake, the lease, and what the sink reads of the checkpoint lie on S3, behind a proxy that counts. Spark
keeps its own checkpoint on the disk: those requests are Spark's.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from pyspark.sql import DataFrame, SparkSession

from cost.s3_requests import RENEWAL, RENEWAL_SECONDS, Requests, sink_requests, window_files
from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT, QUARANTINE, RAW, TABLES
from glue_jobs.core import lease
from glue_jobs.core.catalog import Catalog
from glue_jobs.core.decode import EVENT_TIME
from glue_jobs.core.decode_stage import SideTables, decode_records
from glue_jobs.core.lease import writer_lease
from glue_jobs.core.sink import HourlySink
from glue_jobs.core.sources.files import read_files
from glue_jobs.core.storage import open_storage
from glue_jobs.core.windows import Windows
from tests.core.buckets import new_bucket, write
from tests.events import payload
from tests.faults.aws_proxy import FaultyAws, faulty_aws
from tests.lake import write_lines

START = datetime(2026, 3, 1, 7, tzinfo=UTC)
PLACES = [f"{number:06}" for number in range(10_000, 10_040)]


@pytest.fixture
def counting(aws: str, spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyAws]:
    """The proxy, in the environment of this process and of the tasks; leases are not renewed."""
    monkeypatch.setattr(lease, "VALID", timedelta(hours=1))
    with faulty_aws(aws) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        tasks = spark.sparkContext.environment
        for name in ("ENDPOINT_URL", "REGION", "DEFAULT_REGION", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
            monkeypatch.setitem(tasks, f"AWS_{name}", proxy.url if name == "ENDPOINT_URL" else "us-east-1")
        yield proxy


@dataclass
class CountedJob:
    """The job over files, one a batch; `batches` has what each asked of S3, `registered` of the catalogue."""

    root: Path
    bucket: str
    proxy: FaultyAws
    keep_raw: bool = True
    batches: list[Counter[str]] = field(default_factory=list)
    registered: Counter[str] = field(default_factory=Counter)

    @property
    def lake_uri(self) -> str:
        return f"s3://{self.bucket}/lake"

    @property
    def checkpoint_uri(self) -> str:
        return f"s3://{self.bucket}/checkpoint"

    def run(self, spark: SparkSession) -> None:
        """To the end of what is there."""
        windows = Windows(EVENT, AGGREGATES, EVENT.window)
        with writer_lease(self.checkpoint_uri) as right:
            side = SideTables(self.lake_uri, right.fence, QUARANTINE, RAW if self.keep_raw else None)
            catalog = Catalog(self.lake_uri, boto3.client("glue"))
            for table in TABLES:
                catalog.ensure_table(table)
            sink = HourlySink(
                self.lake_uri,
                self.checkpoint_uri,
                right.fence,
                tuple(aggregate.table for aggregate in AGGREGATES),
                side.tables,
                ever_written=TABLES,
                hour_of="window_start",
                catalog=catalog,
            )
            rows = (
                decode_records(read_files(spark, (self.root / "in").as_uri(), 1), windows, side)
                .withWatermark(EVENT_TIME, "10 minutes")
                .transform(windows.merge)
            )
            self._run(rows, sink)

    def files_of(self, batch: int) -> int:
        """How many files a batch has written."""
        names = [file.path for file in open_storage(self.lake_uri).list_files("")]
        return sum(f"-batch-{batch:012}-" in name for name in names)

    def _run(self, rows: DataFrame, sink: HourlySink) -> None:
        def count(batch: DataFrame, number: int) -> None:
            entry = f"offsets/{number}"
            write(open_storage(self.checkpoint_uri), entry, (self.root / "spark" / entry).read_bytes())
            before = len(self.proxy.calls)
            sink(batch, number)
            calls = self.proxy.calls[before:]
            self.batches.append(Counter(call.operation for call in calls if not call.body))
            self.registered += Counter(call.body["TableName"] for call in calls if call.body)

        writer = rows.writeStream.option("checkpointLocation", str(self.root / "spark"))
        query = writer.trigger(availableNow=True).foreachBatch(count).start()
        try:
            query.awaitTermination()
        finally:
            query.stop()


def write_steady_batches(folder: Path, count: int) -> None:
    """A file for each batch: four minutes of events at forty places, and one that is none."""
    for number in range(count):
        moments = [START + timedelta(minutes=4 * number, seconds=6 * place) for place in range(40)]
        lines = [
            payload(
                timestamp=f"{moment:%Y-%m-%dT%H:%M:%SZ}",
                postal_code=place,
                provider="gps" if moment.second < 30 else "fused",
            )
            for moment, place in zip(moments, PLACES, strict=True)
        ]
        write_lines(folder, f"{number:03}", [*lines, b"not json"])


@pytest.mark.parametrize(("keep_raw", "side_files"), [(True, 2), (False, 1)])
def test_a_batch_puts_each_file_once_and_lists_nothing(
    spark: SparkSession, counting: FaultyAws, tmp_path: Path, keep_raw: bool, side_files: int
) -> None:
    """One PUT a file. No HEAD; no LIST but in the first batch of a start, one for each table.

    A GET for each file, before it gets its name, and one before Spark commits: whether the lease is still the
    run's own. One more for the time at which the batch was planned. The catalogue is asked once for an hour.
    """
    write_steady_batches(tmp_path / "in", 7)
    job = CountedJob(tmp_path, new_bucket(), counting, keep_raw)

    job.run(spark)

    first, *later = job.batches
    leftovers = {"ListObjectsV2": len(TABLES), "GetObject": 1}
    assert first == Counter(PutObject=side_files, GetObject=side_files + 2) + Counter(leftovers)
    files = [job.files_of(batch) for batch in range(1, len(job.batches))]
    assert later == [{"PutObject": count, "GetObject": count + 2} for count in files]
    assert [Requests(batch["PutObject"], batch["GetObject"]) for batch in later] == [
        sink_requests(count) for count in files
    ]  # what `sluice cost` reckons with
    assert max(files) == 3 * 2 + side_files  # three tables in two parts
    assert max(files) == window_files(windows=1, tables=3, hours_touched=1, parts=2) + side_files
    assert [job.registered[aggregate.table.name] for aggregate in AGGREGATES] == [1, 1, 1]


def test_a_lease_is_renewed_by_a_get_and_a_put(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Taking it, and giving it back, likewise; one GET more looks at the end whether it is still held."""
    monkeypatch.setattr(lease, "VALID", timedelta(seconds=0.03))
    bucket = new_bucket()
    with faulty_aws(aws) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        with writer_lease(f"s3://{bucket}/checkpoint"):
            proxy.wait_for_calls(10)
        asked = Counter(call.operation for call in proxy.calls)
    assert asked == {"PutObject": asked["PutObject"], "GetObject": asked["PutObject"] + 1}


def test_the_cost_of_a_lease_is_that_of_its_renewals() -> None:
    """Three in the minute for which it is valid."""
    assert Requests(1, 1) == RENEWAL
    assert timedelta(seconds=RENEWAL_SECONDS) == lease.VALID / lease._RENEWALS
