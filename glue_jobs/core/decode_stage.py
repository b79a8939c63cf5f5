"""The decode stage of a streaming query: one pass over the records, three outputs.

Accepted records flow on, combined into the partial rows of their windows. On the side, in the same pass,
every record goes to the raw table as it came and every rejected one to the quarantine, in files of the
micro-batch (`batch_files`). The raw and quarantine folders are those of the batch's logged time, which is
the same when the batch runs again.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.batch_files import BatchFile, batch_file, current_task
from glue_jobs.core.catalog import hour_values, partition_folder
from glue_jobs.core.decode import Decoder
from glue_jobs.core.storage import Fence, open_storage
from glue_jobs.core.windows import Windows

_CHUNK_ROWS = 10_000
_CHUNK_BYTES = 16 * 2**20
"""What is decoded at once. Spark's batches may be much smaller (`runtime`), which would cost time."""


@dataclass(frozen=True)
class SideTables:
    """Where the decode stage writes on the side. No `raw` table: raw records are not kept.

    A file gets its name within `fence()` (`lease.Lease.fence`).
    """

    lake_uri: str
    fence: Fence
    quarantine: TableContract
    raw: TableContract | None = None

    @property
    def tables(self) -> tuple[TableContract, ...]:
        return (self.quarantine,) if self.raw is None else (self.quarantine, self.raw)


def decode_records(records: DataFrame, windows: Windows, side: SideTables) -> DataFrame:
    """Records (`contracts.records.RECORDS`) in; partial rows out (`windows.partial_schema`)."""

    def decode_part(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        decoder = Decoder(windows.event, windows.columns)
        with ExitStack() as files:
            raw = _SideFile(side, side.raw, files)
            quarantine = _SideFile(side, side.quarantine, files)
            for records in chunks_of(batches):
                decoded = decoder.decode(records)
                raw.write(records, records)
                quarantine.write(decoded.rejected, records)
                yield from windows.combine(decoded.accepted).to_batches()

    # In a streaming query this is the time in the batch's log entry, not the time of day.
    timed = records.withColumn("batch_time", F.current_timestamp())
    return timed.mapInArrow(decode_part, windows.partial_schema)


def chunks_of(
    batches: Iterable[pa.RecordBatch], most_rows: int = _CHUNK_ROWS, most_bytes: int = _CHUNK_BYTES
) -> Iterator[pa.Table]:
    """The batches in their order, put together as long as the bounds allow; a larger one stays alone."""
    chunk: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        rows, size = rows + len(batch), size + batch.nbytes
        if chunk and (rows > most_rows or size > most_bytes):
            yield pa.Table.from_batches(chunk)
            chunk, rows, size = [], len(batch), batch.nbytes
        chunk.append(batch)
    if chunk:
        yield pa.Table.from_batches(chunk)


class _SideFile:
    """The file of one table that a task writes, begun with its first row; `table` None swallows all."""

    def __init__(self, side: SideTables, table: TableContract | None, files: ExitStack) -> None:
        self._side = side
        self._table = table
        self._files = files
        self._file: BatchFile | None = None

    def write(self, rows: pa.Table, records: pa.Table) -> None:
        """Append the table's columns of `rows`; `records` tell the batch's time."""
        if self._table is None or len(rows) == 0:
            return
        schema = arrow_schema(self._table.schema)
        if self._file is None:
            path = _path(self._table, records["batch_time"][0].as_py())
            file = batch_file(open_storage(self._side.lake_uri), path, schema, self._side.fence)
            self._file = self._files.enter_context(file)
        self._file.write(rows.select(schema.names).cast(schema))


def _path(table: TableContract, batch_time: datetime) -> str:
    batch, part = current_task()
    return f"{partition_folder(table, hour_values(batch_time))}/{batch.file_name(part)}"
