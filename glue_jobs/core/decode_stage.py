"""The decode stage of a streaming query: one pass over the records, three outputs.

A task gets its records from the source, and what flows on are the partial rows of their windows, or rows
with a key where repeats are to be dropped (`repeats`). On the side, in the same pass, every record goes to
the raw table as it came and every rejected one to the quarantine, in files of the micro-batch
(`batch_files`). The raw and quarantine folders are those of the batch's logged time, which is the same when
the batch runs again.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.arrow_schema import UTC_MICROSECONDS, arrow_schema, completed
from glue_jobs.core.batch_files import BatchFile, batch_file, current_task, with_batch_time
from glue_jobs.core.decode import Decoder
from glue_jobs.core.observe import NEWEST_ARRIVAL, RECORDS_IN, counted_schema, take_counts
from glue_jobs.core.partitions import hour_values, partition_folder
from glue_jobs.core.record_text import RecordText
from glue_jobs.core.repeats import flowing
from glue_jobs.core.sources.source import Source
from glue_jobs.core.storage import Fence, open_storage
from glue_jobs.core.windows import Windows

Text = TypeVar("Text", bound=RecordText)

_CHUNK_RECORDS = 50_000
_CHUNK_BYTES = 16 * 2**20
"""What is checked and combined at once: work in columns costs something for each column, however short."""


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


def decode_records(source: Source, windows: Windows, side: SideTables) -> DataFrame:
    """The source's records as what flows on (`repeats.flowing_schema`), counted for the batch's event."""
    texts_of_plan = source.texts  # a task gets this, not the DataFrame

    def decode_part(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        planned = iter(batches)
        first = next(planned, None)
        if first is None:
            return
        batch_time: datetime = first["batch_time"][0].as_py()
        texts = texts_of_plan(chain([first], planned))
        for rows in _decoded(texts, batch_time, windows, side):
            yield from rows.to_batches()

    # In a streaming query this is the time in the batch's log entry, not the time of day.
    timed = source.planned.withColumn("batch_time", F.current_timestamp())
    return take_counts(timed.mapInArrow(decode_part, counted_schema(windows)), windows)


def _decoded(
    texts: Iterator[RecordText], batch_time: datetime, windows: Windows, side: SideTables
) -> Iterator[pa.Table]:
    """What the records of one task come to, as rows of `observe.counted_schema`."""
    schema = arrow_schema(counted_schema(windows))
    decoder = Decoder(windows.event, windows.columns, windows.deduplicate)
    count, newest = 0, None
    with ExitStack() as files:
        raw = _SideFile(side, side.raw, batch_time, files)
        quarantine = _SideFile(side, side.quarantine, batch_time, files)
        for some in chunks_of(texts):
            decoded = decoder.decode(some, batch_time)
            if side.raw is not None:
                raw.write(pa.concat_tables([text.records() for text in some]))
            quarantine.write(decoded.rejected)
            count += sum(text.count for text in some)
            newest = max(filter(None, [newest, *(_newest(text) for text in some)]), default=None)
            yield completed(flowing(decoded.accepted, windows), schema)
    yield completed(
        pa.table({RECORDS_IN: [count], NEWEST_ARRIVAL: pa.array([newest], UTC_MICROSECONDS)}), schema
    )


def _newest(text: RecordText) -> datetime | None:
    newest: datetime | None = None if text.arrival is None else pc.max(text.arrival).as_py()
    return newest


def chunks_of(
    texts: Iterable[Text], most_records: int = _CHUNK_RECORDS, most_bytes: int = _CHUNK_BYTES
) -> Iterator[list[Text]]:
    """The texts in their order, put together as long as the bounds allow; a larger one stays alone."""
    chunk: list[Text] = []
    records = size = 0
    for text in texts:
        records, size = records + text.count, size + text.text.size
        if chunk and (records > most_records or size > most_bytes):
            yield chunk
            chunk, records, size = [], text.count, text.text.size
        chunk.append(text)
    if chunk:
        yield chunk


class _SideFile:
    """The file of one table that a task writes, begun with its first row; `table` None swallows all."""

    def __init__(
        self, side: SideTables, table: TableContract | None, batch_time: datetime, files: ExitStack
    ) -> None:
        self._side = side
        self._table = table
        self._batch_time = batch_time
        self._files = files
        self._file: BatchFile | None = None

    def write(self, rows: pa.Table) -> None:
        """Append the table's columns of `rows`."""
        if self._table is None or len(rows) == 0:
            return
        schema = arrow_schema(self._table.schema)
        if self._file is None:
            path = _path(self._table, self._batch_time)
            told = with_batch_time(schema, self._batch_time)
            file = batch_file(open_storage(self._side.lake_uri), path, told, self._side.fence)
            self._file = self._files.enter_context(file)
        self._file.write(rows.select(schema.names).cast(schema))


def _path(table: TableContract, batch_time: datetime) -> str:
    batch, part = current_task()
    return f"{partition_folder(table, hour_values(batch_time))}/{batch.file_name(part)}"
