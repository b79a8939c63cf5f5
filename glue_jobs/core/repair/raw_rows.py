"""The records of raw as partial rows of their windows, each marked with where it comes from.

The steps are those of the stream: each file is decoded and combined in one pass (`Decoder`,
`Windows.combine`). Whatever was late in the stream is just a record here. Where repeats are to be dropped, of
several records with one key the first stands: by batch, file and row, and what was redriven behind all
batches, for the stream has never seen that.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import LongType, StringType, StructField, StructType, TimestampType

from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.decode import EVENT_TIME, Decoder
from glue_jobs.core.decode_stage import chunks_of
from glue_jobs.core.event_keys import EVENT_KEY
from glue_jobs.core.hours import EPOCH
from glue_jobs.core.pieces import Piece, pieces_of, rows_of
from glue_jobs.core.record_text import texts_of
from glue_jobs.core.repeats import flowing, flowing_schema
from glue_jobs.core.storage import open_storage
from glue_jobs.core.table_hours import open_parquet
from glue_jobs.core.windows import Windows, window_starts

_MICROSECOND = timedelta(microseconds=1)
_HOUR_MICROSECONDS = timedelta(hours=1) // _MICROSECOND

START, HOUR, FILE, BATCH, REDRIVE = "_window_start", "_hour", "_file", "_batch", "_redrive"
"""Beside each partial row: when its window starts (microseconds since the epoch), its hour (hours since the
epoch), the piece of raw that it comes from, the newest batch of which that holds records, and the
number of its redrive (0: none)."""

_MARKS = [
    StructField(START, LongType(), False),
    StructField(HOUR, LongType(), False),
    StructField(FILE, StringType(), False),
    StructField(BATCH, LongType(), False),
    StructField(REDRIVE, LongType(), False),
]

_ROW, _PLACE = "_row", "_place"
"""The number of a row in its piece; its place among those with the same key."""

_PARTS_A_CORE = 4
"""A core that has had small files takes another part."""


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


def partial_rows(
    spark: SparkSession, files: Sequence[RawFile], windows: Windows, hours: Sequence[datetime]
) -> DataFrame:
    """The partial rows (`Windows.merge` takes them) of windows that start in `hours`, with their `_MARKS`."""
    columns = StructType([*flowing_schema(windows), *_MARKS, StructField(_ROW, LongType(), False)])

    def decode_part(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        decoder = Decoder(windows.event, windows.columns, windows.deduplicate)
        for row in chain.from_iterable(batch.to_pylist() for batch in batches):
            for rows in marked_rows(RawFile(**row), decoder, windows, hours):
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
    rows = spark.createDataFrame(files, schema).repartition(parts).mapInArrow(decode_part, columns)
    return _without_repeats(rows, windows) if windows.deduplicate else rows.drop(_ROW)


def _without_repeats(rows: DataFrame, windows: Windows) -> DataFrame:
    """Rows (`repeats.row_schema`) in; the partial rows of those that stand out.

    Their batch and redrive are the newest of all with the same key: these have been taken in, too.
    """
    same = Window.partitionBy(START, EVENT_KEY)
    placed = rows.withColumn(_PLACE, F.row_number().over(same.orderBy(REDRIVE, BATCH, FILE, _ROW)))
    newest = {mark: F.max(mark).over(same) for mark in (BATCH, REDRIVE)}
    standing = placed.withColumns(newest).where(F.col(_PLACE) == 1)
    marks = [mark.name for mark in _MARKS]
    return windows.of_rows(standing.select(windows.window_of(EVENT_TIME), *windows.columns, *marks))


def marked_rows(
    file: RawFile, decoder: Decoder, windows: Windows, hours: Sequence[datetime]
) -> Iterator[pa.Table]:
    """What one file comes to, marked."""
    taken: Counter[Piece] = Counter()
    parquet = open_parquet(open_storage(file.place), file.path)
    pieces = [piece for piece in pieces_of(file.path, parquet.metadata) if _newest(piece) <= file.last]
    for piece, _, records in rows_of(parquet, pieces):
        for texts in chunks_of(texts_of(records)):
            accepted = decoder.decode(texts, piece.batch_time or file.time).accepted
            inside = accepted.filter(_within(window_starts(accepted, windows.length), hours))
            if len(inside):
                rows = flowing(inside, windows)
                yield _marked(rows, window_starts(rows, windows.length), piece, taken[piece])
                taken[piece] += len(rows)


def _within(starts: NDArray[np.int64], hours: Iterable[datetime]) -> pa.Array:
    wanted = [(hour - EPOCH) // _MICROSECOND // _HOUR_MICROSECONDS for hour in hours]
    return pa.array(np.isin(starts // _HOUR_MICROSECONDS, wanted))


def _marked(rows: pa.Table, starts: NDArray[np.int64], piece: Piece, first: int) -> pa.Table:
    """The rows of a piece with their marks; `first` is the number of the first of them."""
    columns = {name: rows[name] for name in rows.column_names}
    of_piece = {name: pa.repeat(mark, len(rows)) for name, mark in _marks(piece).items()}
    numbers = first + np.arange(len(rows))
    return pa.table({**columns, START: starts, HOUR: starts // _HOUR_MICROSECONDS, **of_piece, _ROW: numbers})


def _marks(piece: Piece) -> dict[str, str | int]:
    """What all rows of a piece are marked with."""
    redrive = 0 if piece.redrive is None else piece.redrive.number
    return {FILE: piece.name, BATCH: _newest(piece), REDRIVE: redrive}


def _newest(piece: Piece) -> int:
    assert piece.newest is not None, f"{piece.name}: of no batch"
    return piece.newest.number
