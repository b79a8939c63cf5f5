"""The statements that ask about tables rather than read them: SHOW TABLES, SHOW PARTITIONS, DESCRIBE."""

import re
from dataclasses import dataclass
from typing import Any, Literal

from glue_jobs.core.errors import OptionError
from laptop.athena_catalog import AthenaCatalog
from laptop.athena_iceberg import is_iceberg

_NAME = r'("(?:[^"]|"")+"|`[^`]+`|\w+)'
_TABLE = rf"(?:{_NAME}\.)?{_NAME}"
_PATTERNS: dict[Literal["tables", "partitions", "columns"], str] = {
    "tables": rf"SHOW\s+TABLES(?:\s+(?:IN|FROM)\s+{_NAME})?()",
    "partitions": rf"SHOW\s+PARTITIONS\s+{_TABLE}",
    "columns": rf"DESC(?:RIBE)?\s+{_TABLE}",
}


@dataclass(frozen=True)
class Show:
    """What is asked, of which database ("" where none is named) and table, in lower case."""

    what: Literal["tables", "partitions", "columns"]
    database: str
    table: str


def parse_show(sql: str) -> Show | None:
    """The question in `sql`, or None where it is another statement."""
    for what, pattern in _PATTERNS.items():
        found = re.fullmatch(rf"\s*{pattern}\s*;?\s*", sql, re.IGNORECASE)
        if found:
            database, table = (_plain(name or "") for name in found.groups())
            return Show(what, database, table)
    return None


def _plain(name: str) -> str:
    return name.strip('"`').replace('""', '"').lower()


def answer_of(show: Show, database: str, catalog: AthenaCatalog) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows. `database` is the one meant where the statement names none."""
    where = show.database or database
    if show.what == "tables":
        return ["tab_name"], [(name,) for name in catalog.table_names(where)]
    columns, keys = catalog.columns(where, show.table)
    if show.what == "columns":
        return ["col_name", "data_type", "comment"], [*columns, *keys]
    if is_iceberg(catalog.table(where, show.table)):
        raise OptionError(
            f"{show.table}: is an Iceberg table, of which the catalogue knows no partitions; "
            f'ask "{show.table}$partitions"'
        )
    names = [name for name, _, _ in keys]
    rows = [_partition_name(names, values) for values, _ in catalog.partitions(where, show.table)]
    return ["partition"], sorted((name,) for name in rows)


def _partition_name(names: list[str], values: list[str]) -> str:
    return "/".join(f"{name}={value}" for name, value in zip(names, values, strict=True))
