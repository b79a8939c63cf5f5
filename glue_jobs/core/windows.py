"""All aggregates of an event in one stateful query, in two steps.

The decode stage *combines*: a chunk of rows becomes one partial row for each window, table and group of
keys, with sums, counts and extremes in place of values. Spark's stateful aggregation then *merges* the
partial rows of all chunks and batches; one `groupBy` over window, table and all keys does the work of one
query for each table.

For the watermark nothing changes: the event time of a partial row is the latest of its group. That lies in
the group's window, and the latest of all partial rows is the latest of all events.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, IntegerType, LongType, StringType, StructField, StructType

from glue_jobs.contracts.contract import Aggregate, EventContract, Measure
from glue_jobs.core.arrow_schema import arrow_schema, completed
from glue_jobs.core.decode import EVENT_TIME, decoded_schema
from glue_jobs.core.event_keys import fields_of
from glue_jobs.core.hours import EPOCH, Range

TABLE = "table_name"
"""The column that names the table a row belongs to."""

RECORDS = "records"
"""The column of partial rows that counts the records of the group."""

WINDOW = "window"
"""The column of rows that holds their window, where it takes the place of the event's time."""

_WINDOW = "_window"

_MICROSECOND = timedelta(microseconds=1)

_PARTS = {"avg": ("sum", "count"), "count": ("count",), "min": ("min",), "max": ("max",)}
"""What has to be known of each part of a group to know a measure of the whole."""


