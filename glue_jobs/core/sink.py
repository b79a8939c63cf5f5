"""The exactly-once sink: plain Parquet that any reader sees once, whatever happens to the job.

Replay key: (query id, batch number, part). Every file of a batch carries it in its name, so a batch that
runs again writes over itself. Only the first batch after a start can have been tried before; what that
attempt left, in the tables and beside them, is removed before it runs. Then, in this order: the rows of
the batch are computed and written (one job, so each record is read once), new partitions are registered,
and only after that Spark commits the batch.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, Row
from pyspark.sql.types import LongType, StringType, StructField, StructType

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.batch_files import Batch, batch_file, current_task, remove_leftovers
from glue_jobs.core.catalog import Catalog, hour_values, partition_folder
from glue_jobs.core.checkpoint import planned_batch
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
            if not some_rows:
                return
            storage = open_storage(lake_uri)
            for name, date, hour, some in _by_table_and_hour(pa.Table.from_batches(some_rows), hour_of):
                _write_file(storage, fence, tables[name], (date, hour), some)
                file = {"table_name": name, "date": date, "hour": hour, "rows": len(some)}
                yield pa.RecordBatch.from_pylist([file])

        return rows.mapInArrow(write_part, _WRITTEN).collect()

    def _register(self, written: list[Row], batch_number: int) -> None:
        if self.catalog is None:
            return
        tables = {table.name: table for table in self.tables}
        for name, date, hour in sorted({(file.table_name, file.date, file.hour) for file in written}):
            self.catalog.ensure_partition(tables[name], (date, hour))
        planned = planned_batch(self.checkpoint_uri, batch_number)
        for table in self.beside:
            self.catalog.ensure_partition(table, hour_values(planned.time))


def _query_id(rows: DataFrame) -> str:
    return str(rows.sparkSession.sparkContext.getLocalProperty("sql.streaming.queryId"))


def _by_table_and_hour(rows: pa.Table, hour_of: str) -> Iterator[tuple[str, str, str, pa.Table]]:
    """The rows of each table and hour: table name, `yyyy-MM-dd`, `HH`, rows."""
    marked = rows.append_column("_hour", pc.strftime(rows[hour_of], format="%Y-%m-%d %H"))
    groups = marked.select(["table_name", "_hour"]).group_by(["table_name", "_hour"]).aggregate([])
    for group in sorted(groups.to_pylist(), key=lambda group: (group["table_name"], group["_hour"])):
        own = pc.and_(
            pc.equal(marked["table_name"], group["table_name"]), pc.equal(marked["_hour"], group["_hour"])
        )
        date, hour = group["_hour"].split(" ")
        yield group["table_name"], date, hour, rows.filter(own)


def _write_file(
    storage: Storage, fence: Fence, table: TableContract, hour: tuple[str, str], rows: pa.Table
) -> None:
    batch, part = current_task()
    path = f"{partition_folder(table, hour)}/{batch.file_name(part)}"
    schema = arrow_schema(table.schema)
    with batch_file(storage, path, schema, fence) as file:
        file.write(rows.select(schema.names).cast(schema))


def _rows_by_table(written: list[Row]) -> dict[str, int]:
    rows: dict[str, int] = {}
    for file in written:
        rows[file.table_name] = rows.get(file.table_name, 0) + file.rows
    return rows
