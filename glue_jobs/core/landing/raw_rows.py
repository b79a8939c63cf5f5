"""What done runs have brought into raw, and which runs a table made of raw has taken in.

A table tells the position it has reached, as text: number and time of the newest run that is in it. With the
time a raw table that was made anew, whose runs begin at 1 again, is not taken for the old one.
"""

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.errors import SourceError
from glue_jobs.core.landing.ledger import DoneRun, Ledger, TableFile
from glue_jobs.core.parquet_content import open_content
from glue_jobs.core.storage import Storage, open_storage

POSITION = "raw_run"
"""Under which key a table's snapshots bear its position."""

_ROWS_AT_ONCE = 65_536


def ledger_of(lake: Storage, raw: TableContract) -> Ledger:
    """The ledger of the runs that brought a table of raw.

    Raises:
        SourceError: no run has been done yet.
    """
    ledger = Ledger(lake, f"{raw.path}__taken")
    if not ledger.newest:
        raise SourceError(
            f"--lake_uri {lake.uri}: no run has brought anything into {raw.path}/; give the lake that the "
            "raw job works on, or run that first"
        )
    return ledger


def position_of(run: DoneRun) -> str:
    """The position of a table that has taken in the runs up to this one."""
    return f"{run.number} of {run.time.isoformat()}"


def runs_after(ledger: Ledger, position: str | None) -> list[DoneRun]:
    """The runs that are done and not taken in yet, in order; all of them where there is no position.

    Raises:
        SourceError: the ledger does not know the run of the position: raw was made anew.
        SinkError: a file of the ledger is damaged.
    """
    if position is None:
        return [*ledger.done_after(0)]
    number = int(position.split()[0])
    runs = [*ledger.done_after(number - 1)]
    if not runs or position_of(runs[0]) != position:
        raise SourceError(
            f"{ledger.lake.uri}/{ledger.folder}: does not know run {position}, which the table has taken in: "
            "raw was made anew; run the initial load with --rebuild true"
        )
    return runs[1:]


def raw_rows(spark: SparkSession, lake_uri: str, raw: TableContract, runs: Sequence[DoneRun]) -> DataFrame:
    """The rows of raw that these runs have written, in the columns of its contract.

    Each file is read whole, in a task: it is held against the ledger before its first row counts. A task
    raises SourceError where a file is gone, is damaged, or is another than its run has written.
    """
    files = [file for run in runs for file in run.raw]
    schema = arrow_schema(raw.schema)

    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        lake = open_storage(lake_uri)
        for at in (at for batch in batches for at in batch["id"].to_pylist()):
            yield from _rows_of(lake, files[at], schema)

    parts = max(1, min(len(files), 4 * spark.sparkContext.defaultParallelism))
    return spark.range(0, len(files), 1, parts).mapInArrow(read, raw.schema)


def _rows_of(lake: Storage, file: TableFile, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    try:
        found = open_content(lake.read_file(file.path))
        if not found.schema_arrow.equals(schema):
            raise _not_as_written(lake, file, f"its columns are {_in_words(found.schema_arrow)}")
        if found.metadata.num_rows != file.rows:
            raise _not_as_written(lake, file, f"it has {found.metadata.num_rows} rows, not {file.rows}")
        yield from found.iter_batches(_ROWS_AT_ONCE)
    except (OSError, pa.ArrowException) as error:
        raise _not_as_written(lake, file, str(error)) from error


def _in_words(schema: pa.Schema) -> str:
    return ", ".join(f"{column.name} {column.type}" for column in schema)


def _not_as_written(lake: Storage, file: TableFile, what: str) -> SourceError:
    return SourceError(
        f"{lake.uri}/{file.path}: not as its run has written it: {what}; put the file back (docs/orders.md)"
    )
