"""Pieces: which files a file of raw or quarantine was made of, in order.

Compaction puts the files of an hour one after the other. What was known of each by its name and its metadata
(the batch that wrote it, when that was planned) counts on, so a merged file says in its own metadata, key
`sluice.pieces`, what it is made of:

    [{"file": "part-00001-batch-000000000012-<query>.parquet", "rows": 9876, "batch_time": "2026-…"}, …]

A plain file is one piece: itself. A piece never goes over from one file into the next.

Besides those of the stream raw has files of redrives, rejected records that were mended since:

    part-00000-redrive-<number>-until-<batch>-<query>.parquet
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from glue_jobs.core.batch_files import Batch, batch_of, batch_time_of
from glue_jobs.core.errors import SourceError

_PIECES = b"sluice.pieces"

_REDRIVE = re.compile(r"redrive-(\d{12,})-until-(\d{12,})-([0-9a-f-]{36})\.parquet$")


@dataclass(frozen=True)
class Redrive:
    """Rejected records of a query that were mended and appended to raw.

    number  counts 1, 2, 3, …
    until   the newest batch of whose rejected records it holds some
    """

    query_id: str
    number: int
    until: int

    @property
    def ledger_name(self) -> str:
        """The name of the file that says which rejected records these are."""
        return f"redrive-{self.number:012d}-until-{self.until:012d}-{self.query_id}.parquet"

    @property
    def file_name(self) -> str:
        """The name of its file of raw."""
        return f"part-00000-{self.ledger_name}"


def redrive_of(path: str) -> Redrive | None:
    """The redrive that wrote a file of raw, or a ledger; None for a file of none."""
    match = _REDRIVE.search(path)
    return Redrive(match[3], int(match[1]), int(match[2])) if match else None


def newest_in(path: str) -> Batch | None:
    """The batch that wrote a file, or the newest of which a redrive holds records; None for other files."""
    redrive = redrive_of(path)
    return batch_of(path) if redrive is None else Batch(redrive.query_id, redrive.until)


@dataclass(frozen=True)
class Piece:
    """A file that is part of another, or that file itself.

    name        the name it was written with
    first       where it begins: the number of its first row in the file that holds it; it has `rows`
    batch_time  when its batch was planned; None where it does not say
    """

    name: str
    rows: int
    first: int = 0
    batch_time: datetime | None = None

    @property
    def batch(self) -> Batch | None:
        """The batch that wrote it; None for another one's."""
        return batch_of(self.name)

    @property
    def redrive(self) -> Redrive | None:
        """The redrive that wrote it; None for another one's."""
        return redrive_of(self.name)

    @property
    def newest(self) -> Batch | None:
        """The newest batch of which it holds records."""
        return newest_in(self.name)

    def told(self) -> dict[str, Any]:
        """What the metadata of a merged file say of it."""
        time = None if self.batch_time is None else self.batch_time.isoformat()
        return {"file": self.name, "rows": self.rows, "batch_time": time}


class PieceRows(NamedTuple):
    """Some rows of a piece: `first` is the number of the first of them in the piece."""

    piece: Piece
    first: int
    rows: pa.Table


def pieces_of(path: str, file: pq.FileMetaData) -> tuple[Piece, ...]:
    """What a file of raw or quarantine is made of, in the order of its rows.

    Raises:
        SourceError: what it says of its pieces does not fit it.
    """
    told = (file.metadata or {}).get(_PIECES)
    if told is None:
        return (Piece(path.rpartition("/")[2], file.num_rows, 0, batch_time_of(file)),)
    try:
        pieces = tuple(_pieces(json.loads(told)))
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{path}: its metadata do not say what it is made of: {error!r}") from error
    if sum(piece.rows for piece in pieces) != file.num_rows:
        raise SourceError(
            f"{path}: it has {file.num_rows} rows, and its pieces {sum(piece.rows for piece in pieces)}; "
            "another program has changed it, put back the old one"
        )
    return pieces


def _pieces(told: list[dict[str, Any]]) -> Iterator[Piece]:
    firsts = accumulate((one["rows"] for one in told), initial=0)
    for one, first in zip(told, firsts, strict=False):  # the last is the end
        time = one["batch_time"]
        yield Piece(one["file"], one["rows"], first, None if time is None else datetime.fromisoformat(time))


def metadata_of(pieces: Iterable[Piece]) -> dict[bytes, bytes]:
    """The metadata of a file that is made of these pieces, in this order."""
    return {_PIECES: json.dumps([piece.told() for piece in pieces]).encode()}


def rows_of(
    file: pq.ParquetFile, pieces: Sequence[Piece], columns: Sequence[str] | None = None
) -> Iterator[PieceRows]:
    """The rows of these pieces of a file, in their order there; one row group at a time is held.

    A row group that holds rows of several pieces is cut.
    """
    for group in range(file.num_row_groups):
        yield from rows_of_group(file, group, pieces, columns)


def rows_of_group(
    file: pq.ParquetFile, group: int, pieces: Sequence[Piece], columns: Sequence[str] | None = None
) -> list[PieceRows]:
    """The rows of these pieces in one row group of a file, which is not read where it holds none."""
    sizes = [file.metadata.row_group(one).num_rows for one in range(group + 1)]
    first, end = sum(sizes[:-1]), sum(sizes)
    cuts = [(piece, max(first, piece.first), min(end, piece.first + piece.rows)) for piece in pieces]
    inside = [(piece, begin, stop) for piece, begin, stop in cuts if begin < stop]
    if not inside:
        return []
    rows = file.read_row_group(group, columns=columns and [*columns])
    return [
        PieceRows(piece, begin - piece.first, rows.slice(begin - first, stop - begin))
        for piece, begin, stop in inside
    ]
