"""Athena's SQL over the tables of a lake on this machine.

Tables, and where their partitions lie, come from the Glue catalogue, as on Athena: files in a folder
that is not registered are not seen. So do views, and where an Iceberg table has its newest
metadata. DuckDB runs the translated query; it gets the tables handed in and can open no file by itself.

Known differences: a division by zero gives null where Athena fails; text patterns of dates follow
DuckDB where sqlglot knows no translation (it says so).
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from glue_jobs.core.errors import OptionError, SourceError
from laptop.athena_catalog import AthenaCatalog
from laptop.athena_dialect import UNNAMED, as_duckdb, parse_query
from laptop.athena_show import answer_of, parse_show
from laptop.athena_tables import lock, offer_tables

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient

_WRONG_QUERY = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)


@dataclass(frozen=True)
class QueryResult:
    """The answer of a query: column names, their types in Athena's words, and rows of Python values.

    Timestamps without a zone are UTC, as Athena shows them.
    """

    columns: list[str]
    types: list[str]
    rows: list[tuple[Any, ...]]


def run_query(sql: str, database: str, glue_client: "GlueClient") -> QueryResult:
    """Run one reading statement: SELECT, SHOW TABLES, SHOW PARTITIONS or DESCRIBE.

    `database` is where table names without a database are looked up.

    Raises:
        OptionError: the statement is not understood, not one, or not reading.
        CatalogError: it names a table that the catalogue lacks.
        SourceError: it fails over the data, or a file cannot be read.
    """
    catalog = AthenaCatalog(glue_client)
    show = parse_show(sql)
    if show is not None:
        columns, rows = answer_of(show, database, catalog)
        return QueryResult(columns, ["varchar"] * len(columns), rows)
    query = parse_query(sql)
    with duckdb.connect(":memory:") as connection:
        offer_tables(connection, query, database, catalog)
        lock(connection)
        return _run(connection, as_duckdb(query, database))


def _run(connection: duckdb.DuckDBPyConnection, sql: str) -> QueryResult:
    try:
        relation = connection.sql(sql)
        types = [str(column_type) for column_type in relation.types]
        answer = relation.to_arrow_table()
    except _WRONG_QUERY as error:
        raise OptionError(f"the query cannot be run: {_one_line(error)}") from error
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise SourceError(f"the query failed: {_one_line(error)}") from error
    columns = [_values(column, name) for column, name in zip(answer.columns, types, strict=True)]
    rows = list(zip(*columns, strict=True)) if columns else []
    return QueryResult(_column_names(relation.columns), [_athena_type(name) for name in types], rows)


def _column_names(names: list[str]) -> list[str]:
    """The names as Athena gives them: a column without one is called by its place."""
    return [f"_col{place}" if name.startswith(UNNAMED) else name for place, name in enumerate(names)]


def _values(column: pa.ChunkedArray, duckdb_type: str) -> list[Any]:
    values: list[Any] = column.to_pylist()
    if duckdb_type != "HUGEINT":
        return values
    # DuckDB sums integers in 128 bits, which reach Arrow as decimals; Athena gives a bigint.
    return [int(value) if isinstance(value, Decimal) else value for value in values]


_TYPE_NAMES = {
    "HUGEINT": "bigint",
    "BLOB": "varbinary",
    "FLOAT": "real",
    "TIMESTAMP": "timestamp(3)",
    "TIMESTAMP WITH TIME ZONE": "timestamp(3) with time zone",
}


def _athena_type(duckdb_type: str) -> str:
    return _TYPE_NAMES.get(duckdb_type, duckdb_type.lower())


def _one_line(error: Exception) -> str:
    """DuckDB's message without the picture of the translated query below it."""
    message = str(error).split("\n\nLINE ")[0]
    return " ".join(message.split())
