"""Putting files one after the other, pieces in order, row group by row group.

Nothing is sorted, so however large the files are, no more is held than the small files that are fetched side
by side, or one large file, and the rows of a row group.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.arrow_schema import arrow_schema, completed
from glue_jobs.core.errors import SinkError
from glue_jobs.core.pieces import Piece, PieceRows, metadata_of, newest_in, pieces_of, redrive_of, rows_of
from glue_jobs.core.repair.sorted_rows import HELD_BYTES, UnreadableFile, opener
from glue_jobs.core.repair.switch import ROW_GROUP, Maintenance
from glue_jobs.core.repair.versions import HourFile, Manifest, UnreadableHour
from glue_jobs.core.storage import Storage, StoredFile

GROUP_BYTES = 32 * 2**20
"""About the most that the rows of a row group take in memory."""


class Source(NamedTuple):
    """A piece, by its name, and the path of the file that holds it."""

    path: str
    name: str

    @property
    def place(self) -> tuple[bool, int, str]:
        """Its place in the order of all: by batch and part, redrives last."""
        redrive, batch = redrive_of(self.name), newest_in(self.name)
        if redrive is not None:
            return True, redrive.number, self.name
        return False, -1 if batch is None else batch.number, self.name


def sources_of(lake: Storage, files: Iterable[StoredFile], merged: Manifest | None) -> list[Source]:
    """The pieces of the files, in order; `merged` is the manifest of those that were merged before.

    Raises:
        UnreadableHour: a piece that has been merged is gone.
    """
    before = () if merged is None else [file.path for file in merged.files]
    found: list[Source] = []
    for file in files:
        names = [file.path.rpartition("/")[2]]
        if file.path in before:
            metadata = opener(lake, {file.path: file.size})(file.path).metadata
            names = [piece.name for piece in pieces_of(file.path, metadata)]
        found += [Source(file.path, name) for name in names]
    gone = {*(() if merged is None else merged.pieces)} - {source.name for source in found}
    if gone:
        raise UnreadableHour(
            f"{min(gone)}: it was merged into {before}, which lack it; put back the whole file"
        )
    return sorted(found, key=attrgetter("place"))


Runs: TypeAlias = list[tuple[str, list[Source]]]
"""Files, each with pieces of it that follow one another."""


@dataclass
class Merging:
    """Pieces on their way into few files.

    files    those that hold them
    sources  the pieces, in order
    rows     how many each file has, as it says, once it has been read
    """

    place: Maintenance
    table: TableContract
    files: Sequence[StoredFile]
    sources: Sequence[Source]
    target_bytes: int
    rows: dict[str, int] = field(default_factory=dict)

    def write(self, folder: str) -> Iterator[HourFile]:
        """Write all rows; a file ends with the piece with which it reaches the target."""
        schema = arrow_schema(self.table.schema)
        pieces = groupby(self._read(schema), attrgetter("piece"))
        ahead, number = next(pieces, None), 0
        while ahead is not None:
            path, made = f"{folder}/part-{number:05d}.parquet", list[Piece]()
            with self.place.lake.new_file(path, self.place.fence) as file:
                with pq.ParquetWriter(file, schema, compression="snappy", coerce_timestamps="us") as writer:
                    groups = _RowGroups(writer)
                    while ahead is not None and (not made or file.tell() < self.target_bytes):
                        piece, some = ahead
                        made.append(replace(piece, rows=sum(groups.add(part.rows) for part in some)))
                        ahead = next(pieces, None)
                    groups.end()
                    writer.add_key_value_metadata(metadata_of(made))
                size = file.tell()
            yield HourFile(path, size, sum(piece.rows for piece in made))
            number += 1

    def replaced(self, written: Iterable[HourFile]) -> tuple[HourFile, ...]:
        """The files that were read; SinkError where those that were written have not as many rows."""
        before, after = sum(self.rows.values()), sum(file.rows for file in written)
        if before != after:
            raise SinkError(
                f"{self.files[0].path} and others: {before} rows would become {after}; nothing was changed"
            )
        return tuple(HourFile(file.path, file.size, self.rows[file.path]) for file in self.files)

    def _read(self, schema: pa.Schema) -> Iterator[PieceRows]:
        runs = [(path, [*own]) for path, own in groupby(self.sources, attrgetter("path"))]
        sizes = {file.path: file.size for file in self.files}
        for some in _fetched_at_once(runs, sizes):  # what one round has fetched is given up before the next
            yield from self._read_some(some, {path: sizes[path] for path, _ in some}, schema)

    def _read_some(self, runs: Runs, sizes: dict[str, int], schema: pa.Schema) -> Iterator[PieceRows]:
        open_file = opener(self.place.lake, sizes)
        for path, own in runs:
            file = open_file(path)
            _refuse_unknown(path, file, schema)
            self.rows[path] = file.metadata.num_rows
            pieces = {piece.name: piece for piece in pieces_of(path, file.metadata)}
            for part in rows_of(file, [pieces[source.name] for source in own]):
                yield part._replace(rows=completed(part.rows, schema))


def _fetched_at_once(runs: Runs, sizes: Mapping[str, int]) -> Iterator[Runs]:
    """The runs, as many together as may be held at once; a larger file stays alone."""
    some: Runs = []
    held = 0
    for run in runs:
        held += sizes[run[0]]
        if some and held > HELD_BYTES:
            yield some
            some, held = [], sizes[run[0]]
        some.append(run)
    if some:
        yield some


def _refuse_unknown(path: str, file: pq.ParquetFile, schema: pa.Schema) -> None:
    unknown = sorted({*file.schema_arrow.names} - {*schema.names})
    if unknown:
        raise UnreadableFile(
            f"{path}: has the columns {', '.join(unknown)}, which the table has not; run the same with the "
            "release that wrote it"
        )


class _RowGroups:
    """Gathers rows until they make a row group."""

    def __init__(self, writer: pq.ParquetWriter) -> None:
        self._writer = writer
        self._held: list[pa.Table] = []
        self._rows = 0
        self._bytes = 0

    def add(self, rows: pa.Table) -> int:
        """Write these rows, at once or later; how many they are."""
        self._held.append(rows)
        self._rows += len(rows)
        self._bytes += rows.nbytes
        if self._rows >= ROW_GROUP or self._bytes >= GROUP_BYTES:
            self.end()
        return len(rows)

    def end(self) -> None:
        """Write what is held."""
        if self._held:
            self._writer.write_table(pa.concat_tables(self._held))
        self._held, self._rows, self._bytes = [], 0, 0
