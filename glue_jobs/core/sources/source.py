"""What a source hands to the decode stage: what Spark plans, and how a task gets records from that."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import pyarrow as pa
from pyspark.sql import DataFrame

from glue_jobs.core.record_text import RecordText, texts_of

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
    """A source whose rows are the records themselves."""

    def texts(batches: Iterable[pa.RecordBatch]) -> Iterator[RecordText]:
        for batch in batches:
            yield from texts_of(batch)

    return Source(records, texts)
