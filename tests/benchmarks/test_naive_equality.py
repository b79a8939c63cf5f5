"""The naive job is compared by `status_count`: equal counts pass, anything else does not."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.equality import ResultsDiffer
from benchmarks.naive_equality import check_counts

AT_TEN = {"minute": 0, "postal_code": "080193"}
AT_TWO_PAST = {"minute": 2, "postal_code": None}


def write(file: Path, day: int, rows: list[dict[str, object]]) -> None:
    """Rows of `status_count` as Parquet; the windows are those after 10:00 of that day."""
    starts = [datetime(2024, 1, day, 10, row["minute"], tzinfo=UTC) for row in rows]  # type: ignore[arg-type]
    others = {name: [row[name] for row in rows] for name in rows[0] if name != "minute"}
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"window_start": starts, **others}), file)


def naive_output(folder: Path) -> Path:
    """Five events, with the postal code in the folder's name, as Spark writes it."""
    output, table = folder / "naive", folder / "naive" / "status_count" / "partition_hour=10"
    write(table / "postal_code=080193" / "a.parquet", 1, [{"minute": 0, "status": "2", "status_count": 3}])
    nowhere = table / "postal_code=__HIVE_DEFAULT_PARTITION__"
    write(nowhere / "b.parquet", 1, [{"minute": 2, "status": "0", "status_count": 2}])
    return output


def batch_output(folder: Path, first: int, second: int) -> Path:
    """The same groups on another day, one of them cut in two by its description."""
    rows: list[dict[str, object]] = [
        {**AT_TEN, "status": 2, "description": "STATE_EMERGENCY_ONLY", "status_count": first},
        {**AT_TEN, "status": 2, "description": None, "status_count": second},
        {**AT_TWO_PAST, "status": 0, "description": None, "status_count": 2},
    ]
    hour = folder / "batch/lake/aggregations/status_count/event_date=2024-01-15/hour=10"
    write(hour / "part.parquet", 15, rows)
    return folder / "batch"


def test_equal_counts_pass(tmp_path: Path) -> None:
    """Descriptions are added up, days and types do not matter; the groups compared are counted."""
    assert check_counts("naive", naive_output(tmp_path), batch_output(tmp_path, 2, 1)) == 2


def test_another_count_fails(tmp_path: Path) -> None:
    """One event too many in one group is found, and the group named."""
    with pytest.raises(ResultsDiffer, match=r"1 groups; \('10:00', '080193', '2'\): naive 3, DuckDB 4"):
        check_counts("naive", naive_output(tmp_path), batch_output(tmp_path, 2, 2))


def test_a_group_too_many_fails(tmp_path: Path) -> None:
    """What only one of the two has published is a difference."""
    output = naive_output(tmp_path)
    extra = output / "status_count" / "partition_hour=10" / "postal_code=170792" / "c.parquet"
    write(extra, 1, [{"minute": 4, "status": "0", "status_count": 1}])
    with pytest.raises(ResultsDiffer, match="naive 1, DuckDB None"):
        check_counts("naive", output, batch_output(tmp_path, 2, 1))


def test_nothing_published_fails(tmp_path: Path) -> None:
    """Two empty results are no agreement."""
    with pytest.raises(ResultsDiffer, match="naive: has published nothing"):
        check_counts("naive", tmp_path / "naive", tmp_path / "batch")
