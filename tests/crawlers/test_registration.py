"""Registering the crawlers in a real Glue API."""

from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config

from crawlers.definitions import CRAWLERS, HIDDEN
from crawlers.registration import register
from glue_jobs.core.errors import CatalogError

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient

ROLE = "arn:aws:iam::123456789012:role/crawlers"


def test_every_crawler_is_created(glue: "GlueClient") -> None:
    """With its target, what it leaves out and what it does about changes."""
    assert register(glue, "s3://bucket/lake/", ROLE) == list(CRAWLERS)
    found = glue.get_crawler(Name="crawler_status_count")["Crawler"]
    assert found["Targets"]["S3Targets"] == [
        {"Path": "s3://bucket/lake/aggregations/status_count/", "Exclusions": list(HIDDEN)}
    ]
    assert found["SchemaChangePolicy"] == {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
    assert found["RecrawlPolicy"] == {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}
    assert (found["Role"], found["DatabaseName"]) == (ROLE, "mobile_network_aggregations")
    assert "Schedule" not in found


def test_registering_again_updates(glue: "GlueClient") -> None:
    """Another lake or role takes the place of the old one."""
    register(glue, "s3://bucket/old", ROLE)
    register(glue, "s3://bucket/new", ROLE + "-2")
    crawlers = glue.get_crawlers()["Crawlers"]
    assert {crawler["Role"] for crawler in crawlers} == {ROLE + "-2"}
    assert all(
        crawler["Targets"]["S3Targets"][0]["Path"].startswith("s3://bucket/new/") for crawler in crawlers
    )
    assert len(crawlers) == len(CRAWLERS)


def test_an_endpoint_that_does_not_answer_is_one_error() -> None:
    """It names the crawler that was being registered."""
    nobody = boto3.client(
        "glue",
        endpoint_url="http://127.0.0.1:1",
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(retries={"total_max_attempts": 1}),
    )
    with pytest.raises(CatalogError, match="crawler crawler_signal_strength_by_operator: Glue refused"):
        register(nobody, "s3://bucket/lake", ROLE)
