"""A job from Kinesis to a lake on S3 is killed hard at every named point; nothing is lost or doubled."""

from pathlib import Path
from random import Random

import boto3
import pytest

from glue_jobs.contracts.mobile_coverage import STATUS_COUNT
from tests.faults.crash_matrix import (
    TABLES,
    check,
    cut_short_and_mend,
    die_at_every_point,
    kinesis_job,
    puts_refused,
    run_to_the_end,
)
from tests.faults.kill_points import POINTS
from tests.faults.kinesis_stream import kinesis_stream
from tests.faults.polling_reader import polling_reader
from tests.spark4 import KINESIS_READER

LAKE = "s3://lake/coverage"


@KINESIS_READER
@pytest.mark.timeout(900)  # ten starts of Spark
def test_killed_at_every_named_point_the_lake_on_s3_equals_the_batch_result(tmp_path: Path) -> None:
    """As on a disk; after the kills, a PUT in the middle of a batch is refused.

    The job then stops with the name of the file and the words of S3, and goes on when the PUT is allowed.
    """
    rng = Random(4)
    with kinesis_stream(tmp_path) as stream:
        boto3.client("s3").create_bucket(Bucket="lake")
        job = kinesis_job(tmp_path, stream, LAKE)
        with polling_reader(LAKE, TABLES) as reader:
            die_at_every_point(job, stream, rng)
            with puts_refused(LAKE, STATUS_COUNT.table.path):
                error = job.run_and_fail()
            cut_short_and_mend(job, "offsets", "commits")
            run_to_the_end(job, stream, rng)
        assert f"cannot write {LAKE}/{STATUS_COUNT.table.path}/event_date=" in error
        assert error.endswith("calling the PutObject operation: Forbidden")
        assert (reader.faults, reader.looks > len(POINTS)) == ([], True)
        check(job, stream.lines)
