"""What is decoded at once: texts of records put together, in bounds of records and bytes."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from glue_jobs.core.decode_stage import chunks_of
from glue_jobs.core.record_text import RecordText, texts_of
from tests.events import records as as_records

MIB = 2**20


def text(*records: bytes) -> RecordText:
    """The records as one text."""
    (one,) = texts_of(as_records(records))
    return one


def lengths(texts: list[RecordText], most_records: int, most_bytes: int) -> list[int]:
    """How many records each chunk has."""
    return [sum(one.count for one in chunk) for chunk in chunks_of(texts, most_records, most_bytes)]


@pytest.mark.parametrize(
    ("texts", "most_records", "most_bytes", "expected"),
    [
        ([], 4, 10_000, []),
        ([1, 1, 1], 4, 10_000, [3]),
        ([2, 2, 1], 4, 10_000, [4, 1]),
        ([3, 2, 2], 4, 10_000, [3, 4]),
        ([9, 1, 1], 4, 10_000, [9, 2]),
        ([1, 1, 1], 4, 202, [2, 1]),
        ([1, 1, 1], 4, 1, [1, 1, 1]),
    ],
)
def test_texts_are_put_together_as_long_as_the_bounds_allow(
    texts: list[int], most_records: int, most_bytes: int, expected: list[int]
) -> None:
    """A record has a hundred bytes and its line feed; what is too large by itself stays alone."""
    assert lengths([text(*[b"x" * 100] * count) for count in texts], most_records, most_bytes) == expected


@given(st.lists(st.lists(st.binary(max_size=9), min_size=1, max_size=5), max_size=9))
def test_no_record_is_lost_and_none_changes_its_place(values: list[list[bytes]]) -> None:
    """Whatever comes, in whatever texts."""
    chunks = list(chunks_of([text(*some) for some in values], 6, 60))

    assert [data for chunk in chunks for one in chunk for data in one.records()["data"].to_pylist()] == [
        data for some in values for data in some
    ]


def handed_over(spark: SparkSession, records: int) -> list[tuple[int, int]]:
    """Rows and MiB of each batch that reaches Python, of so many records of a mebibyte."""

    def sizes(batches):  # type: ignore[no-untyped-def]
        for some in batches:
            pair = [pa.array([some.num_rows]), pa.array([some.nbytes // MIB])]
            yield pa.record_batch(pair, ["records", "mebibytes"])

    frame = spark.range(records, numPartitions=1).selectExpr("CAST(repeat('x', 1048576) AS BINARY) AS data")
    return [tuple(row) for row in frame.mapInArrow(sizes, "records long, mebibytes long").collect()]


def test_spark_hands_large_records_over_in_small_batches(spark: SparkSession) -> None:
    """By their bytes; on Spark 3.5 by their number alone: 32 of 10 MiB, the largest, are far below 2 GiB."""
    batches = {"4": [(16, 16), (16, 16), (8, 8)], "3": [(32, 32), (8, 8)]}

    assert handed_over(spark, 40) == batches[spark.version[0]]
