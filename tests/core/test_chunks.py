"""What is decoded at once: batches put together, in bounds of rows and bytes."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from glue_jobs.core.decode_stage import chunks_of
from glue_jobs.core.runtime import _SESSION

MIB = 2**20


def batch(*values: bytes) -> pa.RecordBatch:
    """A batch with one column."""
    return pa.record_batch([pa.array(values, pa.binary())], ["data"])


def lengths(batches: list[pa.RecordBatch], most_rows: int, most_bytes: int) -> list[int]:
    """How many rows each chunk has."""
    return [len(chunk) for chunk in chunks_of(batches, most_rows, most_bytes)]


@pytest.mark.parametrize(
    ("batches", "most_rows", "most_bytes", "expected"),
    [
        ([], 4, 10_000, []),
        ([1, 1, 1], 4, 10_000, [3]),
        ([2, 2, 1], 4, 10_000, [4, 1]),
        ([3, 2, 2], 4, 10_000, [3, 4]),
        ([9, 1, 1], 4, 10_000, [9, 2]),
        ([1, 1, 1], 4, 250, [2, 1]),
        ([1, 1, 1], 4, 1, [1, 1, 1]),
    ],
)
def test_batches_are_put_together_as_long_as_the_bounds_allow(
    batches: list[int], most_rows: int, most_bytes: int, expected: list[int]
) -> None:
    """A row has a hundred bytes and its place; what is too large by itself stays alone."""
    assert lengths([batch(*[b"x" * 100] * rows) for rows in batches], most_rows, most_bytes) == expected


@given(st.lists(st.lists(st.binary(max_size=9), min_size=1, max_size=5), max_size=9))
def test_no_row_is_lost_and_none_changes_its_place(values: list[list[bytes]]) -> None:
    """Whatever comes, in whatever batches."""
    chunks = list(chunks_of([batch(*some) for some in values], 6, 60))

    assert [row for chunk in chunks for row in chunk["data"].to_pylist()] == [
        row for some in values for row in some
    ]


def test_spark_hands_large_records_over_in_small_batches(spark: SparkSession) -> None:
    """Forty records of a mebibyte are three batches; by their number they would be one."""

    def sizes(batches):  # type: ignore[no-untyped-def]
        for some in batches:
            yield pa.record_batch([pa.array([some.nbytes], pa.int64())], ["bytes"])

    records = spark.range(40, numPartitions=1).selectExpr("CAST(repeat('x', 1048576) AS BINARY) AS data")

    found = [row.bytes for row in records.mapInArrow(sizes, "bytes long").collect()]

    assert max(found) < 18 * MIB
    assert sum(found) > 40 * MIB
    assert int(_SESSION["spark.sql.execution.arrow.maxBytesPerBatch"]) == 16 * MIB
