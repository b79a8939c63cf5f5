"""The windows of an event made anew from raw: what the stream did in many batches, done in one.

Spark merges the partial rows of raw (`raw_rows`) as it does in the stream (`Windows.merge`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain, groupby
from typing import NamedTuple

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import BinaryType, LongType, StringType, StructField, StructType

from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.audit.record_counts import ByWindow
from glue_jobs.core.hours import EPOCH
from glue_jobs.core.repair.raw_rows import BATCH, FILE, HOUR, REDRIVE, START
from glue_jobs.core.windows import RECORDS, TABLE, Windows

_MICROSECOND = timedelta(microseconds=1)
_ROWS = "_rows"
"""Rows of one table's hour, in Arrow's bytes."""

_ROWS_AT_ONCE = 2**16
"""About how many rows of a table's hour come to the driver in one piece."""


class RawHour(NamedTuple):
    """What raw holds of the windows that start in one hour.

    inputs   a hash over which pieces hold accepted records of them, and how many each
    newest   the newest batch of which those hold records
    redrive  the newest redrive among them; 0 for none
    records  how many records the contract accepts, without repeats where the windows have none
    """

    inputs: str
    newest: int
    redrive: int
    records: int


class TableHour(NamedTuple):
    """One hour of one table; it begins at `begins`."""

    begins: datetime
    table: str


def raw_hours(partials: DataFrame, windows: Windows) -> dict[datetime, RawHour]:
    """What raw holds of each hour that it holds anything of, by the hour's start."""
    files = _of_one_table(partials, windows).groupBy(HOUR, FILE)
    counted = files.agg(
        *(F.max(mark).alias(mark) for mark in (BATCH, REDRIVE)), F.sum(RECORDS).alias(RECORDS)
    )
    lines = F.array_sort(F.collect_list(F.concat_ws(" ", FILE, F.col(RECORDS).cast("string"))))
    hours = counted.groupBy(HOUR).agg(
        F.sha2(F.array_join(lines, "\n"), 256).alias("inputs"),
        F.max(BATCH).alias("newest"),
        F.max(REDRIVE).alias("redrive"),
        F.sum(RECORDS).alias(RECORDS),
    )
    return {
        EPOCH + timedelta(hours=row[HOUR]): RawHour(
            row["inputs"], row["newest"], row["redrive"], row[RECORDS]
        )
        for row in hours.collect()
    }


def records_by_window(partials: DataFrame, windows: Windows) -> ByWindow:
    """How many records of each window raw holds that the contract accepts."""
    counts = _of_one_table(partials, windows).groupBy(START).agg(F.sum(RECORDS).alias(RECORDS))
    return Counter({EPOCH + row[START] * _MICROSECOND: row[RECORDS] for row in counts.collect()})


def _of_one_table(partials: DataFrame, windows: Windows) -> DataFrame:
    """The partial rows of one aggregate: each has every accepted record in one of its groups."""
    return partials.where(F.col(TABLE) == windows.aggregates[0].table.name)


def rows_by_hour(
    partials: DataFrame, windows: Windows, wanted: Sequence[TableHour]
) -> Iterator[tuple[TableHour, Iterator[pa.Table]]]:
    """The rows of each wanted hour of a table, one after the other in order of time, each read to its end.

    Rows come in the order of the key, nulls last (where two tables order the same fields in two ways, in that
    of the first), so that the same records give the same files. The driver holds about one hour at a time.
    """
    spark = partials.sparkSession
    hours = [((one.begins - EPOCH) // timedelta(hours=1), one.table) for one in wanted]
    columns = StructType([StructField(HOUR, LongType(), False), StructField(TABLE, StringType(), False)])
    chosen = partials.join(spark.createDataFrame(hours, columns), [HOUR, TABLE], "leftsemi")
    keys = dict.fromkeys(key for aggregate in windows.aggregates for key in aggregate.table.key)
    order = [F.col(HOUR), F.col(TABLE), *(F.col(key).asc_nulls_last() for key in keys)]
    rows = (
        windows.merge(chosen)
        .withColumn(HOUR, F.floor(F.unix_seconds("window_start") / 3600))
        .repartitionByRange(len(wanted), HOUR, TABLE)
        .sortWithinPartitions(*order)
    )
    schemas = {one.table.name: arrow_schema(one.table.schema) for one in windows.aggregates}

    def pack(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        runs = chain.from_iterable(_runs(batch) for batch in batches)
        for (hour, table), own in groupby(runs, lambda run: run[0]):
            for some in _joined(rows for _, rows in own):
                packed = _packed(some.select(schemas[table].names).cast(schemas[table]))
                yield pa.RecordBatch.from_pydict({HOUR: [hour], TABLE: [table], _ROWS: [packed]})

    pieces = rows.mapInArrow(pack, StructType([*columns, StructField(_ROWS, BinaryType(), False)]))
    for (hour, table), own in groupby(pieces.toLocalIterator(), lambda piece: (piece[HOUR], piece[TABLE])):
        yield TableHour(EPOCH + timedelta(hours=hour), table), (_unpacked(piece[_ROWS]) for piece in own)


def _runs(batch: pa.RecordBatch) -> Iterator[tuple[tuple[int, str], pa.Table]]:
    """The rows cut where hour or table changes."""
    rows = pa.Table.from_batches([batch])
    keys = list(zip(rows[HOUR].to_pylist(), rows[TABLE].to_pylist(), strict=True))
    for key, places in groupby(range(len(keys)), keys.__getitem__):
        first, *others = places
        yield key, rows.slice(first, 1 + len(others))


def _joined(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in pieces of about `_ROWS_AT_ONCE`."""
    held: list[pa.Table] = []
    count = 0
    for table in tables:
        held.append(table)
        count += len(table)
        if count >= _ROWS_AT_ONCE:
            yield pa.concat_tables(held)
            held, count = [], 0
    if held:
        yield pa.concat_tables(held)


def _packed(rows: pa.Table) -> bytes:
    """The rows as bytes, which Spark hands to the driver as they are."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return bytes(sink.getvalue())


def _unpacked(content: bytearray) -> pa.Table:
    return pa.ipc.open_stream(pa.py_buffer(content)).read_all()
