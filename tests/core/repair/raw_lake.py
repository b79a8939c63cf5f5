"""Raw of an hour in many files, and what compaction and sweep make of it."""

from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from glue_jobs.contracts.contract import TableContract
from glue_jobs.contracts.mobile_coverage import EVENT, RAW
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.batch_files import Batch, with_batch_time
from glue_jobs.core.hours import Progress, Range
from glue_jobs.core.partitions import partition_folder
from glue_jobs.core.pieces import Piece, Redrive, pieces_of
from glue_jobs.core.repair.compaction import Compacted
from glue_jobs.core.repair.concatenation import concatenate
from glue_jobs.core.repair.sweep import GRACE, Swept, sweep
from glue_jobs.core.repair.versions import Manifest, folder_at, read_manifest
from tests.core.hours_lake import HOUR, NEXT_HOUR, QUERY, SEVEN, HoursLake

FOLDER = partition_folder(RAW, HOUR)
NINE = SEVEN + timedelta(hours=2)


def reached(batch: int = 20, time: datetime = SEVEN + timedelta(hours=1)) -> Progress:
    """The query has done this batch, which was planned then."""
    return Progress(QUERY, batch, SEVEN, time, EVENT.window)


def compacted(
    lake: HoursLake, target_bytes: int = 2**20, progress: Progress | None = None, table: TableContract = RAW
) -> list[Compacted]:
    """What a compaction of raw does."""
    return list(concatenate(lake.place, progress or reached(), [table], Range(), target_bytes))


def swept(lake: HoursLake) -> list[Swept]:
    """What a sweep does when grace is over."""
    lake.clock.pass_by(2 * GRACE)
    return list(sweep(lake.place, [RAW]))


def take(lake: HoursLake, name: str, *texts: str, hour: tuple[str, str] = HOUR, **more: Any) -> str:
    """A file of raw with these records, planned at a time that its first record says; its path."""
    path = f"{partition_folder(RAW, hour)}/{name}"
    schema = with_batch_time(arrow_schema(RAW.schema), time_of(name))
    table = pa.Table.from_pylist([{"data": text.encode()} for text in texts], schema)
    with lake.storage.new_file(path) as file:
        pq.write_table(table, file, **more)
    lake.catalog.ensure_table(RAW)
    lake.catalog.ensure_partitions(RAW, [hour])
    return path


def time_of(name: str) -> datetime:
    """When the batch of a file was planned: another time for each name."""
    return SEVEN + timedelta(seconds=crc32(name.encode()) % 3600)


def part(batch: int, part: int = 0, query: str = QUERY) -> str:
    """The name of a file of a batch."""
    return Batch(query, batch).file_name(part)


def texts(lake: HoursLake) -> list[str]:
    """The records of the hour as a query gets them, in the order of the files."""
    return [row["data"].decode() for row in lake.read(table=RAW)]


def standing(lake: HoursLake) -> Manifest:
    """The manifest of what stands."""
    location = lake.catalog.location(RAW, HOUR)
    assert location is not None
    return read_manifest(lake.storage, folder_at(lake.storage, location))


def pieces(lake: HoursLake, path: str) -> tuple[Piece, ...]:
    """What a file says that it was made of."""
    return pieces_of(path, pq.read_metadata(pa.BufferReader(lake.storage.read_file(path))))


def fill(lake: HoursLake) -> HoursLake:
    """Raw of three batches and two redrives in the closed hour from seven on, and of one that is open."""
    take(lake, part(10), "e")
    take(lake, part(9, 1), "c", "d")
    take(lake, part(9), "a", "b")
    take(lake, Redrive(QUERY, 2, until=8).file_name, "g")
    take(lake, Redrive(QUERY, 1, until=9).file_name, "f")
    take(lake, part(20), "y", hour=NEXT_HOUR)
    take(lake, part(19), "x", hour=NEXT_HOUR)
    return lake


def concatenate_by_force(lake: HoursLake) -> list[Compacted]:
    """Compact into files of one piece each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "glue_jobs.core.repair.concatenation.too_many", lambda files, target_bytes: len(files) > 2
        )
        return compacted(lake, target_bytes=1)
