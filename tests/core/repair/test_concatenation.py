"""Compaction of raw and quarantine: what it makes, and what it refuses to lose."""

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from glue_jobs.contracts.mobile_coverage import QUARANTINE, RAW
from glue_jobs.core.errors import SinkError
from glue_jobs.core.pieces import Piece, Redrive, rows_of
from glue_jobs.core.repair import merging
from glue_jobs.core.repair.sorted_rows import UnreadableFile, opener
from glue_jobs.core.repair.versions import Manifest
from tests.core.hours_lake import HOUR, NEXT_HOUR, QUERY, HoursLake
from tests.core.repair.raw_lake import (
    FOLDER,
    compacted,
    concatenate_by_force,
    fill,
    part,
    pieces,
    reached,
    standing,
    take,
    texts,
    time_of,
)


@pytest.fixture
def lake(hours_lake: HoursLake) -> HoursLake:
    """See `fill`."""
    return fill(hours_lake)


def test_files_become_one_in_the_order_of_batches_and_parts_with_redrives_last(lake: HoursLake) -> None:
    """Readers get the same rows; the file says of each what it was, the open hour is not touched."""
    open_hour = lake.catalog.location(RAW, NEXT_HOUR)

    (done,) = compacted(lake)

    assert (done.table, done.hour, done.rows) == (RAW.name, HOUR, 7)
    assert (done.files_before, done.files_after) == (5, 1)
    assert texts(lake) == [*"abcdefg"]
    names = [part(9), part(9, 1), part(10), *(Redrive(QUERY, *of).file_name for of in ((1, 9), (2, 8)))]
    (file,) = standing(lake).files
    assert pieces(lake, file.path) == tuple(
        Piece(name, rows, first, time_of(name))
        for name, rows, first in zip(names, [2, 2, 1, 1, 1], [0, 2, 4, 5, 6], strict=True)
    )
    assert lake.catalog.location(RAW, NEXT_HOUR) == open_hour


def test_a_version_says_which_files_have_gone_into_it(lake: HoursLake) -> None:
    """In its manifest, and the newest batch in its name, where a redrive counts as its newest."""
    take(lake, Redrive(QUERY, 3, until=11).file_name, "h")

    compacted(lake)

    manifest = standing(lake)
    assert (manifest.made_by, manifest.definition, manifest.rows) == ("compact", None, 8)
    assert (manifest.query, manifest.batch, manifest.redrive) == (QUERY, 11, 3)
    assert len(manifest.pieces) == 6
    assert {f"{FOLDER}/{name}" for name in manifest.pieces} == {file.path for file in manifest.replaces}
    assert Manifest.from_json(manifest.to_json()) == manifest


def test_a_file_ends_with_the_piece_with_which_it_reaches_the_target(lake: HoursLake) -> None:
    """No piece goes over into the next; again there is nothing to do."""
    before = sorted(texts(lake))

    assert compacted(lake, target_bytes=1) == []  # its files are as large as asked for
    take(lake, part(11), "", "", row_group_size=1)
    (done,) = list(concatenate_by_force(lake))

    files = standing(lake).files
    assert done.files_after == len(files) == 6
    assert [[piece.name for piece in pieces(lake, file.path)] for file in files] == [
        [name] for name in standing(lake).pieces
    ]
    assert sorted(texts(lake)) == ["", "", *before]
    assert compacted(lake, target_bytes=1) == []


def test_row_groups_are_neither_tiny_nor_beyond_their_bounds(
    lake: HoursLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By rows and by bytes, whatever those of the stream's files were."""
    take(lake, part(11), *"ghijklmnop", row_group_size=1)
    monkeypatch.setattr(merging, "ROW_GROUP", 4)
    compacted(lake)
    (file,) = standing(lake).files
    metadata = pq.read_metadata(pa.BufferReader(lake.storage.read_file(file.path)))
    assert [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)] == [4, 4, 4, 4, 1]
    assert [piece.rows for piece in pieces(lake, file.path)] == [2, 2, 1, 10, 1, 1]


def test_quarantine_is_compacted_as_raw_is(hours_lake: HoursLake) -> None:
    """With its own columns."""
    for batch in (4, 3):
        row = {"reason": "malformed_json", "payload": f"{batch}".encode()}
        hours_lake.publish(batch, [row], table=QUARANTINE)
    compacted(hours_lake, table=QUARANTINE)
    assert [row["payload"] for row in hours_lake.read(table=QUARANTINE)] == [b"3", b"4"]


def test_an_hour_that_would_lose_a_row_is_left(lake: HoursLake, monkeypatch: pytest.MonkeyPatch) -> None:
    """However that came about: the rows are counted before the switch."""
    monkeypatch.setattr(merging, "rows_of", lambda file, pieces: [*rows_of(file, pieces)][1:])
    with pytest.raises(SinkError, match="7 rows would become 0; nothing was changed"):
        compacted(lake)
    assert sorted(texts(lake)) == [*"abcdefg"]


def test_a_column_that_the_table_has_not_is_refused(lake: HoursLake) -> None:
    """It would be lost; one that an older file lacks is null."""
    path = take(lake, part(11), "z")
    more = {"offset": pa.array([1])}
    for columns in ({"data": pa.array([b"z"])}, {"data": pa.array([b"z"]), **more}):
        with lake.storage.new_file(path) as file:
            pq.write_table(pa.table(columns), file)
        if "offset" in columns:
            with pytest.raises(
                UnreadableFile, match=r"part-00000-batch-000000000011.* columns offset, which"
            ):
                compacted(lake)
    with lake.storage.new_file(path) as file:
        pq.write_table(pa.table({"data": pa.array([b"z"])}), file)
    compacted(lake)
    assert next(row for row in lake.read(table=RAW) if row["data"] == b"z")["arrival_time"] is None


@pytest.mark.parametrize("files", [10, 40])
def test_memory_does_not_grow_with_the_hour(
    hours_lake: HoursLake, monkeypatch: pytest.MonkeyPatch, files: int
) -> None:
    """Held are the files that are fetched together, and the rows of a row group: both have their bounds."""
    held, fetched = list[int](), list[int]()
    write = pq.ParquetWriter.write_table
    idle = pa.total_allocated_bytes()

    def weighed(writer: Any, rows: pa.Table) -> None:
        held.append(pa.total_allocated_bytes() - idle)
        write(writer, rows)

    def counted(lake: Any, sizes: dict[str, int]) -> Any:
        fetched.append(sum(sizes.values()))
        return opener(lake, sizes)

    record = "x" * 100
    paths = [take(hours_lake, part(number), *[f"{number}{record}"] * 500) for number in range(files)]
    size = len(hours_lake.storage.read_file(paths[0]))
    monkeypatch.setattr(merging, "HELD_BYTES", 5 * size)
    monkeypatch.setattr(merging, "GROUP_BYTES", 100_000)
    monkeypatch.setattr(pq.ParquetWriter, "write_table", weighed)
    monkeypatch.setattr(merging, "opener", counted)

    (done,) = compacted(hours_lake, progress=reached(files))

    assert (done.files_before, done.rows) == (files, files * 500)
    assert len(held) > files / 3
    assert max(held) < 6 * 100_000
    assert max(fetched) <= 5 * size
