"""`sluice query` prints what the tables hold, in three formats."""

import csv
import io
import json
from typing import Any

import pytest

from cli.result_formats import as_text

SQL = "SELECT postal_code, description, status_count, window_start FROM status_count ORDER BY status_count"


def test_json_is_an_array_of_objects(sluice: Any, lake_uri: str) -> None:
    """Numbers stay numbers, a null is null, a timestamp is UTC."""
    called = sluice("query", SQL, "--lake_uri", lake_uri, "--format", "json")
    start = "2026-01-01 07:00:00.000"
    assert json.loads(called.out) == [
        {
            "postal_code": "080193",
            "description": 'says "in, service"',
            "status_count": 3,
            "window_start": start,
        },
        {"postal_code": None, "description": "out", "status_count": 4, "window_start": start},
    ]


def test_csv_is_quoted_where_needed(sluice: Any, lake_uri: str) -> None:
    """A null is empty; commas and quotes survive."""
    called = sluice("query", SQL, "--lake_uri", lake_uri, "--format", "csv")
    assert list(csv.reader(io.StringIO(called.out, newline=""))) == [
        ["postal_code", "description", "status_count", "window_start"],
        ["080193", 'says "in, service"', "3", "2026-01-01 07:00:00.000"],
        ["", "out", "4", "2026-01-01 07:00:00.000"],
    ]


def test_a_piped_table_is_not_cut(sluice: Any, lake_uri: str) -> None:
    """However long a value is, it stands on its line."""
    called = sluice(
        "query",
        "SELECT rpad('x', 500, 'y') AS long_one, postal_code FROM status_count",
        "--lake_uri",
        lake_uri,
    )
    assert "x" + "y" * 499 in called.out
    assert "NULL" in called.out
    assert called.out.endswith("2 rows\n")


def test_show_tables_needs_no_data(sluice: Any, lake_uri: str) -> None:
    """All five tables are registered, files or none."""
    called = sluice("query", "SHOW TABLES", "--lake_uri", lake_uri, "--format", "csv")
    assert called.out.split() == [
        "tab_name",
        "gps_precision_by_provider",
        "quarantine_mobile_coverage",
        "raw_mobile_coverage",
        "signal_strength_by_operator",
        "status_count",
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"caf\xc3\xa9", "café"),
        (b"\xff{", "\\xff{"),
        (True, "true"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        ([1, None], "[1, null]"),
        ("[bold]", "[bold]"),
    ],
)
def test_values_are_printed_as_text(value: object, expected: str) -> None:
    """Bytes as UTF-8 with escapes; nothing is taken for markup."""
    assert as_text(value) == expected
