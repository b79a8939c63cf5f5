"""Streams of an embedded AWS, straight and behind a proxy that injects faults."""

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING

import boto3
import pytest

from laptop.embedded_aws import embedded_aws
from tests.faults.aws_proxy import FaultyAws, faulty_aws

if TYPE_CHECKING:
    from mypy_boto3_kinesis.client import KinesisClient

_numbers = count()


@pytest.fixture(scope="module")
def kinesis(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[KinesisClient]":
    """A client of an embedded AWS, which the environment names."""
    with (
        embedded_aws(tmp_path_factory.mktemp("lake").as_uri()) as aws,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in aws.environment.items():
            patch.setenv(name, value)
        client = boto3.client("kinesis")
        yield client
        client.close()


@pytest.fixture
def stream(kinesis: "KinesisClient") -> str:
    """A new stream of one shard."""
    name = f"planned-{next(_numbers)}"
    kinesis.create_stream(StreamName=name, ShardCount=1)
    return name


@pytest.fixture
def two_shards(kinesis: "KinesisClient") -> str:
    """A new stream of two shards."""
    name = f"planned-{next(_numbers)}"
    kinesis.create_stream(StreamName=name, ShardCount=2)
    return name


@pytest.fixture
def faulty(kinesis: "KinesisClient") -> Iterator[FaultyAws]:
    """The same AWS, behind a proxy that injects faults."""
    with faulty_aws(kinesis.meta.endpoint_url) as aws:
        yield aws
