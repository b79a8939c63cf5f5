"""A Glue API for the tests of this folder."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest

from laptop.embedded_aws import embedded_aws

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient


@pytest.fixture(scope="session")
def glue(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[GlueClient]":
    """A client of a running Glue API."""
    with embedded_aws(tmp_path_factory.mktemp("lake").as_uri()) as aws:
        yield boto3.client(
            "glue",
            endpoint_url=aws.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
