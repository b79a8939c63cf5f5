"""One job over one stream that dies at every named point, and goes on each time as if nothing had been."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import timedelta
from io import StringIO
from pathlib import Path
from random import Random

import boto3

from cli.main import main
from glue_jobs.contracts.mobile_coverage import AGGREGATES
from tests.batch_oracle import check_side_tables, check_tables
from tests.faults.harness import START, Job, some_event, some_line
from tests.faults.kill_points import POINTS
from tests.faults.kinesis_stream import Stream

CORES = {"before_side_files": 1, "before_commit": 4, "between_tables": 1, "leftovers_half_removed": 3}
"""How many cores Spark finds where it dies at a point, if not those of the machine; with them the number of
its shuffle partitions changes, too."""

RECORDS_A_START, SECONDS_APART = 120, 5

TABLES = tuple(aggregate.table for aggregate in AGGREGATES)


def kinesis_job(folder: Path, stream: Stream, s3_lake: str | None = None) -> Job:
    """The job over the stream, up to what is there at its start, in several small batches."""
    arguments = ["--run_mode", "available_now", "--max_records_per_trigger", "40"]
    return Job(folder, arguments, stream.environment, s3_lake=s3_lake)


def die_at_every_point(job: Job, stream: Stream, rng: Random) -> None:
    """Start the job as often as there are points; it dies at each.

    Meanwhile the stream grows, and while the job is down once a shard is split and once two are merged.
    """
    for point in POINTS:
        put_ten_minutes(stream, rng)
        if point == "before_commit":
            stream.split(rng)
        if point == "leftovers_half_removed":
            stream.merge(rng)
        job.cores = CORES.get(point)
        job.run_until_killed(point)
    job.cores = None
    assert set(job.hits) == set(POINTS)


def put_ten_minutes(stream: Stream, rng: Random) -> None:
    """Put as many records as a start finds, with the event times that follow those of before."""
    first = len(stream.lines)
    seconds = range(first * SECONDS_APART, (first + RECORDS_A_START) * SECONDS_APART, SECONDS_APART)
    stream.put([some_line(rng, START + timedelta(seconds=second)) for second in seconds])


def run_to_the_end(job: Job, stream: Stream, rng: Random) -> None:
    """Close all windows, and run up to there, in larger batches than before."""
    stream.put([some_event(rng, START + timedelta(days=1))])
    job.arguments = [*job.arguments, "--max_records_per_trigger", "70"]
    job.run()


def check(job: Job, lines: list[bytes]) -> None:
    """The lake is that of one batch run over the same records."""
    check_tables(job.lake_uri, lines, *AGGREGATES)
    check_side_tables(job.lake_uri, lines)


def cut_short_and_mend(job: Job, *logs: str) -> None:
    """Leave ten bytes of each log's newest entry; the job says what to do about it, and that is done."""
    for log in logs:
        newest = max((job.checkpoint / log).glob("[0-9]*"), key=lambda entry: int(entry.name))
        newest.write_bytes(newest.read_bytes()[:10])
    uri = job.checkpoint.as_uri()
    assert f"`sluice doctor {uri} --repair`" in job.run_and_fail()
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        assert main(["doctor", uri]) == 1
        assert main(["doctor", uri, "--repair"]) == 0


@contextmanager
def puts_refused(lake_uri: str, folder: str) -> Iterator[None]:
    """Within the block the bucket takes no file below a folder of the lake."""
    bucket, _, prefix = lake_uri.removeprefix("s3://").partition("/")
    s3 = boto3.client("s3")
    place = f"arn:aws:s3:::{bucket}/{prefix}/{folder}/*"
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": place}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    try:
        yield
    finally:
        s3.delete_bucket_policy(Bucket=bucket)
        s3.close()
