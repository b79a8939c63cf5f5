"""Rows that are records, on their way from the JVM into texts."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from glue_jobs.contracts.records import RECORDS
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.record_text import PIECE_BYTES, PIECE_RECORDS
from glue_jobs.core.sources.source import Source, of_rows


@pytest.fixture(scope="module")
def source(spark: SparkSession) -> Source:
    """A source whose rows are records."""
    return of_rows(spark.createDataFrame([], RECORDS))


def batch(*records: bytes | None) -> pa.RecordBatch:
    """Rows as Glue's connector gives them, without anything but the text."""
    return pa.record_batch([pa.array(records, pa.binary())], ["data"])


def test_small_batches_become_texts_of_the_usual_size(source: Source) -> None:
    """Spark 3.5 hands over 32 rows at a time."""
    batches = [batch(*[b"{}"] * 32) for _ in range(2 * PIECE_RECORDS // 32 + 1)]

    assert [text.count for text in source.texts(batches)] == [PIECE_RECORDS, 24, 992]


def test_large_records_do_not_wait_for_others(source: Source) -> None:
    """What is gathered is bounded in bytes, too."""
    large = b"x" * (PIECE_BYTES // 2)

    assert [text.count for text in source.texts([batch(large)] * 5)] == [1, 1, 1, 1, 1]


def test_what_the_rows_do_not_tell_of_a_record_is_unknown(source: Source) -> None:
    """Glue's connector hides the shard, and older ones the arrival."""
    (text,) = source.texts([batch(b"{}", None)])

    assert text.records().to_pylist() == [
        {"data": data, "arrival_time": None, "shard_id": None, "sequence_number": None}
        for data in (b"{}", None)
    ]
    assert text.records().schema == arrow_schema(RECORDS)


@given(st.lists(st.lists(st.binary(max_size=5), max_size=9), max_size=9))
def test_every_record_is_in_a_text_in_its_order(source: Source, values: list[list[bytes]]) -> None:
    """However they come in batches, empty ones too."""
    texts = source.texts([batch(*some) for some in values])

    assert [data for text in texts for data in text.records()["data"].to_pylist()] == [
        data for some in values for data in some
    ]
