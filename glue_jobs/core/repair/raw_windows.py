"""The windows of an event made anew from raw: what the stream did in many batches, done in one.

The same steps make them: each file of raw is decoded and combined in one pass (`Decoder`, `Windows.combine`),
and Spark merges the partial rows (`Windows.merge`). Whatever was late in the stream is just a record here.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain, groupby
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import BinaryType, LongType, StringType, StructField, StructType, TimestampType

from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.audit.record_counts import ByWindow
from glue_jobs.core.decode import Decoder
from glue_jobs.core.decode_stage import chunks_of
from glue_jobs.core.hours import EPOCH, Range
from glue_jobs.core.pieces import Piece, pieces_of, rows_of
from glue_jobs.core.record_text import texts_of
from glue_jobs.core.storage import open_storage
from glue_jobs.core.table_hours import open_parquet
from glue_jobs.core.windows import RECORDS, TABLE, Windows, window_starts

_MICROSECOND = timedelta(microseconds=1)
_HOUR_MICROSECONDS = timedelta(hours=1) // _MICROSECOND

_START, _HOUR, _FILE, _BATCH, _REDRIVE = "_window_start", "_hour", "_file", "_batch", "_redrive"
"""Beside each partial row: when its window starts (microseconds since the epoch), its hour (hours since the
epoch), the piece of raw that it comes from, the newest batch of which that holds records, and the
number of its redrive (0: none)."""

_ROWS = "_rows"
"""Rows of one table's hour, in Arrow's bytes."""

_MARKS = [
    StructField(_START, LongType(), False),
    StructField(_HOUR, LongType(), False),
    StructField(_FILE, StringType(), False),
    StructField(_BATCH, LongType(), False),
    StructField(_REDRIVE, LongType(), False),
]

_PARTS_A_CORE = 4
"""A core that has had small files takes another part."""

_ROWS_AT_ONCE = 2**16
"""About how many rows of a table's hour come to the driver in one piece."""


class RawFile(NamedTuple):
    """A file of raw.

    place, path  the URI of its folder, and its name there
    last         the newest batch that counts
    time         stands in where a record's arrival is hidden and the file does not say when it was planned
    """

    place: str
    path: str
    last: int
    time: datetime


class RawHour(NamedTuple):
    """What raw holds of the windows that start in one hour.

    inputs   a hash over which pieces hold accepted records of them, and how many each
    newest   the newest batch of which those hold records
    redrive  the newest redrive among them; 0 for none
    records  how many records the contract accepts
    """

    inputs: str
    newest: int
    redrive: int
    records: int


class TableHour(NamedTuple):
    """One hour of one table; it begins at `begins`."""

    begins: datetime
    table: str


