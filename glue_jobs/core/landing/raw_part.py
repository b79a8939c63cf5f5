"""One part of a run: some landed objects become one file of raw and one of the quarantine.

The names of the files are those of run and part, so a part that is done again writes the same files again.
Part 3 of run 7:

    raw/orders/ingest_date=2026-11-21/hour=07/part-00003-run-000000000007.parquet
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.decode import Decoded, Decoder
from glue_jobs.core.decode_stage import chunks_of
from glue_jobs.core.errors import SinkError
from glue_jobs.core.landing.ledger import Part, TableFile, TakenObject
from glue_jobs.core.landing.lines import LandedObject, LandedText
from glue_jobs.core.landing.objects import Landing, mark_of
from glue_jobs.core.partitions import hour_values, partition_folder
from glue_jobs.core.storage import Fence, Storage

DAMAGED = "damaged_file"
"""The reason of what is left of an object that cannot be unpacked to its end."""


@dataclass(frozen=True)
class PartOfRun:
    """Part `number` of run `run`, which was planned at `time`."""

    run: int
    number: int
    time: datetime
    objects: Part

    def path(self, table: TableContract) -> str:
        """The file that it writes into a table."""
        return f"{run_folder(table, self.time)}/part-{self.number:05d}{_end_of_name(self.run)}"


def run_folder(table: TableContract, time: datetime) -> str:
    """The folder of the files that a run planned at this time writes into a table."""
    return partition_folder(table, hour_values(time))


def _end_of_name(run: int) -> str:
    return f"-run-{run:012d}.parquet"


def remove_attempt(lake: Storage, landing: Landing, run: int, time: datetime) -> None:
    """Remove what an attempt at the run has left, drafts included: the next need not write the same files."""
    folders = [run_folder(table, time) for table in (landing.raw, landing.quarantine)]
    found = (file.path for folder in folders for file in lake.list_files(folder))
    lake.delete_files([path for path in found if path.endswith(_end_of_name(run))])


@dataclass(frozen=True)
class TakenPart:
    """What a part has come to; a table without rows gets no file."""

    raw: TableFile | None
    quarantine: TableFile | None
    objects: tuple[TakenObject, ...]

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "TakenPart":
        told = json.loads(text)
        raw, quarantine = (told[name] and TableFile(**told[name]) for name in ("raw", "quarantine"))
        return cls(raw, quarantine, tuple(TakenObject(**one) for one in told["objects"]))


def take_part(landing: Landing, lake: Storage, part: PartOfRun, fence: Fence) -> TakenPart:
    """Read the objects, write what they hold; the files get their names within `fence()`.

    Raises:
        SourceError: an object is gone, is not what was planned, or cannot be read.
        SinkError: a file cannot be written.
    """
    most_bytes = landing.event.max_bytes
    objects = [LandedObject(lake, file, number, most_bytes) for number, file in enumerate(part.objects)]
    counts = _Counts(part.objects)
    decoder = Decoder(landing.event, tuple(landing.event.schema.fieldNames()))
    with _sink_errors(f"{lake.uri}: run {part.run}, part {part.number}"), ExitStack() as files:
        raw = _PartFile(lake, part.path(landing.raw), landing.raw, fence, files)
        quarantine = _PartFile(lake, part.path(landing.quarantine), landing.quarantine, fence, files)
        for some in chunks_of(text for one in objects for text in one.texts()):
            decoded = decoder.decode(some, part.time)
            origin = _Origin(part.objects, some)
            raw.write(origin.beside(decoded.accepted, decoded.accepted_at))
            quarantine.write(_rejected(origin, decoded))
            counts.add(origin, decoded)
        quarantine.write(_damaged(objects, counts))
        return TakenPart(raw.end(), quarantine.end(), counts.taken(objects))


class _Origin:
    """Where the records of one chunk come from: the object of each, by its number, and its line there."""

    def __init__(self, objects: Part, texts: Sequence[LandedText]) -> None:
        self._paths = pa.array([file.path for file in objects])
        self._lines = np.concatenate([text.lines for text in texts])
        self.objects = np.repeat([text.object for text in texts], [text.count for text in texts])

    def beside(self, rows: pa.Table, places: NDArray[np.int64]) -> pa.Table:
        """The rows, with file and line of the records they were, which are those at `places`."""
        paths = self._paths.take(pa.array(self.objects[places]))
        lines = pa.array(self._lines[places])
        return rows.append_column("landing_file", paths).append_column("landing_line", lines)


def _rejected(origin: _Origin, decoded: Decoded) -> pa.Table:
    return origin.beside(decoded.rejected.select(["reason", "field", "payload"]), decoded.rejected_at)


def _damaged(objects: Iterable[LandedObject], counts: "_Counts") -> pa.Table:
    """A row for each object that cannot be unpacked to its end."""
    broken = [one for one in objects if one.broken_at is not None]
    counts.add_damaged(one.planned.path for one in broken)
    return pa.table(
        {
            "reason": pa.array([DAMAGED] * len(broken), pa.string()),
            "field": pa.nulls(len(broken), pa.string()),
            "payload": pa.array([one.rest for one in broken], pa.binary()),
            "landing_file": pa.array([one.planned.path for one in broken], pa.string()),
            "landing_line": pa.array([one.broken_at for one in broken], pa.int64()),
        }
    )


class _Counts:
    """How many lines of each object were accepted, and rejected for each reason."""

    def __init__(self, objects: Part) -> None:
        self._objects = objects
        self._accepted = np.zeros(len(objects), np.int64)
        self._rejected: Counter[tuple[str, str]] = Counter()

    def add(self, origin: _Origin, decoded: Decoded) -> None:
        accepted = origin.objects[decoded.accepted_at]
        self._accepted += np.bincount(accepted, minlength=len(self._objects))
        paths = [self._objects[number].path for number in origin.objects[decoded.rejected_at]]
        self._rejected.update(zip(paths, decoded.rejected["reason"].to_pylist(), strict=True))

    def add_damaged(self, paths: Iterable[str]) -> None:
        self._rejected.update((path, DAMAGED) for path in paths)

    def taken(self, objects: Iterable[LandedObject]) -> tuple[TakenObject, ...]:
        rejected: dict[str, dict[str, int]] = {file.path: {} for file in self._objects}
        for (path, reason), count in sorted(self._rejected.items()):
            rejected[path][reason] = count
        return tuple(
            TakenObject(
                file.path, file.size, mark_of(file), int(accepted), rejected[file.path], one.empty_lines
            )
            for file, accepted, one in zip(self._objects, self._accepted, objects, strict=True)
        )


class _PartFile:
    """The Snappy Parquet file that a part writes into one table; begun with its first row."""

    def __init__(
        self, lake: Storage, path: str, table: TableContract, fence: Fence, files: ExitStack
    ) -> None:
        self._lake = lake
        self._path = path
        self._schema = arrow_schema(table.schema)
        self._fence = fence
        self._files = files
        self._begun: tuple[BinaryIO, pq.ParquetWriter] | None = None
        self._rows = 0

    def write(self, rows: pa.Table) -> None:
        """Append the table's columns of `rows`."""
        if len(rows) == 0:
            return
        if self._begun is None:
            file = self._files.enter_context(self._lake.new_file(self._path, self._fence))
            writer = pq.ParquetWriter(file, self._schema, compression="snappy", coerce_timestamps="us")
            self._begun = file, self._files.enter_context(writer)
        self._begun[1].write_table(rows.select(self._schema.names).cast(self._schema))
        self._rows += len(rows)

    def end(self) -> TableFile | None:
        """What was written; without a row there is no file."""
        if self._begun is None:
            return None
        file, writer = self._begun
        writer.close()
        return TableFile(self._path, self._rows, file.tell())


@contextmanager
def _sink_errors(place: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SinkError(f"cannot write {place}: {error}") from error
