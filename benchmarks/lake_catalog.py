"""The catalogue of a lake that a benchmark has made, in the embedded AWS."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import boto3

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.catalog import Catalog
from laptop.embedded_aws import embedded_aws


@contextmanager
def lake_catalog(lake_uri: str, tables: Iterable[TableContract]) -> Iterator[Catalog]:
    """A catalogue that knows the tables, but none of their partitions."""
    with embedded_aws(lake_uri) as aws:
        settings = aws.environment
        client = boto3.client(
            "glue",
            endpoint_url=aws.endpoint_url,
            region_name=settings["AWS_REGION"],
            aws_access_key_id=settings["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
        )
        catalog = Catalog(lake_uri, client)
        for table in tables:
            catalog.ensure_table(table)
        yield catalog
