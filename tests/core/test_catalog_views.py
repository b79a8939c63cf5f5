"""A view stands in the catalogue as Athena itself would have put it there."""

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from pyspark.sql.types import DecimalType, StringType, StructType

from glue_jobs.contracts.contract import View, described
from glue_jobs.core.catalog import Catalog
from glue_jobs.core.catalog_views import ensure_view

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient

VIEW = View(
    name="spent",
    database="shop",
    description="What users spent.",
    grain="one row for each user",
    sql="SELECT user_id, sum(amount) AS spent\nFROM orders\nGROUP BY 1",
    columns=StructType(
        [
            described("user_id", StringType(), "the customer"),
            described("spent", DecimalType(38, 2), "all of it", unit="EUR"),
        ]
    ),
)


@pytest.fixture
def glue(aws: str) -> "GlueClient":
    """A client of an empty catalogue."""
    return boto3.client("glue")


def stored(glue: "GlueClient") -> Any:
    """What the catalogue has of the view."""
    return glue.get_table(DatabaseName="shop", Name="spent")["Table"]


def test_a_view_is_kept_as_athena_keeps_it(glue: "GlueClient") -> None:
    """Columns in Glue's types beside it, in Athena's within; the query in base64, in a comment."""
    ensure_view(Catalog("file:///lake", glue), VIEW)

    found = stored(glue)
    encoded = found["ViewOriginalText"].removeprefix("/* Presto View: ").removesuffix(" */")
    assert json.loads(base64.b64decode(encoded)) == {
        "originalSql": VIEW.sql,
        "catalog": "awsdatacatalog",
        "schema": "shop",
        "columns": [{"name": "user_id", "type": "varchar"}, {"name": "spent", "type": "decimal(38,2)"}],
    }
    assert (found["TableType"], found["ViewExpandedText"]) == ("VIRTUAL_VIEW", "/* Presto View */")
    assert found["Parameters"] == {"presto_view": "true", "comment": "Presto View"}
    assert found["StorageDescriptor"]["Columns"] == [
        {"Name": "user_id", "Type": "string", "Comment": "the customer"},
        {"Name": "spent", "Type": "decimal(38,2)", "Comment": "all of it [EUR]"},
    ]
    glue.delete_database(Name="shop")


def test_a_view_follows_its_contract(glue: "GlueClient") -> None:
    """Registered again it is what the contract says now; where nothing has changed, nothing is written."""
    catalog = Catalog("file:///lake", glue)
    for sql in ("SELECT 1", "SELECT 2", "SELECT 2"):
        ensure_view(catalog, replace(VIEW, sql=sql))

    versions = glue.get_table_versions(DatabaseName="shop", TableName="spent")["TableVersions"]
    assert len(versions) == 2
    assert base64.b64encode(b'{"originalSql": "SELECT 2"')[:20].decode() in stored(glue)["ViewOriginalText"]
    glue.delete_database(Name="shop")
