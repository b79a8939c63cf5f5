"""Parquet files that belong to one micro-batch of one query, and to no other.

A file's name is a pure function of the query, the batch and the task's part of it, so a batch that runs
again writes the same names again. What an earlier attempt left under other names (fewer cores, other
splits, a draft) is found by the same names and removed before the batch runs.

    <table>/event_date=2026-11-21/hour=07/part-00001-batch-000000000012-<query id>.parquet
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark import TaskContext

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.errors import SinkError
from glue_jobs.core.storage import Fence, Storage

_RUN = b"sluice.run"
"""The key in a file's metadata under which the run is that wrote it."""

_BATCH_TIME = b"sluice.batch_time"
"""The key under which the logged time of the batch is, in ISO 8601: it decides what came too early."""

_NAME = re.compile(r"-batch-(\d{12,})-([0-9a-f-]{36})\.parquet$")


@dataclass(frozen=True)
class Batch:
    """One micro-batch: its number, and the id of its query, which the checkpoint keeps over restarts."""

    query_id: str
    number: int

    def file_name(self, part: int) -> str:
        """The name of the file that part number `part` of the batch writes in a folder."""
        return f"part-{part:05d}-batch-{self.number:012d}-{self.query_id}.parquet"

    def wrote(self, path: str) -> bool:
        """Whether an attempt at this batch, or a later one of the query, wrote `path` or a draft of it."""
        batch = batch_of(path)
        return batch is not None and batch.query_id == self.query_id and batch.number >= self.number

    def same_query_wrote(self, path: str) -> bool:
        """Whether the query that this batch is of wrote `path` or a draft of it, in any batch."""
        batch = batch_of(path)
        return batch is not None and batch.query_id == self.query_id


def batch_of(path: str) -> Batch | None:
    """The batch that wrote a file; None for a file that is not of a micro-batch."""
    match = _NAME.search(path)
    return Batch(match[2], int(match[1])) if match else None


def with_batch_time(schema: pa.Schema, batch_time: datetime) -> pa.Schema:
    """The schema for a file that says when its batch was planned."""
    return schema.with_metadata({**(schema.metadata or {}), _BATCH_TIME: batch_time.isoformat()})


def batch_time_of(file: pq.FileMetaData) -> datetime | None:
    """When the batch of a file was planned; None where the file does not say."""
    told = (file.metadata or {}).get(_BATCH_TIME)
    return datetime.fromisoformat(told.decode()) if told else None


def current_task() -> tuple[Batch, int]:
    """The micro-batch that the running task belongs to, and the number of its part.

    Raises:
        RuntimeError: the code does not run in a task of a streaming query.
    """
    task = TaskContext.get()
    query_id = task.getLocalProperty("sql.streaming.queryId") if task else None
    number = task.getLocalProperty("streaming.sql.batchId") if task else None
    if task is None or query_id is None or number is None:
        raise RuntimeError("no micro-batch: this code runs only in the tasks of a streaming query")
    return Batch(query_id, int(number)), task.partitionId()


def current_run() -> str:
    """The run of the query that the running task belongs to, another one after each start; else nothing."""
    task = TaskContext.get()
    return (
        task.getLocalProperty("spark.jobGroup.id") if task else None
    ) or ""  # Spark puts the run's id there


class BatchFile:
    """A Parquet file that grows with each table of rows written to it."""

    def __init__(self, place: str, run: str) -> None:
        self._place = place
        self._run = run
        self._rows = 0
        self._writer: pq.ParquetWriter | None = None

    def open(self, file: BinaryIO, schema: pa.Schema) -> pq.ParquetWriter:
        """Begin to write to `file`; what comes back is to be closed when all is written."""
        told = schema.with_metadata({**(schema.metadata or {}), _RUN: self._run})
        self._writer = pq.ParquetWriter(file, told, compression="snappy", coerce_timestamps="us")
        return self._writer

    def write(self, rows: pa.Table) -> None:
        assert self._writer is not None
        with _sink_errors(self._place):
            self._writer.write_table(rows)
        self._rows += len(rows)

    def adds_nothing_to(self, parquet: bytes) -> bool:
        """Whether that file is of the same run and has as many rows or more."""
        other = pq.read_metadata(pa.BufferReader(parquet))
        of_this_run = (other.metadata or {}).get(_RUN, b"").decode() == self._run
        return of_this_run and bool(self._rows <= other.num_rows)


@contextmanager
def batch_file(storage: Storage, path: str, schema: pa.Schema, fence: Fence) -> Iterator[BatchFile]:
    """A Snappy Parquet file at `path`, whole or not at all; it appears there within `fence()`.

    Where another attempt of this run at the task has written it with as many rows or more, that one stays.

    Raises:
        SinkError: it cannot be opened, written or given its name.
    """
    place = f"{storage.uri}/{path}"
    written = BatchFile(place, current_run())
    with _first_error(), ExitStack() as opened:
        with _sink_errors(place):
            file = opened.enter_context(storage.new_file(path, fence, stays=written.adds_nothing_to))
            opened.enter_context(written.open(file, schema))
        yield written
        with _sink_errors(place):
            opened.close()


@contextmanager
def _first_error() -> Iterator[None]:
    """Where a file could not be written, ending it fails as well; that is not what anybody wants to read."""
    try:
        yield
    except OSError as error:
        if isinstance(first := error.__context__, SinkError):
            raise first from first.__cause__
        raise


@contextmanager
def _sink_errors(place: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SinkError(f"cannot write {place}: {error}") from error


def remove_leftovers(storage: Storage, tables: Iterable[TableContract], batch: Batch) -> int:
    """Remove what earlier attempts at `batch` left in any of `tables`; the number of files removed.

    Drafts go whatever their batch: those of a task that was killed while its batch went on.

    Raises:
        SinkError: a folder cannot be listed, or a file not be removed.
    """
    try:
        leftovers = [
            file.path
            for table in tables
            for file in storage.list_files(table.path)
            if batch.wrote(file.path) or (not file.visible and batch.same_query_wrote(file.path))
        ]
        storage.delete_files(leftovers)
    except OSError as error:
        raise SinkError(f"cannot remove what an earlier attempt left in {storage.uri}: {error}") from error
    return len(leftovers)
