"""An embedded AWS with a bucket."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from laptop.embedded_aws import EmbeddedAws, embedded_aws
from tests.s3.spark_on_s3 import BUCKET


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedAws]:
    """An embedded AWS with an empty bucket; this process and those it starts find it."""
    with embedded_aws((tmp_path / "catalogue").as_uri()) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield running
