"""A job over a stream that throttles, forgets and fails: it waits, goes on exactly, or stops and says why."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from glue_jobs.contracts.mobile_coverage import AGGREGATES, STREAM
from laptop.embedded_aws import embedded_aws
from tests.batch_oracle import check_side_tables, check_tables
from tests.faults.aws_proxy import (
    EXPIRED_ITERATOR,
    EXPIRED_TOKEN,
    INTERNAL_FAILURE,
    LIST_THROTTLED,
    THROTTLED,
    FaultyAws,
    faulty_aws,
)
from tests.faults.harness import START, Job, some_event, some_line
from tests.spark4 import KINESIS_READER

if TYPE_CHECKING:
    from mypy_boto3_kinesis.client import KinesisClient


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyAws]:
    """An embedded AWS behind the proxy, as the environment names it."""
    with embedded_aws((tmp_path / "aws").as_uri()) as running, faulty_aws(running.endpoint_url) as proxy:
        for name, value in {**running.environment, "AWS_ENDPOINT_URL": proxy.url}.items():
            monkeypatch.setenv(name, value)
        yield proxy


@pytest.fixture
def kinesis(aws: FaultyAws) -> "Iterator[KinesisClient]":
    """A client, and the job's stream with two shards."""
    client = boto3.client("kinesis")
    client.create_stream(StreamName=STREAM, ShardCount=2)
    yield client
    client.close()


def put(kinesis: "KinesisClient", lines: list[bytes]) -> list[bytes]:
    """Put lines under keys that spread over the shards; the lines."""
    for number, line in enumerate(lines):
        kinesis.put_record(StreamName=STREAM, Data=line, PartitionKey=str(number))
    return lines


def batches(job: Job) -> list[dict[str, Any]]:
    """Run the job to its end; the events of its batches."""
    with job.process({}) as process:
        output, errors = process.communicate()
    assert process.returncode == 0, errors[-3000:]
    return [json.loads(line) for line in output.splitlines() if line.startswith('{"event": "batch"')]


@KINESIS_READER
@pytest.mark.timeout(300)
def test_what_passes_is_waited_out_and_what_is_lost_stops_the_job(
    aws: FaultyAws, kinesis: "KinesisClient", tmp_path: Path
) -> None:
    """Three runs: every passing trouble at once; a stop longer than the retention; going on all the same."""
    rng = Random(41)
    lines = put(kinesis, [some_line(rng, START + timedelta(seconds=8 * n)) for n in range(90)])
    lines += put(kinesis, [some_event(rng, START + timedelta(days=1))])
    aws.refuse("ListShards", LIST_THROTTLED, times=2)
    aws.refuse("GetRecords", THROTTLED, times=5)
    aws.refuse("GetRecords", EXPIRED_ITERATOR)
    aws.refuse("GetRecords", EXPIRED_TOKEN)
    aws.refuse("GetRecords", INTERNAL_FAILURE)
    arguments = ["--run_mode", "available_now", "--max_records_per_trigger", "40"]
    job = Job(tmp_path, [*arguments, "--register_partitions", "false"])
    assert {event["shards_with_losses"] for event in batches(job)} == {0}
    assert sorted(aws.met.values()) == [1, 1, 1, 2, 5]
    check_tables(job.lake, lines, *AGGREGATES)
    check_side_tables(job.lake, lines)

    stopped_for(tmp_path / "checkpoint", timedelta(days=2))
    lines += put(kinesis, [some_event(rng, START + timedelta(days=1, minutes=1))])
    assert "may be lost" in (said := job.run_and_fail())
    assert "--fail_on_data_loss false" in said

    job.arguments = [*job.arguments, "--fail_on_data_loss", "false"]
    assert max(event["shards_with_losses"] for event in batches(job)) == 2
    check_tables(job.lake, lines, *AGGREGATES)  # the embedded stream had kept everything
    check_side_tables(job.lake, lines)


def stopped_for(checkpoint: Path, time: timedelta) -> None:
    """Make the newest offset look as if the job had been stopped since then."""
    newest = max((checkpoint / "offsets").glob("[0-9]*"), key=lambda entry: int(entry.name))
    *head, offsets = newest.read_text().splitlines()
    position = json.loads(offsets)
    for shard in position["shards"].values():
        shard["read_to"] = (datetime.now(UTC) - time).isoformat()
    newest.write_text("\n".join([*head, json.dumps(position)]))
    (checkpoint / "offsets" / f".{newest.name}.crc").unlink(missing_ok=True)
