"""From Kinesis, over a kill, a split and a merge: every record is read, and read once."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import boto3
import pytest

from glue_jobs.contracts.mobile_coverage import AGGREGATES, STREAM
from laptop.embedded_aws import EmbeddedAws, embedded_aws
from tests.batch_oracle import check_side_tables, check_tables
from tests.faults.harness import START, Job, some_event, some_line

if TYPE_CHECKING:
    from mypy_boto3_kinesis.client import KinesisClient


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedAws]:
    """An embedded AWS that outlives the job."""
    with embedded_aws((tmp_path / "lake").as_uri()) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


def put(kinesis: "KinesisClient", lines: list[bytes], first: int) -> list[bytes]:
    """Put lines under keys that spread over the shards; the lines."""
    for number, line in enumerate(lines, first):
        kinesis.put_record(StreamName=STREAM, Data=line, PartitionKey=str(number))
    return lines


def test_killed_with_a_planned_batch_and_resharded_while_stopped_nothing_is_lost(
    aws: EmbeddedAws, tmp_path: Path
) -> None:
    """The planned batch is read again from the stream; parents come before their children."""
    kinesis = boto3.client("kinesis")
    kinesis.create_stream(StreamName=STREAM, ShardCount=2)
    rng = Random(11)
    lines = put(kinesis, [some_line(rng, START + timedelta(seconds=5 * n)) for n in range(60)], 0)
    arguments = ["--run_mode", "available_now", "--max_records_per_trigger", "40"]
    job = Job(tmp_path, arguments, aws.environment)
    job.run_until_killed("offsets_planned", after=2)

    kinesis.split_shard(
        StreamName=STREAM, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**126)
    )
    lines += put(kinesis, [some_line(rng, START + timedelta(minutes=5, seconds=n)) for n in range(40)], 60)
    kinesis.merge_shards(
        StreamName=STREAM, ShardToMerge="shardId-000000000002", AdjacentShardToMerge="shardId-000000000003"
    )
    lines += put(kinesis, [some_line(rng, START + timedelta(minutes=8, seconds=n)) for n in range(30)], 100)
    job.run()

    lines += put(kinesis, [some_event(rng, START + timedelta(days=1))], 130)
    job.run()
    check_tables(job.lake, lines, *AGGREGATES)
    check_side_tables(job.lake, lines)
    kinesis.close()