def partial_rows(spark: SparkSession, files: Sequence[RawFile], windows: Windows, which: Range) -> DataFrame:
    """The partial rows (`windows.partial_schema`) of the windows in `which`, each with its `_MARKS`."""
    columns = StructType([*windows.partial_schema, *_MARKS])

    def decode_part(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        decoder = Decoder(windows.event, windows.columns)
        for row in chain.from_iterable(batch.to_pylist() for batch in batches):
            for rows in _decoded(RawFile(**row), decoder, windows, which):
                yield from rows.cast(arrow_schema(columns)).to_batches()

    schema = StructType(
        [
            StructField("place", StringType()),
            StructField("path", StringType()),
            StructField("last", LongType()),
            StructField("time", TimestampType()),
        ]
    )
    parts = _PARTS_A_CORE * spark.sparkContext.defaultParallelism
    return spark.createDataFrame(files, schema).repartition(parts).mapInArrow(decode_part, columns)


def _decoded(file: RawFile, decoder: Decoder, windows: Windows, which: Range) -> Iterator[pa.Table]:
    """The marked partial rows of one file."""
    parquet = open_parquet(open_storage(file.place), file.path)
    pieces = [piece for piece in pieces_of(file.path, parquet.metadata) if _newest(piece) <= file.last]
    for piece, _, records in rows_of(parquet, pieces):
        for texts in chunks_of(texts_of(records)):
            accepted = decoder.decode(texts, piece.batch_time or file.time).accepted
            inside = accepted.filter(_within(window_starts(accepted, windows.length), which))
            if len(inside):
                rows = windows.combine(inside)
                starts = window_starts(rows, windows.length)
                columns = {name: rows[name] for name in rows.column_names}
                of_piece = {name: pa.repeat(mark, len(rows)) for name, mark in _marks(piece).items()}
                yield pa.table({**columns, _START: starts, _HOUR: starts // _HOUR_MICROSECONDS, **of_piece})


def _marks(piece: Piece) -> dict[str, str | int]:
    """What all rows of a piece are marked with."""
    redrive = 0 if piece.redrive is None else piece.redrive.number
    return {_FILE: piece.name, _BATCH: _newest(piece), _REDRIVE: redrive}


def _newest(piece: Piece) -> int:
    assert piece.newest is not None, f"{piece.name}: of no batch"
    return piece.newest.number


def _within(starts: NDArray[np.int64], which: Range) -> pa.Array:
    inside = np.ones(len(starts), np.bool_)
    if which.begin is not None:
        inside &= starts >= (which.begin - EPOCH) // _MICROSECOND
    if which.end is not None:
        inside &= starts < (which.end - EPOCH) // _MICROSECOND
    return pa.array(inside)


def raw_hours(partials: DataFrame, windows: Windows) -> dict[datetime, RawHour]:
    """What raw holds of each hour that it holds anything of, by the hour's start."""
    files = _of_one_table(partials, windows).groupBy(_HOUR, _FILE)
    counted = files.agg(
        *(F.max(mark).alias(mark) for mark in (_BATCH, _REDRIVE)), F.sum(RECORDS).alias(RECORDS)
    )
    lines = F.array_sort(F.collect_list(F.concat_ws(" ", _FILE, F.col(RECORDS).cast("string"))))
    hours = counted.groupBy(_HOUR).agg(
        F.sha2(F.array_join(lines, "\n"), 256).alias("inputs"),
        F.max(_BATCH).alias("newest"),
        F.max(_REDRIVE).alias("redrive"),
        F.sum(RECORDS).alias(RECORDS),
    )
    return {
        EPOCH + timedelta(hours=row[_HOUR]): RawHour(
            row["inputs"], row["newest"], row["redrive"], row[RECORDS]
        )
        for row in hours.collect()
    }


def records_by_window(partials: DataFrame, windows: Windows) -> ByWindow:
    """How many records of each window raw holds that the contract accepts."""
    counts = _of_one_table(partials, windows).groupBy(_START).agg(F.sum(RECORDS).alias(RECORDS))
    return Counter({EPOCH + row[_START] * _MICROSECOND: row[RECORDS] for row in counts.collect()})


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
    columns = StructType([StructField(_HOUR, LongType(), False), StructField(TABLE, StringType(), False)])
    chosen = partials.join(spark.createDataFrame(hours, columns), [_HOUR, TABLE], "leftsemi")
    keys = dict.fromkeys(key for aggregate in windows.aggregates for key in aggregate.table.key)
    order = [F.col(_HOUR), F.col(TABLE), *(F.col(key).asc_nulls_last() for key in keys)]
    rows = (
        windows.merge(chosen)
        .withColumn(_HOUR, F.floor(F.unix_seconds("window_start") / 3600))
        .repartitionByRange(len(wanted), _HOUR, TABLE)
        .sortWithinPartitions(*order)
    )
    schemas = {one.table.name: arrow_schema(one.table.schema) for one in windows.aggregates}

    def pack(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        runs = chain.from_iterable(_runs(batch) for batch in batches)
        for (hour, table), own in groupby(runs, lambda run: run[0]):
            for some in _joined(rows for _, rows in own):
                packed = _packed(some.select(schemas[table].names).cast(schemas[table]))
                yield pa.RecordBatch.from_pydict({_HOUR: [hour], TABLE: [table], _ROWS: [packed]})

    pieces = rows.mapInArrow(pack, StructType([*columns, StructField(_ROWS, BinaryType(), False)]))
    for (hour, table), own in groupby(pieces.toLocalIterator(), lambda piece: (piece[_HOUR], piece[TABLE])):
        yield TableHour(EPOCH + timedelta(hours=hour), table), (_unpacked(piece[_ROWS]) for piece in own)


def _runs(batch: pa.RecordBatch) -> Iterator[tuple[tuple[int, str], pa.Table]]:
    """The rows cut where hour or table changes."""
    rows = pa.Table.from_batches([batch])
    keys = list(zip(rows[_HOUR].to_pylist(), rows[TABLE].to_pylist(), strict=True))
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
