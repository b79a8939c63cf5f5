"""What a source hands to the decode stage: what Spark plans, and how a task gets records from that."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import pyarrow as pa
from pyspark.sql import DataFrame

from glue_jobs.core.record_text import PIECE_BYTES, PIECE_RECORDS, RecordText, texts_of

Texts: TypeAlias = Callable[[Iterable[pa.RecordBatch]], Iterator[RecordText]]


@dataclass(frozen=True)
class Source:
    """A stream of records, not read yet.

    planned    a stream of rows that say what to read: files, or ranges of shards. Where only the JVM can read
               a source, the rows are the records (`contracts.records.RECORDS`)
    texts      the records of some of these rows, in a task. So the records of the other sources are read and
               decoded in one process, and never enter the JVM
    """

    planned: DataFrame
    texts: Texts


def of_rows(records: DataFrame) -> Source:
    """A source whose rows are records: a column `data`, and what else of `RECORDS` is known."""

    def texts(batches: Iterable[pa.RecordBatch]) -> Iterator[RecordText]:
        for some in _gathered(batches):
            yield from texts_of(some)

    return Source(records, texts)


def _gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The rows of small batches, together as large as a text may be.

    Spark 3.5 hands over 32 at a time (`core.runtime`), so few that a text takes longer than its records.
    """
    some: list[pa.RecordBatch] = []
    records = size = 0
    for batch in batches:
        some.append(batch)
        records, size = records + len(batch), size + batch.nbytes
        if records >= PIECE_RECORDS or size >= PIECE_BYTES:
            yield pa.Table.from_batches(some)
            some, records, size = [], 0, 0
    if some:
        yield pa.Table.from_batches(some)
