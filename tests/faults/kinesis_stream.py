"""A stream of the embedded Kinesis with records of known content, resharded at will."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Lock
from typing import TYPE_CHECKING

import boto3

from glue_jobs.contracts.mobile_coverage import STREAM
from laptop.embedded_aws import embedded_aws

if TYPE_CHECKING:
    from mypy_boto3_kinesis.client import KinesisClient
    from mypy_boto3_kinesis.type_defs import ShardTypeDef

_AT_ONCE = 500
"""The most records that one PutRecords call takes (Kinesis API reference)."""


@dataclass
class Stream:
    """The job's stream, and every line that was put into it."""

    kinesis: "KinesisClient"
    environment: Mapping[str, str]
    """The variables that let a program find it."""
    lines: list[bytes] = field(default_factory=list)
    _one_at_a_time: Lock = field(default_factory=Lock)

    def put(self, lines: Sequence[bytes]) -> None:
        """Put lines in this order, under keys that spread over the shards."""
        with self._one_at_a_time:
            for first in range(0, len(lines), _AT_ONCE):
                some = lines[first : first + _AT_ONCE]
                numbered = enumerate(some, len(self.lines))
                answer = self.kinesis.put_records(
                    StreamName=STREAM,
                    Records=[{"Data": line, "PartitionKey": str(number)} for number, line in numbered],
                )
                assert answer["FailedRecordCount"] == 0
                self.lines += some

    def split(self, rng: Random) -> str:
        """Cut an open shard in two halves; its name."""
        shard = rng.choice(self._open_shards())
        low, high = _keys(shard)
        with self._one_at_a_time:
            self.kinesis.split_shard(
                StreamName=STREAM,
                ShardToSplit=shard["ShardId"],
                NewStartingHashKey=str((low + high) // 2),
            )
        return shard["ShardId"]

    def merge(self, rng: Random) -> str:
        """Make one of two open neighbours; their names."""
        shards = sorted(self._open_shards(), key=_keys)
        first = rng.randrange(len(shards) - 1)
        names = [shard["ShardId"] for shard in shards[first : first + 2]]
        with self._one_at_a_time:
            self.kinesis.merge_shards(StreamName=STREAM, ShardToMerge=names[0], AdjacentShardToMerge=names[1])
        return " and ".join(names)

    @property
    def shard_count(self) -> int:
        return len(self._open_shards())

    def _open_shards(self) -> "list[ShardTypeDef]":
        shards = self.kinesis.list_shards(StreamName=STREAM)["Shards"]
        return [shard for shard in shards if "EndingSequenceNumber" not in shard["SequenceNumberRange"]]


def _keys(shard: "ShardTypeDef") -> tuple[int, int]:
    keys = shard["HashKeyRange"]
    return int(keys["StartingHashKey"]), int(keys["EndingHashKey"])


@contextmanager
def kinesis_stream(folder: Path, shards: int = 2) -> Iterator[Stream]:
    """A stream in an embedded AWS that outlives the job; this process talks to that AWS, too."""
    with embedded_aws((folder / "lake").as_uri()) as aws, _variables(aws.environment):
        kinesis = boto3.client("kinesis")
        kinesis.create_stream(StreamName=STREAM, ShardCount=shards)
        try:
            yield Stream(kinesis, aws.environment)
        finally:
            kinesis.close()


@contextmanager
def _variables(environment: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
