"""Repeats of an event, dropped within its window: a producer that gets no answer sends again.

A repeat has the key of an earlier record (`event_keys`) and lies in the same window. To tell takes rows: they
flow on from the decode stage as they are, Spark keeps the keys of open windows in its state, and what is left
becomes partial rows.

The window is part of the key that Spark is told. So its operator takes a record for late by the rule of the
aggregation (the window has ended), it forgets a key when the window is published, and how many records a
window counts does not depend on the order in which they came.
"""

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.types import BinaryType, StructField, StructType

from glue_jobs.core.decode import EVENT_TIME, decoded_schema
from glue_jobs.core.event_keys import EVENT_KEY
from glue_jobs.core.windows import WINDOW, Windows


def row_schema(windows: Windows) -> StructType:
    """`event_time`, the windows' columns, and the event's key."""
    time, *columns = decoded_schema(windows.event, windows.columns)
    values = (StructField(column.name, column.dataType) for column in columns)
    return StructType([time, *values, StructField(EVENT_KEY, BinaryType(), False)])


def flowing_schema(windows: Windows) -> StructType:
    """What flows on from the decode stage: partial rows, or rows where repeats are to be dropped."""
    return row_schema(windows) if windows.deduplicate else windows.partial_schema


def flowing(accepted: pa.Table, windows: Windows) -> pa.Table:
    """The accepted rows of a chunk as they flow on."""
    return accepted if windows.deduplicate else windows.combine(accepted)


def drop_repeats(rows: DataFrame, windows: Windows) -> DataFrame:
    """A stream of rows that has a watermark on `event_time` in; partial rows without repeats out.

    Of several records with one key the first that Spark meets stays. Without deduplication what flows are
    partial rows, which pass.
    """
    if not windows.deduplicate:
        return rows
    in_window = rows.select(windows.window_of(EVENT_TIME), *windows.columns, EVENT_KEY)
    return windows.of_rows(in_window.dropDuplicates([WINDOW, EVENT_KEY]).drop(EVENT_KEY))
