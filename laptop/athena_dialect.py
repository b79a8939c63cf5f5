"""Athena's SQL: understood, held to one reading statement, and translated for DuckDB."""

import logging
import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, SqlglotError, TokenError, UnsupportedError
from sqlglot.optimizer.scope import traverse_scope

from glue_jobs.core.errors import OptionError

_CATALOG = "awsdatacatalog"  # the name under which Athena knows the Glue catalogue
UNNAMED = "_unnamed_column_"
"""How `as_duckdb` names a column without a name, before its number; Athena names it `_col0`, `_col1`."""
_NAMED = (exp.Alias, exp.Column, exp.Star, exp.Dot)
_WRITING = (exp.DML, exp.DDL, exp.Command, exp.Into, exp.Copy, exp.Drop, exp.Alter, exp.Set, exp.Pragma)

# sqlglot warns on its logger of what it cannot parse; here that becomes an error with one clear line.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)


def parse_query(sql: str) -> exp.Query:
    """The syntax tree of one reading statement.

    Raises:
        OptionError: anything else.
    """
    try:
        statements = [found for found in sqlglot.parse(sql, read="athena") if found is not None]
    except (ParseError, TokenError) as error:
        raise OptionError(_where(error)) from error
    if len(statements) != 1:
        raise OptionError(f"got {len(statements)} statements; give one SELECT")
    query = statements[0]
    if not isinstance(query, exp.Query) or _writes(query):
        raise OptionError(f"only reading is possible here, got {_beginning(sql)!r}; give one SELECT")
    _refuse_table_functions(query)
    return query


def _writes(query: exp.Query) -> bool:
    return any(isinstance(node, _WRITING) and not isinstance(node, exp.Query) for node in query.walk())


def _where(error: SqlglotError) -> str:
    if isinstance(error, ParseError) and error.errors:
        first = error.errors[0]
        near = str(first.get("highlight") or "").strip() or "the end"
        return f"SQL not understood at line {first.get('line')}, column {first.get('col')}, near {near!r}"
    return "SQL not understood: " + " ".join(str(error).split())


def _beginning(sql: str) -> str:
    return " ".join(sql.split()[:2])


def _refuse_table_functions(query: exp.Query) -> None:
    for table in query.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            raise OptionError(f"{table.sql('athena')}: no such table function; name a table of the catalogue")


def tables_of(query: exp.Query, database: str) -> set[tuple[str, str]]:
    """(database, table), in lower case, of each table read; the names of a WITH are not among them."""
    return {
        (table.db.lower() or database.lower(), table.name.lower())
        for scope in traverse_scope(query)
        for table in scope.sources.values()
        if isinstance(table, exp.Table)
    }


def as_duckdb(query: exp.Query) -> str:
    """The query in DuckDB's dialect.

    Raises:
        OptionError: something in it has no counterpart.
    """
    query = query.copy()
    for table in query.find_all(exp.Table):
        if table.catalog.lower() == _CATALOG:
            table.set("catalog", None)
    for number, column in enumerate(query.selects):
        if not isinstance(column, _NAMED):
            column.replace(exp.alias_(column.copy(), f"{UNNAMED}{number}"))
    try:
        return query.sql("duckdb", unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as error:
        raise OptionError("not possible on a laptop: " + re.sub(r"\s+", " ", str(error))) from error
