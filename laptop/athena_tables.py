"""What a query reads, handed to DuckDB: tables of Parquet and of Iceberg, and views with what they read."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb
from sqlglot import exp

from glue_jobs.core.errors import CatalogError, OptionError
from laptop.athena_catalog import AthenaCatalog
from laptop.athena_dialect import TableRead, as_duckdb, mentioned_names, parse_query, tables_of
from laptop.athena_iceberg import AsOf, iceberg_facts, iceberg_rows, is_iceberg
from laptop.athena_views import ViewText, view_text

_SETTINGS = (
    "SET TimeZone = 'UTC'",
    "SET integer_division = true",  # 5 / 2 is 2, as in Athena
    "SET autoinstall_known_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


def lock(connection: duckdb.DuckDBPyConnection) -> None:
    """Let DuckDB reckon as Athena does, open no file, and be told nothing else from now on."""
    for setting in _SETTINGS:
        connection.execute(setting)


@dataclass
class _Wanted:
    """What a query and its views read: tables and the names mentioned with them; views, inner ones first."""

    tables: dict[TableRead, set[str] | None] = field(default_factory=dict)
    views: dict[TableRead, ViewText] = field(default_factory=dict)


def offer_tables(
    connection: duckdb.DuckDBPyConnection, query: exp.Query, database: str, catalog: AthenaCatalog
) -> None:
    """A view in its database's schema for each table and view that the query reads.

    Raises:
        CatalogError: one is not there, or cannot be read here.
        OptionError: one is asked for as it was at a time, and has no such past.
    """
    wanted = _Wanted()
    _collect(query, database, catalog, wanted, ())
    for schema in sorted({database, *(read.database for read in (*wanted.tables, *wanted.views))}):
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(schema)}")
    for number, (read, mentioned) in enumerate(sorted(wanted.tables.items(), key=lambda item: str(item[0]))):
        connection.register(f"_table_{number}", _rows(catalog, read, mentioned))
        connection.execute(f"CREATE VIEW {_place(read)} AS FROM _table_{number}")
    for read, text in wanted.views.items():
        connection.execute(f"CREATE VIEW {_place(read)} AS {as_duckdb(parse_query(text.sql), text.database)}")
    connection.execute(f"USE {_quoted(database)}")


def _collect(
    query: exp.Query, database: str, catalog: AthenaCatalog, wanted: _Wanted, above: tuple[TableRead, ...]
) -> None:
    mentioned = mentioned_names(query)
    for read in tables_of(query, database):
        text = view_text(catalog.table(read.database, _base(read)))
        if text is None:
            before = wanted.tables.get(read, set())
            wanted.tables[read] = None if before is None or mentioned is None else before | mentioned
            continue
        if read in above:
            raise CatalogError(f"view {read.database}.{read.name}: reads itself")
        if read.as_of is not None or "$" in read.name:
            raise OptionError(
                f"{read.database}.{read.name}: is a view, which has no snapshots; ask its tables"
            )
        _collect(parse_query(text.sql), text.database, catalog, wanted, (*above, read))
        wanted.views.setdefault(read, text)


def _base(read: TableRead) -> str:
    return read.name.partition("$")[0]


def _rows(catalog: AthenaCatalog, read: TableRead, mentioned: set[str] | None) -> Any:
    found = catalog.table(read.database, _base(read))
    about = read.name.partition("$")[2]
    if is_iceberg(found):
        return iceberg_facts(found, about) if about else iceberg_rows(found, _as_of(read), mentioned)
    if about or read.as_of is not None:
        raise OptionError(f"{read.database}.{_base(read)}: is no Iceberg table, so it has no snapshots")
    return catalog.dataset(read.database, read.name)


def _as_of(read: TableRead) -> AsOf | None:
    if read.as_of is None:
        return None
    kind, constant = read.as_of
    wanted = "BIGINT" if kind == "VERSION" else "TIMESTAMPTZ"
    try:
        with duckdb.connect(":memory:") as connection:
            lock(connection)
            value = connection.execute(f"SELECT CAST({constant} AS {wanted})").fetchone()
    except duckdb.Error as error:
        raise OptionError(f"FOR {kind} AS OF {constant}: {str(error).splitlines()[0]}") from error
    if value is None or not isinstance(value[0], int | datetime):
        raise OptionError(f"FOR {kind} AS OF {constant}: gives no {kind.lower()}")
    return AsOf(value[0])


def _place(read: TableRead) -> str:
    return f"{_quoted(read.database)}.{_quoted(read.offered_as)}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
