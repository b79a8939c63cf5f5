"""The benchmark's check: equal tables pass, anything else does not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.equality import ResultsDiffer, check_side_tables, check_tables
from glue_jobs.contracts.contract import TableContract
from glue_jobs.contracts.mobile_coverage import (
    GPS_PRECISION_BY_PROVIDER,
    SIGNAL_STRENGTH_BY_OPERATOR,
    STATUS_COUNT,
)
from glue_jobs.core.arrow_schema import arrow_schema

SIGNAL, GPS, STATUS = (
    aggregate.table for aggregate in (SIGNAL_STRENGTH_BY_OPERATOR, GPS_PRECISION_BY_PROVIDER, STATUS_COUNT)
)
TEN = datetime(2024, 1, 15, 10, tzinfo=UTC)
TIMES = {"window_start": TEN, "window_end": TEN + timedelta(minutes=2)}

SIGNAL_ROW = TIMES | {
    "operator": "Movistar",
    "postal_code": None,
    "average_signal": 10.1,
    "minimum_signal": 4,
    "maximum_signal": 31,
    "record_count": 3,
}
GPS_ROW = TIMES | {
    "provider": "gps",
    "average_precision": None,
    "precision_count": 0,
    "average_satellites": 4.5,
    "satellites_count": 2,
}
STATUS_ROW = TIMES | {
    "postal_code": "080193",
    "status": 2,
    "description": "STATE_EMERGENCY_ONLY",
    "status_count": 3,
}

Row: TypeAlias = dict[str, Any]
Rows: TypeAlias = list[Row]


def write(output: Path, table: TableContract, rows: Rows, folder: str = "") -> None:
    """Rows as a file of an engine's output."""
    place = output / "lake" / (folder or table.path) / "event_date=2024-01-15" / "hour=10"
    place.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, arrow_schema(table.schema)), place / "part.parquet")


def output(folder: Path, signal: Rows, gps: Rows, status: Rows) -> Path:
    """What an engine has published."""
    write(folder, SIGNAL, signal)
    write(folder, GPS, gps)
    write(folder, STATUS, status)
    return folder


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    """What DuckDB has published: a row in each table."""
    return output(tmp_path / "duckdb", [SIGNAL_ROW], [GPS_ROW], [STATUS_ROW])


def test_equal_tables_pass(tmp_path: Path, reference: Path) -> None:
    """Unknown equals unknown, in keys and measures; the rows compared are counted."""
    ours = output(tmp_path / "ours", [SIGNAL_ROW], [GPS_ROW], [STATUS_ROW])
    assert check_tables("ours", ours, reference) == 3


def test_tables_in_folders_by_name_pass(tmp_path: Path, reference: Path) -> None:
    """Spark's own sink puts each table into a folder of its `partitionBy`."""
    for table, row in ((SIGNAL, SIGNAL_ROW), (GPS, GPS_ROW), (STATUS, STATUS_ROW)):
        write(tmp_path / "spark", table, [row], f"aggregations/table_name={table.name}")
    assert check_tables("spark", tmp_path / "spark", reference) == 3


def test_averages_may_differ_by_rounding(tmp_path: Path, reference: Path) -> None:
    """Sums of the same numbers in another order: a billionth passes."""
    rounded = SIGNAL_ROW | {"average_signal": 10.1 * (1 + 1e-12)}
    ours = output(tmp_path / "ours", [rounded], [GPS_ROW], [STATUS_ROW])
    assert check_tables("ours", ours, reference) == 3


@pytest.mark.parametrize(
    ("signal", "gps", "status", "told"),
    [
        ({"average_signal": 10.2}, {}, {}, "signal_strength_by_operator differs in 1 rows"),
        ({"minimum_signal": 5}, {}, {}, "minimum_signal=5"),
        ({"postal_code": "080193"}, {}, {}, "signal_strength_by_operator differs in 2 rows"),
        (
            {},
            {"average_precision": 11.5},
            {},
            r"gps_precision_by_provider differs in 1 rows; window=2024-01-15 10:00:00, provider=gps",
        ),
        ({}, {"average_satellites": None}, {}, "average_satellites=None"),
        ({}, {}, {"status_count": 4}, "status_count=4"),
        ({}, {}, {"window_start": TEN - timedelta(minutes=2)}, "status_count differs in 2 rows"),
    ],
)
def test_a_changed_row_fails(
    tmp_path: Path, reference: Path, signal: Row, gps: Row, status: Row, told: str
) -> None:
    """Engine, table and group are named."""
    ours = output(tmp_path / "ours", [SIGNAL_ROW | signal], [GPS_ROW | gps], [STATUS_ROW | status])
    with pytest.raises(ResultsDiffer, match=f"ours: .*{told}"):
        check_tables("ours", ours, reference)


def test_a_row_that_only_one_side_has_fails(tmp_path: Path, reference: Path) -> None:
    """Whichever side it is."""
    more = output(tmp_path / "more", [SIGNAL_ROW], [GPS_ROW, GPS_ROW | {"provider": "fused"}], [STATUS_ROW])
    with pytest.raises(
        ResultsDiffer, match=r"provider=fused: more average_precision.*DuckDB has no such group"
    ):
        check_tables("more", more, reference)
    with pytest.raises(ResultsDiffer, match="provider=fused: less has no such group"):
        check_tables("less", reference, more)


def test_a_row_that_is_there_twice_fails(tmp_path: Path, reference: Path) -> None:
    """Equal values do not make up for it."""
    twice = output(tmp_path / "twice", [SIGNAL_ROW], [GPS_ROW], [STATUS_ROW, STATUS_ROW])
    with pytest.raises(ResultsDiffer, match=r"status_count differs in 2 rows.*rows_of_the_group=2"):
        check_tables("twice", twice, reference)


def test_nothing_published_fails(tmp_path: Path, reference: Path) -> None:
    """Two empty results are no agreement."""
    with pytest.raises(ResultsDiffer, match="ours: has published nothing in signal_strength_by_operator"):
        check_tables("ours", tmp_path / "ours", reference)


def test_raw_and_rejected_records_are_counted(tmp_path: Path) -> None:
    """One too few in raw fails, and one in quarantine that should not be there."""
    write(tmp_path, STATUS, [STATUS_ROW], "raw/mobile_coverage")
    check_side_tables("ours", tmp_path, raw_rows=1)
    with pytest.raises(ResultsDiffer, match="ours: raw has 1 records, not 2"):
        check_side_tables("ours", tmp_path, raw_rows=2)
    with pytest.raises(ResultsDiffer, match="ours: quarantine has 0 records, not 1"):
        check_side_tables("ours", tmp_path, raw_rows=1, rejected_rows=1)