@dataclass(frozen=True)
class Windows:
    """The tumbling windows of an event, aligned to the epoch, and what is measured in each.

    Where `deduplicate` says what the key of an event is made of (`event_keys`), a window has each key once.
    """

    event: EventContract
    aggregates: tuple[Aggregate, ...]
    length: timedelta
    deduplicate: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        measures = [measure.column for aggregate in self.aggregates for measure in aggregate.measures]
        twice = {column for column in measures if measures.count(column) > 1}
        if twice:
            raise ValueError(f"measured in two tables: {sorted(twice)}; all tables share one row, so rename")

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The event fields that the aggregates need, each once: keys, then values."""
        return tuple(dict.fromkeys([*self._keys, *(field for field, _ in self._partials)]))

    @property
    def definition(self) -> dict[str, Any]:
        """What the state of a query over these windows means, as JSON: it cannot go on with another."""
        fields = (*self.columns, *fields_of(self.deduplicate))
        return {
            "event": self.event.name,
            "version": self.event.version,
            "window_seconds": self.length.total_seconds(),
            "deduplicate": list(self.deduplicate),
            "field_types": {name: self.event.schema[name].dataType.simpleString() for name in fields},
            "aggregates": {
                aggregate.table.name: {
                    "keys": list(aggregate.keys),
                    "measures": {
                        measure.column: f"{measure.function}({measure.of or '*'})"
                        for measure in aggregate.measures
                    },
                }
                for aggregate in self.aggregates
            },
        }

    @cached_property
    def partial_schema(self) -> StructType:
        """`event_time`, `table_name`, the keys of all tables, `records`, and `<field>_<sum, count, …>`."""
        rows = decoded_schema(self.event, self.columns)
        keys = [StructField(key, rows[key].dataType) for key in self._keys]
        partials = [
            StructField(f"{field}_{function}", _partial_type(rows[field].dataType, function))
            for field, function in self._partials
        ]
        table, records = StructField(TABLE, StringType(), False), StructField(RECORDS, LongType(), False)
        return StructType([rows[EVENT_TIME], table, *keys, records, *partials])

    def combine(self, rows: pa.Table) -> pa.Table:
        """Rows with `event_time` and `columns` in; rows of `partial_schema` out, null where another table's.

        A group is there whether or not any of its values is known.
        """
        microseconds = rows[EVENT_TIME].cast(pa.int64()).to_numpy()
        window = pa.array(microseconds // (self.length // _MICROSECOND))
        keys = {name: _coded(rows[name]) for name in self._keys}
        marked = pa.table({**{name: rows[name] for name in rows.column_names}, **keys, _WINDOW: window})
        schema = arrow_schema(self.partial_schema)
        return pa.concat_tables([_combined(marked, aggregate, schema) for aggregate in self.aggregates])

    def of_rows(self, rows: DataFrame) -> DataFrame:
        """Rows with `window` and `columns` in; each as a partial row of every table out, with `window`.

        Other columns of a row go with its partial rows.
        """
        others = [name for name in rows.columns if name not in self.columns]
        partials = F.explode(F.array(*(self._of_row(aggregate) for aggregate in self.aggregates)))
        return rows.select(*others, partials.alias("partial")).select(*others, "partial.*")

    def window_of(self, event_time: str) -> Column:
        """The window that holds the time in a column: a struct of its start and its end."""
        return F.window(event_time, f"{self.length.total_seconds():.0f} seconds").alias(WINDOW)

    def merge(self, partials: DataFrame) -> DataFrame:
        """Rows of `partial_schema`, or with `window` in place of `event_time`, in; all tables' rows out.

        Out come `table_name`, `window_start`, `window_end`, and the keys and measures of all tables, null
        where they are another table's. A stream of partial rows needs a watermark on `event_time`.
        """
        measures = {measure.column: measure for one in self.aggregates for measure in one.measures}
        window = F.col(WINDOW) if WINDOW in partials.columns else self.window_of(EVENT_TIME)
        return (
            partials.groupBy(window, TABLE, *self._keys)
            .agg(*(_merged(measure).alias(column) for column, measure in measures.items()))
            .select(
                TABLE,
                F.col("window.start").alias("window_start"),
                F.col("window.end").alias("window_end"),
                *self._keys,
                *measures,
            )
        )

    def _of_row(self, aggregate: Aggregate) -> Column:
        """The partial row of one aggregate that a single row makes."""
        own = {(field, function): f"{field}_{function}" for field, function in _partials(aggregate)}
        values = {name: _partial(field, function) for (field, function), name in own.items()}
        values |= {TABLE: F.lit(aggregate.table.name), RECORDS: F.lit(1)}
        values |= {key: F.col(key) for key in aggregate.keys}
        fields = [field for field in self.partial_schema if field.name != EVENT_TIME]
        return F.struct(
            *(values.get(field.name, F.lit(None)).cast(field.dataType).alias(field.name) for field in fields)
        )

    @cached_property
    def _keys(self) -> list[str]:
        return list(dict.fromkeys(key for aggregate in self.aggregates for key in aggregate.keys))

    @cached_property
    def _partials(self) -> list[tuple[str, str]]:
        """Each field that is measured, with each function that its measures need."""
        return list(dict.fromkeys(one for aggregate in self.aggregates for one in _partials(aggregate)))


def window_starts(rows: pa.Table, length: timedelta) -> NDArray[np.int64]:
    """When the window of each row (`event_time`) starts, in microseconds since the epoch."""
    window = length // _MICROSECOND
    microseconds: NDArray[np.int64] = rows[EVENT_TIME].cast(pa.int64()).to_numpy()
    return microseconds // window * window


def within(starts: NDArray[np.int64], which: Range) -> pa.Array:
    """For each window that starts then (microseconds since the epoch), whether it is one of these."""
    inside = np.ones(len(starts), np.bool_)
    if which.begin is not None:
        inside &= starts >= (which.begin - EPOCH) // _MICROSECOND
    if which.end is not None:
        inside &= starts < (which.end - EPOCH) // _MICROSECOND
    return pa.array(inside)


def _partials(aggregate: Aggregate) -> list[tuple[str, str]]:
    wanted = (
        (measure.of, function) for measure in aggregate.measures for function in _PARTS[measure.function]
    )
    return list(dict.fromkeys((field, function) for field, function in wanted if field is not None))


def _partial(field: str, function: str) -> Column:
    """What one value is of a measure; the sum and the extremes of a single value are itself."""
    return F.col(field).isNotNull() if function == "count" else F.col(field)


def _partial_type(value: DataType, function: str) -> DataType:
    if function == "count" or (function == "sum" and isinstance(value, IntegerType)):
        return LongType()
    return value


def _coded(column: pa.ChunkedArray) -> pa.Array:
    """Texts as numbers into a dictionary: grouping by them is several times as fast."""
    whole = column.combine_chunks()
    return whole.dictionary_encode() if pa.types.is_string(whole.type) else whole


def _combined(rows: pa.Table, aggregate: Aggregate, schema: pa.Schema) -> pa.Table:
    """The partial rows of one aggregate."""
    groups = rows.group_by([_WINDOW, *aggregate.keys], use_threads=False).aggregate(
        [(EVENT_TIME, "max"), ([], "count_all"), *_partials(aggregate)]
    )
    named = {
        EVENT_TIME: groups[f"{EVENT_TIME}_max"],
        TABLE: pa.repeat(aggregate.table.name, len(groups)),
        RECORDS: groups["count_all"],
        **{name: groups[name] for name in groups.column_names},
    }
    return completed(pa.table(named), schema)


def _merged(measure: Measure) -> Column:
    count = F.sum(RECORDS if measure.of is None else f"{measure.of}_count")
    if measure.function == "count":
        return count
    if measure.function == "avg":
        return F.when(count > 0, F.sum(f"{measure.of}_sum") / count)
    return {"min": F.min, "max": F.max}[measure.function](f"{measure.of}_{measure.function}")
