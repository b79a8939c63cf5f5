"""The records of a source as rows, for tests that look at the records themselves."""

from collections.abc import Iterable, Iterator

import pyarrow as pa
from pyspark.sql import DataFrame

from glue_jobs.contracts.records import RECORDS
from glue_jobs.core.sources.source import Source


def rows_of(source: Source) -> DataFrame:
    """A stream of `RECORDS`, read in the tasks."""
    texts = source.texts

    def read(planned: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for text in texts(planned):
            yield from text.records().to_batches()

    return source.planned.mapInArrow(read, RECORDS)
