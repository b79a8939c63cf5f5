"""Rows of several files, sorted in pieces."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_jobs.core.repair.sorted_rows import Open, UnreadableFile, opener, sorted_rows
from tests.core.hours_lake import HoursLake

UTC_TIME = pa.timestamp("us", "UTC")
SCHEMA = pa.schema(
    [pa.field("start", UTC_TIME, False), pa.field("name", pa.string()), pa.field("count", pa.int64())]
)
KEY = ("start", "name")
BEGIN = datetime(2026, 3, 1, 7, tzinfo=UTC)

Row: TypeAlias = tuple[int, str | None, int]

NAMES = st.none() | st.sampled_from(["", "a", "b", "Ω"])
ROWS = st.lists(st.tuples(st.integers(0, 6), NAMES, st.integers(0, 99)), max_size=12)


def rows_of(*rows: Row) -> pa.Table:
    """Rows of (minutes after the hour, name, count)."""
    named = [{"start": BEGIN + timedelta(minutes=m), "name": name, "count": count} for m, name, count in rows]
    return pa.Table.from_pylist(named, SCHEMA)


def in_memory(files: dict[str, pa.Table]) -> Open:
    """Opens them as Parquet, in row groups of three."""
    contents = {}
    for path, table in files.items():
        pq.write_table(table, content := BytesIO(), row_group_size=3)
        contents[path] = content.getvalue()
    return lambda path: pq.ParquetFile(BytesIO(contents[path]))


def model_key(row: dict[str, Any]) -> tuple[datetime, bool, str]:
    """Nulls come last."""
    return row["start"], row["name"] is None, row["name"] or ""


@given(files=st.lists(ROWS, max_size=5), most_rows=st.integers(1, 20))
def test_the_pieces_are_all_rows_in_order(files: list[list[Row]], most_rows: int) -> None:
    """Whatever the bound, as if all were sorted at once; a piece above the bound is one window."""
    tables = {f"{number}.parquet": rows_of(*rows) for number, rows in enumerate(files)}

    pieces = list(sorted_rows(in_memory(tables), list(tables), SCHEMA, KEY, most_rows))

    found = [row for piece in pieces for row in piece.to_pylist()]
    given_rows = [row for table in tables.values() for row in table.to_pylist()]
    assert [model_key(row) for row in found] == sorted(map(model_key, given_rows))
    assert sorted(map(repr, found)) == sorted(map(repr, given_rows))
    assert all(piece.schema == SCHEMA for piece in pieces)
    assert all(len(piece) <= most_rows or len(set(piece["start"].to_pylist())) == 1 for piece in pieces)


def test_a_column_that_came_later_is_null_in_older_files() -> None:
    """And a column of a narrower type is widened."""
    old = pa.table({"start": pa.array([BEGIN], UTC_TIME), "count": pa.array([3], pa.int32())})
    files = in_memory({"old": old, "new": rows_of((1, "a", 4))})

    (piece,) = sorted_rows(files, ["old", "new"], SCHEMA, KEY)

    assert [row["name"] for row in piece.to_pylist()] == [None, "a"]
    assert piece["count"].to_pylist() == [3, 4]


def test_a_column_that_the_table_lacks_is_refused() -> None:
    """Its values would be lost."""
    wider = rows_of((1, "a", 4)).append_column("surprise", pa.array([1]))
    with pytest.raises(UnreadableFile, match=r"^x: has the columns surprise, which the table's contract"):
        list(sorted_rows(in_memory({"x": wider}), ["x"], SCHEMA, KEY))


def test_a_file_without_the_first_column_of_the_key_is_refused() -> None:
    """The rows are cut by it."""
    with pytest.raises(UnreadableFile, match=r"^x: lacks the column start, which"):
        list(sorted_rows(in_memory({"x": rows_of().drop_columns(["start"])}), ["x"], SCHEMA, KEY))


@pytest.mark.parametrize("held_bytes", [0, 2**20])
def test_files_are_opened_from_the_lake(
    hours_lake: HoursLake, held_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether they are held in memory or fetched when they are asked for; one that is no Parquet is named."""
    monkeypatch.setattr("glue_jobs.core.repair.sorted_rows.HELD_BYTES", held_bytes)
    content = BytesIO()
    pq.write_table(rows_of((1, "a", 4)), content)
    for path, some in {"whole": content.getvalue(), "cut": content.getvalue()[:-9]}.items():
        with hours_lake.storage.new_file(path) as file:
            file.write(some)
    sizes = {file.path: file.size for file in hours_lake.storage.list_files("")}

    open_file = opener(hours_lake.storage, sizes)

    assert open_file("whole").metadata.num_rows == 1
    with pytest.raises(UnreadableFile, match=r"^cut: cannot be read as Parquet"):
        open_file("cut")
