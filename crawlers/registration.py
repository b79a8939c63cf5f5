"""The crawlers in Glue: made where they are missing, brought up to date where they are there."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from crawlers.definitions import CRAWLERS, Crawler
from glue_jobs.core.errors import CatalogError

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient


def crawler_input(crawler: Crawler, lake_uri: str, role_arn: str) -> dict[str, Any]:
    """The arguments of Glue's CreateCrawler and UpdateCrawler."""
    schedule = {"Schedule": crawler.schedule} if crawler.schedule else {}
    return {
        "Name": crawler.name,
        "Role": role_arn,
        "DatabaseName": crawler.database,
        "Description": crawler.description,
        "Targets": {
            "S3Targets": [
                {
                    "Path": f"{lake_uri.rstrip('/')}/{crawler.path}/",
                    "Exclusions": list(crawler.exclusions),
                }
            ]
        },
        "TablePrefix": crawler.table_prefix,
        "SchemaChangePolicy": {
            "UpdateBehavior": crawler.update_behavior,
            "DeleteBehavior": crawler.delete_behavior,
        },
        "RecrawlPolicy": {"RecrawlBehavior": crawler.recrawl_behavior},
        "Configuration": crawler.configuration,
        **schedule,
    }


def register(client: "GlueClient", lake_uri: str, role_arn: str) -> list[str]:
    """Create or update every crawler of the project; returns their names.

    Running it again changes nothing. A crawler of another name is left alone.

    Raises:
        CatalogError: Glue refuses one of them.
    """
    for crawler in CRAWLERS.values():
        try:
            _create_or_update(client, crawler_input(crawler, lake_uri, role_arn))
        except (BotoCoreError, ClientError) as error:
            raise CatalogError(f"crawler {crawler.name}: Glue refused: {error}") from error
    return list(CRAWLERS)


def _create_or_update(client: "GlueClient", arguments: dict[str, Any]) -> None:
    try:
        client.create_crawler(**arguments)
    except client.exceptions.AlreadyExistsException:
        client.update_crawler(**arguments)
