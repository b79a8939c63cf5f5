"""The Glue catalogue of a lake on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient


@contextmanager
def glue_client(lake_uri: str) -> Iterator["GlueClient"]:
    """A client of the embedded catalogue; whatever AWS settings there are stay out of it."""
    import boto3

    from laptop.embedded_aws import embedded_aws

    with embedded_aws(lake_uri) as aws:
        settings = aws.environment
        yield boto3.client(
            "glue",
            endpoint_url=aws.endpoint_url,
            region_name=settings["AWS_REGION"],
            aws_access_key_id=settings["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
        )
