"""A reader that looks at the tables again and again while a job runs, dies and starts anew."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.catalog import Catalog
from glue_jobs.core.pieces import pieces_of, rows_of
from glue_jobs.core.repair.versions import folder_at
from glue_jobs.core.storage import open_storage
from tests.batch_oracle import Read, Rows, listed

_PAUSE_SECONDS = 0.05


def catalogued(catalog: Catalog) -> Read:
    """Reads a table as a query does: where its hours lie says the catalogue."""

    def read(lake: Path | str, table: TableContract) -> Rows:
        return [row for _, file in _files(catalog, table) for row in file.read().to_pylist()]

    return read


def by_piece(catalog: Catalog) -> Read:
    """Reads raw or quarantine in the same way; a row tells its piece, and its place there."""

    def read(lake: Path | str, table: TableContract) -> Rows:
        files = _files(catalog, table)
        pieces = (some for path, file in files for some in rows_of(file, pieces_of(path, file.metadata)))
        return [
            {"shard_id": piece.name, "sequence_number": first + number}
            for piece, first, rows in pieces
            for number in range(len(rows))
        ]

    return read


def _files(catalog: Catalog, table: TableContract) -> Iterator[tuple[str, pq.ParquetFile]]:
    storage = open_storage(catalog.lake_uri)
    folders = [folder_at(storage, location) for location in catalog.locations(table).values()]
    paths = [file.path for folder in folders for file in storage.list_files(folder) if file.visible]
    return ((path, pq.ParquetFile(pa.BufferReader(storage.read_file(path)))) for path in paths)


@dataclass
class Reader:
    """What was seen: how often the tables had rows, and everything that no reader may meet.

    read    how a table is read: by listing its folder, or by the catalogue
    grows   whether a key that was seen once has to be seen ever after
    """

    lake: Path | str
    tables: tuple[TableContract, ...]
    read: Read = listed
    grows: bool = False
    looks: int = 0
    faults: list[str] = field(default_factory=list)
    _seen: dict[str, set[tuple[Any, ...]]] = field(default_factory=dict)

    def look(self) -> None:
        """List the files of every table and read them all, as a query does."""
        for table in self.tables:
            try:
                rows = self.read(self.lake, table)
            except FileNotFoundError:  # removed between listing and reading: a query would be run again
                continue
            except pa.ArrowInvalid as error:
                self.faults.append(f"{table.name}: {error}")
                continue
            keys = Counter(tuple(row[name] for name in table.key) for row in rows)
            self.faults += [f"{table.name}: {key} {count} times" for key, count in keys.items() if count > 1]
            if self.grows:
                gone = self._seen.get(table.name, set()) - keys.keys()
                self.faults += [f"{table.name}: {key} is gone" for key in gone]
                self._seen[table.name] = {*keys}
            self.looks += bool(rows)


@contextmanager
def polling_reader(
    lake: Path | str, tables: tuple[TableContract, ...], read: Read = listed, grows: bool = False
) -> Iterator[Reader]:
    """Looks again and again within the block."""
    reader, ended = Reader(lake, tables, read, grows), Event()

    def poll() -> None:
        while not ended.wait(_PAUSE_SECONDS):
            reader.look()

    polling = Thread(target=poll, daemon=True)
    polling.start()
    try:
        yield reader
    finally:
        ended.set()
        polling.join()
