"""The section `producers`: how fast records are generated, put into the embedded Kinesis, and got from it.

Rates are in records a second; CPU seconds are those of this process (the client) and of the embedded AWS (the
server), per million records.
"""

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import boto3

from benchmarks import process_tree
from benchmarks.section import Bench, Figures
from laptop.embedded_aws import embedded_aws
from producers.kinesis_producer import main as produce_command
from producers.kinesis_producer import make_records, produce
from producers.options import Options, parse_options
from producers.record import Record
from producers.sender import Summary

if TYPE_CHECKING:
    from mypy_boto3_kinesis.client import KinesisClient

TO_FILES = "generated into files"
"""The feed that is a target."""

STREAM = "speed"

_POLL_SECONDS = 0.2
"""How often a reader looks for news: a shard takes five calls a second (Kinesis quotas)."""

_SHARDS = (1, 4)
_IN_FLIGHT = (1, 4)
_PACE = 10_000

Taken: TypeAlias = dict[str, float]
"""`records_per_second`, `client_cpu_per_million`, `server_cpu_per_million`."""


def measure_producers(bench: Bench) -> Figures:
    """`feeds`: for each way of records what was taken (`Taken`)."""
    records: int = bench.options.producer_records
    with bench.show(TO_FILES):
        feeds = {TO_FILES: _generated_to_files(bench.folder / "files", records)}
    for shards in _SHARDS:
        for in_flight in _IN_FLIGHT:
            name = f"put, shards: {shards}, in flight: {in_flight}"
            with bench.show(name):
                feeds |= _put_and_got(name, bench.folder / name, records, shards, in_flight)
    name = f"generated and put at {_PACE:,} a second, read meanwhile"
    with bench.show(name):
        feeds[name] = _paced_while_read(bench.folder / "paced", records)
    return {"records": records, "feeds": feeds}


def _generated_to_files(folder: Path, records: int) -> Taken:
    """What the user's command takes to write `records` generated records."""
    with _taken(records) as figures:
        _produce(["--generate", str(records), "--output", str(folder)])
    return figures


def _put_and_got(name: str, folder: Path, records: int, shards: int, in_flight: int) -> dict[str, Taken]:
    """Put records made beforehand into a new stream, then get them all."""
    with _kinesis(folder) as endpoint_url:
        kinesis = boto3.client("kinesis")
        kinesis.create_stream(StreamName=STREAM, ShardCount=shards)
        options, made = _made(records, endpoint_url, in_flight)
        summary = Summary()
        with _taken(records) as put:
            produce(made, options, summary, lambda so_far: None)
        assert summary.sent == records
        with _taken(records) as got:
            assert _get_all(kinesis) == records
    return {name: put, name.replace("put", "got"): got}


def _paced_while_read(folder: Path, records: int) -> Taken:
    """Generate and put at a pace, while another thread gets what is there; both count as the client."""
    with _kinesis(folder), ThreadPoolExecutor(1) as reader:
        kinesis = boto3.client("kinesis")
        kinesis.create_stream(StreamName=STREAM, ShardCount=1)
        shard = kinesis.list_shards(StreamName=STREAM)["Shards"][0]["ShardId"]
        with _taken(records) as figures:
            reading = reader.submit(_get_shard, kinesis, shard, records)
            argv = ["--generate", str(records), "--rate", str(_PACE), "--stream_name", STREAM]
            _produce(argv)
            assert reading.result() == records
    return figures


@contextmanager
def _kinesis(folder: Path) -> Iterator[str]:
    """An embedded AWS, and the environment that leads to it; its endpoint."""
    before = dict(os.environ)
    with embedded_aws(folder.as_uri()) as aws:
        os.environ.update(aws.environment)
        try:
            yield aws.endpoint_url
        finally:
            os.environ.clear()
            os.environ.update(before)


def _produce(argv: list[str]) -> None:
    """Run the user's command; what it says is not among the figures."""
    with redirect_stdout(sys.stderr):
        code = produce_command(argv)
    assert code == 0


def _made(records: int, endpoint_url: str, in_flight: int) -> tuple[Options, list[Record]]:
    argv = ["--generate", str(records), "--stream_name", STREAM, "--endpoint_url", endpoint_url]
    argv += ["--in_flight", str(in_flight)]
    options = parse_options(argv, "producers_speed", datetime.now(UTC))
    return options, list(make_records(options, datetime.now(UTC))[0])


def _get_all(kinesis: "KinesisClient") -> int:
    shards = [shard["ShardId"] for shard in kinesis.list_shards(StreamName=STREAM)["Shards"]]
    with ThreadPoolExecutor(len(shards)) as pool:
        return sum(pool.map(lambda shard: _get_shard(kinesis, shard), shards))


def _get_shard(kinesis: "KinesisClient", shard: str, at_least: int = 0) -> int:
    """How many records a shard has; where there shall be more, they are waited for, as by a job."""
    place = kinesis.get_shard_iterator(StreamName=STREAM, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    answer: Any = {"NextShardIterator": place["ShardIterator"], "MillisBehindLatest": 1}
    records = 0
    while answer["MillisBehindLatest"] or records < at_least:
        if not answer["MillisBehindLatest"]:
            time.sleep(_POLL_SECONDS)
        answer = kinesis.get_records(ShardIterator=answer["NextShardIterator"], Limit=10_000)
        records += len(answer["Records"])
    return records


@dataclass
class _Moment:
    clock: float
    own: float
    all: float


def _now() -> _Moment:
    return _Moment(time.perf_counter(), time.process_time(), process_tree.cpu_seconds(os.getsid(0)))


@contextmanager
def _taken(records: int) -> Iterator[Taken]:
    """Figures that are filled in when the block ends."""
    begun = _now()
    figures: Taken = {}
    yield figures
    ended = _now()
    millions, own = records / 1e6, ended.own - begun.own
    figures["records_per_second"] = round(records / (ended.clock - begun.clock))
    figures["client_cpu_per_million"] = round(own / millions, 1)
    figures["server_cpu_per_million"] = round(max(ended.all - begun.all - own, 0) / millions, 1)
