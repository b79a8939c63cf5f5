"""A task that fails is tried again, a slow one twice at a time; no record counts twice, none is lost."""

import os
from datetime import timedelta
from pathlib import Path
from random import Random

import pyarrow.parquet as pq
import pytest

from glue_jobs.contracts.mobile_coverage import RAW
from tests.faults.crash_matrix import check, kinesis_job
from tests.faults.harness import START, some_event, some_line
from tests.faults.kinesis_stream import kinesis_stream
from tests.faults.standalone_cluster import ENVIRONMENT, standalone_cluster
from tests.spark4 import KINESIS_READER

PADDING = "x" * 600_000
"""Ignored by the event's contract; with it a task's input is more than the pipes between processes hold."""


@KINESIS_READER
@pytest.mark.timeout(300)
def test_a_failed_task_and_a_late_attempt_at_a_slow_one_change_nothing(tmp_path: Path) -> None:
    """The late attempt's input breaks off when Spark gives it up; what it publishes is not taken.

    The files of the failed attempt that were published already stay or are replaced by the same rows.
    """
    rng = Random(23)
    with kinesis_stream(tmp_path) as stream:
        stream.put([some_line(rng, START + timedelta(seconds=5 * number)) for number in range(200)])
        for number in range(200, 400, 8):
            moments = [START + timedelta(seconds=5 * second) for second in range(number, number + 8)]
            stream.put([some_event(rng, moment, padding=PADDING) for moment in moments])
        stream.put([some_line(rng, START + timedelta(hours=1)) for _ in range(20)])
        stream.put([some_event(rng, START + timedelta(days=1))])
        job = kinesis_job(tmp_path, stream)
        job.arguments = [*job.arguments, "--max_records_per_trigger", "200"]
        settings = {"SLUICE_TASKS_TRIED_AGAIN": str(tmp_path)}
        job.environment = {**stream.environment, **ENVIRONMENT, **settings}
        everywhere = {**os.environ, **job.environment, **job.own_environment}
        with standalone_cluster(tmp_path, everywhere) as launcher:
            job.launcher = launcher
            job.run()
        check(job, stream.lines)
    failed, late = (line.split()[0] for line in (tmp_path / "attempts").read_text().splitlines())
    assert failed == "failed"
    assert 0 < int(late.removeprefix("late:")) < rows_of_raw(job.lake, batch=1, part=0)


def rows_of_raw(lake: Path, batch: int, part: int) -> int:
    """How many rows the raw file of one task holds."""
    (file,) = (lake / RAW.path).rglob(f"part-{part:05}-batch-{batch:012}-*.parquet")
    rows: int = pq.read_metadata(file).num_rows
    return rows
