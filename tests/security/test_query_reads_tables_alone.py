"""`sluice query` reads the tables of the catalogue: no other file, no network, nothing written."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import duckdb
import pyarrow as pa
import pytest

from crawlers.definitions import CRAWLERS
from glue_jobs.contracts.mobile_coverage import DATABASE
from glue_jobs.core.errors import SluiceError
from laptop import athena, athena_tables
from laptop.athena import run_query
from laptop.crawler import crawl
from laptop.embedded_aws import embedded_aws

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient

SECRET_FILE = Path(__file__)
"""A file outside every lake that is certainly there."""

ATTACKS = [
    "SELECT * FROM read_text('{file}')",
    "SELECT * FROM read_csv('{file}')",
    "SELECT * FROM read_blob('{file}')",
    "SELECT * FROM read_parquet('{file}')",
    "SELECT * FROM parquet_scan('{file}')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM '{file}'",
    'SELECT * FROM "{file}"',
    'SELECT * FROM mobile_network_aggregations."../../{file}"',
    "SELECT * FROM 's3://bucket/x.parquet'",
    "SELECT * FROM 'http://127.0.0.1:9/x.parquet'",
    "FROM read_text('{file}')",
    "SELECT (SELECT max(content) FROM read_text('{file}'))",
    "SELECT * FROM status_count WHERE EXISTS (SELECT 1 FROM read_text('{file}'))",
    "SELECT * FROM status_count UNION ALL SELECT * FROM read_text('{file}')",
    "WITH x AS (SELECT * FROM read_text('{file}')) SELECT * FROM x",
    "SELECT * FROM LATERAL (SELECT * FROM read_text('{file}'))",
    "SELECT * FROM TABLE(read_text('{file}'))",
    "SELECT * FROM UNNEST((SELECT list(content) FROM read_text('{file}'))) AS t(x)",
    "SELECT read_text('{file}')",
    "SELECT * FROM query('SELECT * FROM read_text(''{file}'')')",
    "SELECT * FROM query_table('{file}')",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM sqlite_master",
    "SELECT getenv('HOME')",
    "COPY status_count TO '{new}'",
    "COPY (SELECT 1) TO '{new}'",
    "EXPORT DATABASE '{new}'",
    "SELECT 1; COPY (SELECT 1) TO '{new}'",
    "ATTACH '{new}' AS x",
    "ATTACH DATABASE '{new}'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA database_list",
    "SET enable_external_access = true",
    "CALL pragma_version()",
    "CREATE TABLE x AS SELECT 1",
    "INSERT INTO status_count SELECT * FROM status_count",
    "DROP TABLE status_count",
    "SELECT * INTO x FROM status_count",
    "PREPARE x AS SELECT 1",
    'SELECT * FROM "x""; DROP TABLE status_count; --"',
    'SHOW TABLES IN "x\'; DROP TABLE y"',
    "DESCRIBE read_text('{file}')",
]


@pytest.fixture(scope="module")
def glue(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[GlueClient]":
    """The client of a catalogue that knows the project's tables, all empty."""
    lake_uri = tmp_path_factory.mktemp("lake").as_uri()
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    with embedded_aws(lake_uri) as aws:
        client = session.client("glue", endpoint_url=aws.endpoint_url)
        for crawler in CRAWLERS.values():
            crawl(crawler, lake_uri, client)
        yield client
        client.close()


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_query_that_reaches_beyond_the_tables_is_refused(
    attack: str, glue: "GlueClient", tmp_path: Path
) -> None:
    """It is an error, and no file appears."""
    with pytest.raises(SluiceError):
        run_query(attack.format(file=SECRET_FILE, new=tmp_path / "new"), DATABASE, glue)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("attack", [attack for attack in ATTACKS if "{" in attack])
def test_the_engine_refuses_too_what_the_parser_would_miss(attack: str, tmp_path: Path) -> None:
    """The settings alone keep every file closed, and cannot be taken back."""
    with duckdb.connect() as engine:
        for setting in athena_tables._SETTINGS:
            engine.execute(setting)
        for statement in (
            "SET enable_external_access = true",
            attack.format(file=SECRET_FILE, new=tmp_path / "new"),
        ):
            with pytest.raises(duckdb.Error):
                engine.execute(statement).fetchall()

    assert list(tmp_path.iterdir()) == []


def test_a_query_does_not_see_the_variables_of_the_program(
    glue: "GlueClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB would take a name that is no table for a Python variable of its caller."""
    monkeypatch.setattr(athena_tables, "tables_of", lambda query, database: set())
    monkeypatch.setattr(athena, "secret", pa.table({"seen": ["x"]}), raising=False)

    with pytest.raises(SluiceError, match="secret does not exist"):
        run_query("SELECT * FROM secret", DATABASE, glue)
