"""What Athena's SQL on a laptop refuses, and how it says so: in one line that helps."""

from typing import TYPE_CHECKING, Any

import pytest

from glue_jobs.core.errors import CatalogError, OptionError, SourceError
from laptop.athena import run_query

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient

DATABASE = "mobile_network_aggregations"


def ask(glue: "GlueClient", sql: str) -> list[tuple[Any, ...]]:
    """The rows of the answer."""
    return run_query(sql, DATABASE, glue).rows


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO status_count SELECT * FROM status_count",
        "CREATE TABLE x AS SELECT 1",
        "DROP TABLE status_count",
        "COPY status_count TO '/tmp/x'",
        "ATTACH 'x.db'",
        "SET enable_external_access = true",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE status_count",
        "WITH t AS (INSERT INTO x SELECT 1) SELECT 1",
        "EXPLAIN SELECT 1",
        "UNLOAD (SELECT 1) TO 's3://b/x'",
        "",
        "-- nothing",
    ],
)
def test_all_but_one_reading_statement_is_refused(filled_glue: "GlueClient", sql: str) -> None:
    """In one line."""
    with pytest.raises(OptionError) as caught:
        ask(filled_glue, sql)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        "read_text('/etc/hostname')",
        "read_csv('/etc/hostname')",
        "sniff_csv('/etc/hostname')",
        "duckdb_settings()",
    ],
)
def test_functions_that_open_files_are_refused(filled_glue: "GlueClient", source: str) -> None:
    """Only tables of the catalogue are read."""
    with pytest.raises(OptionError, match="name a table of the catalogue"):
        ask(filled_glue, f"SELECT * FROM {source}")


@pytest.mark.parametrize(
    "name",
    [
        "'/etc/hostname'",
        '"/etc/hostname"',
        '"_table_0"',
        '"x"";DROP TABLE status_count;--"',
        "information_schema.tables",
    ],
)
def test_names_reach_the_catalogue_only(filled_glue: "GlueClient", name: str) -> None:
    """A file name or a piece of SQL as a table's name is an unknown table."""
    with pytest.raises(CatalogError, match="unknown"):
        ask(filled_glue, f"SELECT * FROM {name}")


def test_a_hostile_database_name_is_a_name(filled_glue: "GlueClient") -> None:
    """It is quoted wherever it is used."""
    assert run_query("SELECT 1", 'x"; DROP SCHEMA main; --', filled_glue).rows == [(1,)]


def test_an_unknown_table_is_named_beside_those_there_are(filled_glue: "GlueClient") -> None:
    """The message is enough to correct the query."""
    with pytest.raises(
        CatalogError, match=r"unknown table 'status' in .*; there are: gps_precision.*, status_count"
    ):
        ask(filled_glue, "SELECT * FROM status")


def test_an_unknown_database_is_named_beside_those_there_are(filled_glue: "GlueClient") -> None:
    """As for tables."""
    with pytest.raises(CatalogError, match="unknown database 'nope'; there are: mobile_network_aggregations"):
        ask(filled_glue, "SELECT * FROM nope.status_count")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT * FROM WHERE", "line 1, column 19, near 'WHERE'"),
        ("SELEC 1", "line 1, column 7, near '1'"),
        ("SELECT 1,\n  (2", "line 2"),
        ("SELECT 'open", "not understood"),
        ("SELECT nope FROM status_count", '"nope" not found'),
        ("SELECT nope(1)", "nope does not exist"),
    ],
)
def test_wrong_sql_is_explained_in_one_line(filled_glue: "GlueClient", sql: str, message: str) -> None:
    """Where it stops making sense, or which name is unknown."""
    with pytest.raises(OptionError) as caught:
        ask(filled_glue, sql)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_query_that_fails_over_the_data_says_why(filled_glue: "GlueClient") -> None:
    """A value that is no number."""
    with pytest.raises(SourceError, match="Could not convert string 'in words'"):
        ask(filled_glue, "SELECT CAST(description AS integer) FROM status_count")
