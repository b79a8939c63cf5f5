"""Athena's SQL: understood, held to one reading statement, and translated for DuckDB."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass

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


@dataclass(frozen=True)
class TableRead:
    """A table that a query reads, names in lower case, and as of what: `("VERSION", "5")`."""

    database: str
    name: str
    as_of: tuple[str, str] | None = None

    @property
    def offered_as(self) -> str:
        """The name under which the translated query asks for it."""
        return self.name if self.as_of is None else " ".join((self.name, *self.as_of))


def tables_of(query: exp.Query, database: str) -> set[TableRead]:
    """Each table read; the names of a WITH are not among them. `database` is that of a name without one.

    Raises:
        OptionError: one is read as of something that is no constant.
    """
    return {_read(table, database) for table in _tables(query)}


def _tables(query: exp.Query) -> Iterator[exp.Table]:
    for scope in traverse_scope(query):
        yield from (table for table in scope.sources.values() if isinstance(table, exp.Table))


def _read(table: exp.Table, database: str) -> TableRead:
    as_of = None
    if (version := table.args.get("version")) is not None:
        if version.args["kind"] != "AS OF" or version.expression.find(exp.Column, exp.Query):
            raise OptionError(f"{version.sql('athena')}: not possible; give FOR TIMESTAMP AS OF a constant")
        as_of = (str(version.this).upper(), version.expression.sql("duckdb"))
    return TableRead(table.db.lower() or database.lower(), table.name.lower(), as_of)


def mentioned_names(query: exp.Query) -> set[str] | None:
    """Every name in the query, in lower case: no other column is read. None where all may be."""
    if any(not isinstance(star.parent, exp.Count) for star in query.find_all(exp.Star)):
        return None
    if any(join.args.get("method") == "NATURAL" for join in query.find_all(exp.Join)):
        return None
    return {name.name.lower() for name in query.find_all(exp.Identifier)}


def as_duckdb(query: exp.Query, database: str) -> str:
    """The query in DuckDB's dialect; each table by the name that it is offered under.

    Raises:
        OptionError: something in it has no counterpart.
    """
    query = query.copy()
    for table in list(_tables(query)):
        read = _read(table, database)
        if read.as_of is not None and not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=True)))
        table.set("this", exp.to_identifier(read.offered_as, quoted=True))
        table.set("db", exp.to_identifier(read.database, quoted=True))
        table.set("version", None)
        if table.catalog.lower() == _CATALOG:
            table.set("catalog", None)
    for number, column in enumerate(query.selects):
        if not isinstance(column, _NAMED):
            column.replace(exp.alias_(column.copy(), f"{UNNAMED}{number}"))
    try:
        return query.sql("duckdb", unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as error:
        raise OptionError("not possible on a laptop: " + re.sub(r"\s+", " ", str(error))) from error
