"""What Spark 3.5 hands to Python at once, which it bounds by nothing but rows."""

from collections.abc import Iterable, Iterator

import pyarrow as pa

from glue_jobs.core.runtime import open_runtime


def sizes(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The number of rows in each batch."""
    for batch in batches:
        yield pa.record_batch([pa.array([len(batch)], pa.int64())], ["size"])


def test_no_batch_of_the_largest_records_comes_near_what_a_column_holds() -> None:
    """A column holds 2 GiB; 32 records of 10 MiB are far below that."""
    with open_runtime("batches", ["batches"]) as runtime:
        found = runtime.spark.range(100, numPartitions=1).mapInArrow(sizes, "size long").collect()

    assert [row["size"] for row in found] == [32, 32, 32, 4]
