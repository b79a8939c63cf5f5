"""The answer of a query as a table, as CSV (RFC 4180) or as JSON, on standard output."""

import csv
import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from glue_jobs.core.counted import counted
from glue_jobs.core.redaction import printable
from laptop.athena import QueryResult

_UNLIMITED = 1_000_000  # columns of a "terminal" that is really a file or a pipe


def print_table(result: QueryResult) -> None:
    """Aligned columns, numbers to the right; a null is a dim NULL. Only a terminal folds long values.

    A character that a terminal would obey is shown as its escape: what is in a table may be anybody's.
    """
    piped = not sys.stdout.isatty()
    console = Console(file=sys.stdout, width=_UNLIMITED if piped else None, highlight=False)
    table = Table(box=box.SIMPLE_HEAD)
    for name, values in zip(result.columns, _columns(result), strict=True):
        numbers = any(isinstance(value, int | float | Decimal) for value in values)
        table.add_column(
            Text(printable(name)), justify="right" if numbers else "left", no_wrap=piped, overflow="fold"
        )
    for row in result.rows:
        table.add_row(*map(_cell, row))
    console.print(table)
    console.print(counted(len(result.rows), "row"))


def print_answers(console: Console, answers: Mapping[str, QueryResult]) -> None:
    """Each query, and its answer as a table."""
    for query, answer in answers.items():
        console.print(f"\n[bold]{query}[/]", highlight=False)
        print_table(answer)


def _columns(result: QueryResult) -> list[tuple[Any, ...]]:
    return list(zip(*result.rows, strict=True)) or [() for _ in result.columns]


def _cell(value: Any) -> Text:
    return Text("NULL", style="dim") if value is None else Text(printable(as_text(value)))


def print_csv(result: QueryResult) -> None:
    """A header and one line a row, ended by CR LF; a null is empty."""
    writer = csv.writer(sys.stdout, lineterminator="\r\n")
    writer.writerow(result.columns)
    writer.writerows(["" if value is None else as_text(value) for value in row] for row in result.rows)


def print_json(result: QueryResult) -> None:
    """An array with one object a row."""
    rows = [dict(zip(result.columns, map(_plain, row), strict=True)) for row in result.rows]
    json.dump(rows, sys.stdout, ensure_ascii=False, indent=2, allow_nan=False)
    sys.stdout.write("\n")


def as_text(value: Any) -> str:
    """A value as Athena prints it: `2026-11-21 07:00:00.000`, true, bytes as UTF-8 with escapes."""
    plain = _plain(value)
    if isinstance(plain, bool):
        return str(plain).lower()
    return json.dumps(plain, ensure_ascii=False) if isinstance(plain, dict | list) else str(plain)


def _plain(value: Any) -> Any:
    """A value that JSON knows. NaN and infinities become texts, for JSON has none."""
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="backslashreplace")
    if isinstance(value, datetime):
        return _timestamp(value)
    if isinstance(value, float) and value - value != 0:
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | int | float | None) else _other(value)


def _other(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _timestamp(value: datetime) -> str:
    zone = "" if value.tzinfo is None else " UTC"
    wall = value if value.tzinfo is None else value.astimezone(UTC)
    return wall.replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds") + zone


FORMATS: Mapping[str, Callable[[QueryResult], None]] = MappingProxyType(
    {"table": print_table, "csv": print_csv, "json": print_json}
)
