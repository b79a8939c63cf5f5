"""The audit of what real streams leave: Spark's own plans and state agree with what raw says."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random

import pyarrow.parquet as pq
import pytest
from hypothesis import Phase, given, settings
from pyspark.sql import SparkSession

from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT, QUARANTINE, RAW, STATUS_COUNT
from glue_jobs.core.audit.accounts import Audit
from glue_jobs.core.audit.lake import Pipeline, audit_lake
from glue_jobs.core.audit.open_windows import open_windows
from glue_jobs.core.batch_files import batch_of, batch_time_of
from glue_jobs.core.checkpoint import entries_of, planned_batch
from glue_jobs.core.storage import open_storage
from tests.batch_oracle import listed
from tests.core.buckets import new_bucket, write
from tests.faults.harness import some_event
from tests.spark4 import STATE_READER
from tests.streaming.test_stream_equals_batch import BEGIN, Batches, batches, in_time, run

PIPELINE = Pipeline(EVENT, AGGREGATES, RAW, QUARANTINE)


def audited(spark: SparkSession, folder: Path) -> Audit:
    """The audit of what `run` left."""
    lake, checkpoint = (folder / "lake").as_uri(), (folder / "checkpoint").as_uri()
    return audit_lake(spark, PIPELINE, lake, checkpoint, EVENT.watermark)


def check(found: Audit, made: Batches, folder: Path) -> None:
    """Every term is what it should be, and the watermarks of all plans are those that raw says."""
    published = sum(row["status_count"] for row in listed(folder / "lake", STATUS_COUNT.table))
    assert found.balanced
    assert (found.raw, found.total.late) == (sum(map(len, made)), in_time(made).late)
    assert found.total.published == published
    assert found.differences == ()


@STATE_READER
@settings(max_examples=3, phases=[Phase.explicit, Phase.generate])  # shrinking would take minutes
@given(made=batches())
def test_every_record_of_a_stream_is_accounted_for(
    made: Batches, spark: SparkSession, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Late, duplicate, rejected and out-of-order records included; with and without Spark's plans."""
    folder = tmp_path_factory.mktemp("stream")
    run(spark, made, folder)
    found = audited(spark, folder)
    check(found, made, folder)
    plans = entries_of(open_storage((folder / "checkpoint").as_uri()), "offsets")
    for number in sorted(plans)[:-1]:
        (folder / "checkpoint" / plans[number]).unlink()
    assert audited(spark, folder) == found


@pytest.fixture
def stream(spark: SparkSession, tmp_path: Path) -> Batches:
    """Batches of two runs: a record is late in each."""
    event = {minute: some_event(Random(7), BEGIN + timedelta(minutes=minute)) for minute in range(0, 90, 10)}
    first = [[event[0], event[20]], [event[0]], [event[0]], [event[40]]]
    more = [*first, [event[0], event[70]], [event[50], event[80]]]
    run(spark, first, tmp_path)
    run(spark, more, tmp_path)
    return more


@STATE_READER
def test_a_restart_changes_nothing(spark: SparkSession, stream: Batches, tmp_path: Path) -> None:
    """The last batch of a run may have brought nothing."""
    found = audited(spark, tmp_path)
    late = Counter({start: accounts.late for start, accounts in found.windows.items()})
    assert (found.balanced, found.differences) == (True, ())
    assert (found.raw, +late) == (9, Counter({BEGIN: 2}))
    assert found.total.published + found.total.open + 2 == 9


def test_raw_says_when_its_batch_was_planned(stream: Batches, tmp_path: Path) -> None:
    """What came too early is told by that where a record's arrival is hidden, also when the plan is gone."""
    files = sorted((tmp_path / "lake" / RAW.path).rglob("*.parquet"))
    assert len(files) == len(stream)
    for file in files:
        batch = batch_of(file.name)
        assert batch is not None
        planned = planned_batch((tmp_path / "checkpoint").as_uri(), batch.number)
        assert batch_time_of(pq.read_metadata(file)) == planned.time


@STATE_READER
def test_the_state_of_a_checkpoint_on_s3_is_read(
    spark: SparkSession, stream: Batches, tmp_path: Path, aws: str
) -> None:
    """From a copy, which holds the state of the batch that is asked for."""
    local = open_storage((tmp_path / "checkpoint").as_uri())
    bucket = open_storage(f"s3://{new_bucket()}/checkpoint")
    for file in local.list_files(""):
        write(bucket, file.path, local.read_file(file.path))
    for batch in sorted(entries_of(local, "commits"))[-3:]:
        expected = open_windows(spark, local.uri, batch, STATUS_COUNT.table.name)
        assert open_windows(spark, bucket.uri, batch, STATUS_COUNT.table.name) == expected
