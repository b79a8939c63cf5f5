"""What a merged file says of its pieces, and how their rows are read."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_jobs.core.batch_files import Batch, with_batch_time
from glue_jobs.core.errors import SourceError
from glue_jobs.core.pieces import Piece, Redrive, metadata_of, newest_in, pieces_of, redrive_of, rows_of

QUERY = str(UUID(int=1))
TIME = datetime(2026, 3, 1, 7, tzinfo=UTC)
SCHEMA = pa.schema([("number", pa.int64()), ("other", pa.int64())])


def parquet(rows: int, metadata: dict[bytes, bytes] | None = None, group: int = 2**20) -> pq.ParquetFile:
    """A file of rows that are numbered."""
    sink = pa.BufferOutputStream()
    table = pa.table([range(rows), range(rows)], SCHEMA.with_metadata(metadata or {}))
    pq.write_table(table, sink, row_group_size=group)
    return pq.ParquetFile(pa.BufferReader(sink.getvalue()))


def test_a_plain_file_is_one_piece() -> None:
    """Its batch by its name, when that was planned by its metadata."""
    name = Batch(QUERY, 12).file_name(3)
    metadata = with_batch_time(SCHEMA, TIME).metadata

    (piece,) = pieces_of(f"raw/hour=07/{name}", parquet(5, metadata).metadata)

    assert piece == Piece(name, 5, 0, TIME)
    assert (piece.batch, piece.redrive, piece.newest) == (Batch(QUERY, 12), None, Batch(QUERY, 12))
    assert pieces_of("by-hand.parquet", parquet(1).metadata)[0].newest is None


def test_the_name_of_a_redrive_says_its_number_and_its_newest_batch() -> None:
    """Of the ledger, too; its records are of no batch."""
    redrive = Redrive(QUERY, 3, 12)
    assert redrive.file_name == f"part-00000-redrive-000000000003-until-000000000012-{QUERY}.parquet"
    for name in (redrive.file_name, redrive.ledger_name):
        piece = Piece(name, 1)
        assert (piece.batch, piece.redrive, newest_in(f"x/{name}")) == (None, redrive, Batch(QUERY, 12))
    assert redrive_of(Batch(QUERY, 12).file_name(0)) is None


pieces = st.lists(st.integers(0, 7), max_size=8)


@given(pieces, st.integers(1, 9), st.data())
def test_pieces_are_read_wherever_row_groups_end(sizes: list[int], group: int, data: st.DataObject) -> None:
    """Each row once, in order, with its place in its piece; no more than a row group at once."""
    made = [
        Piece(Batch(QUERY, number).file_name(0), rows, sum(sizes[:number]), TIME + timedelta(seconds=number))
        for number, rows in enumerate(sizes)
    ]
    file = parquet(sum(sizes), metadata_of(made), group)

    assert pieces_of("merged.parquet", file.metadata) == tuple(made)
    wanted = data.draw(st.lists(st.sampled_from(made), unique=True) if made else st.just([]))
    found = [*rows_of(file, wanted, ["number"])]

    expected = {piece: [*range(piece.first, piece.first + piece.rows)] for piece in wanted if piece.rows}
    assert {some.piece for some in found} == expected.keys()
    for piece, numbers in expected.items():
        own = [some for some in found if some.piece == piece]
        assert [number for some in own for number in some.rows["number"].to_pylist()] == numbers
        assert all(some.rows["number"][0].as_py() == piece.first + some.first for some in own)
    assert all(0 < len(some.rows) <= group and some.rows.column_names == ["number"] for some in found)


def test_without_a_choice_all_columns_are_read() -> None:
    """In one table, where the file has one row group."""
    file = parquet(5)
    (some,) = rows_of(file, pieces_of("one.parquet", file.metadata))
    assert some.rows == file.read()


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (metadata_of([Piece("a", 4)]), "it has 5 rows, and its pieces 4"),
        ({b"sluice.pieces": b"["}, "do not say what it is made of"),
        ({b"sluice.pieces": b'[{"file": "a"}]'}, "do not say what it is made of: KeyError"),
    ],
)
def test_a_file_that_its_metadata_do_not_fit_is_refused(told: dict[bytes, bytes], why: str) -> None:
    """Whose records they are would not be known."""
    with pytest.raises(SourceError, match=f"^a/merged.parquet: .*{why}"):
        pieces_of("a/merged.parquet", parquet(5, told).metadata)
