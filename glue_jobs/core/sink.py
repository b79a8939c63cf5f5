"""The exactly-once sink: plain Parquet that any reader sees once, whatever happens to the job.

Replay key: (query id, batch number, part). Every file of a batch carries it in its name, so a batch that
runs again writes over itself. Only the first batch after a start can have been tried before; what that
attempt left, in the tables and beside them, is removed before it runs. Then, in this order: the rows of
the batch are computed and written (one job, so each record is read once), new partitions are registered,
and only after that Spark commits the batch.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, Row
from pyspark.sql.types import LongType, StringType, StructField, StructType

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.batch_files import Batch, batch_file, current_task, remove_leftovers
from glue_jobs.core.catalog import Catalog
from glue_jobs.core.checkpoint import planned_batch
from glue_jobs.core.partitions import hour_values, partition_folder
from glue_jobs.core.storage import Fence, Storage, open_storage

_WRITTEN = StructType(
    [
        StructField("table_name", StringType(), False),
        StructField("date", StringType(), False),
        StructField("hour", StringType(), False),
        StructField("rows", LongType(), False),
    ]
)


@dataclass
class HourlySink:
    """Writes each batch's rows into the hour folders of their tables; called by `foreachBatch`.

    Rows have a column `table_name`, a timestamp column `hour_of` that decides the folder (UTC), and the
    columns of every table's schema. `beside` are the tables that the query's decode stage writes,
    `ever_written` those that any run of the query may have written: there an earlier attempt left its files.
    A file gets its name within `fence()` (`lease.Lease.fence`).
    """

    lake_uri: str
    checkpoint_uri: str
    fence: Fence
    tables: tuple[TableContract, ...]
    beside: tuple[TableContract, ...]
    ever_written: tuple[TableContract, ...]
    hour_of: str
    catalog: Catalog | None
    rows_written: dict[int, dict[str, int]] = field(default_factory=dict)
    _started: bool = False

    def __call__(self, rows: DataFrame, batch_number: int) -> None:
        """Write one micro-batch; running it again changes nothing.

        Raises:
            SinkError: a file cannot be written, or another run has taken over.
            CatalogError: a partition cannot be registered.
        """
        if not self._started:
            batch = Batch(_query_id(rows), batch_number)
            with self.fence():
                remove_leftovers(open_storage(self.lake_uri), self.ever_written, batch)
            self._started = True
        written = self._write(rows)
        self._register(written, batch_number)
        with self.fence():  # Spark commits the batch next, and that only this run may do
            self.rows_written[batch_number] = _rows_by_table(written)

    def _write(self, rows: DataFrame) -> list[Row]:
        """Compute and write the batch; a row for each file written."""
        lake_uri, hour_of, fence = self.lake_uri, self.hour_of, self.fence
        tables = {table.name: table for table in self.tables}

        def write_part(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            some_rows = list(batches)
            if some_rows:
                files = by_table_and_hour(pa.Table.from_batches(some_rows), hour_of)
                write_files(open_storage(lake_uri), fence, tables, files)
                written = [
                    {"table_name": file.table, "date": file.date, "hour": file.hour, "rows": len(file.rows)}
                    for file in files
                ]
                yield pa.RecordBatch.from_pylist(written)

        return rows.mapInArrow(write_part, _WRITTEN).collect()

    def _register(self, written: list[Row], batch_number: int) -> None:
        if self.catalog is None:
            return
        for table in self.tables:
            hours = {(file.date, file.hour) for file in written if file.table_name == table.name}
            self.catalog.ensure_partitions(table, hours)
        planned = planned_batch(self.checkpoint_uri, batch_number)
        for table in self.beside:
            self.catalog.ensure_partitions(table, [hour_values(planned.time)])


def _query_id(rows: DataFrame) -> str:
    return str(rows.sparkSession.sparkContext.getLocalProperty("sql.streaming.queryId"))


class HourOfRows(NamedTuple):
    """The rows of one table in one hour: `yyyy-MM-dd`, `HH` (UTC)."""

    table: str
    date: str
    hour: str
    rows: pa.Table


def by_table_and_hour(rows: pa.Table, hour_of: str) -> list[HourOfRows]:
    """The rows cut by `table_name` and the hour of the column `hour_of`; each cut keeps their order."""
    keys = pa.table({"table": rows["table_name"], "hour": pc.floor_temporal(rows[hour_of], unit="hour")})
    order = [("table", "ascending"), ("hour", "ascending")]
    sorted_rows = rows.take(pc.sort_indices(keys, sort_keys=order))  # a stable sort (Arrow's reference)
    groups = keys.group_by(["table", "hour"]).aggregate([([], "count_all")]).sort_by(order).to_pylist()
    starts = accumulate((group["count_all"] for group in groups), initial=0)
    return [
        HourOfRows(group["table"], *hour_values(group["hour"]), sorted_rows.slice(start, group["count_all"]))
        for group, start in zip(groups, starts, strict=False)  # the last start is the end
    ]


def write_files(
    storage: Storage, fence: Fence, tables: dict[str, TableContract], files: Sequence[HourOfRows]
) -> None:
    """Write each hour's file, as many at a time as the storage is good for.

    The first error, in time, is raised. No file is begun after it, and those under way then have ended, well
    or not: none gets its name later.

    Raises:
        SinkError: a file cannot be written, or another run has taken over.
    """
    errors: list[Exception] = []

    def write(file: HourOfRows) -> None:
        if not errors:
            try:
                _write_file(storage, fence, tables[file.table], file)
            except Exception as error:
                errors.append(error)

    with ThreadPoolExecutor(storage.files_at_once) as threads:
        list(threads.map(write, files))  # also raises what is no Exception
    if errors:
        raise errors[0]


def _write_file(storage: Storage, fence: Fence, table: TableContract, hour: HourOfRows) -> None:
    batch, part = current_task()
    path = f"{partition_folder(table, (hour.date, hour.hour))}/{batch.file_name(part)}"
    schema = arrow_schema(table.schema)
    with batch_file(storage, path, schema, fence) as file:
        file.write(hour.rows.select(schema.names).cast(schema))


def _rows_by_table(written: list[Row]) -> dict[str, int]:
    rows: dict[str, int] = {}
    for file in written:
        rows[file.table_name] = rows.get(file.table_name, 0) + file.rows
    return rows
