"""All aggregates of an event in one stateful query.

Each row is repeated once for each aggregate, marked with the name of its table and carrying only that
aggregate's keys and values. One `groupBy` over window, table and all keys then does the work of one
query for each.
"""

from datetime import timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from glue_jobs.contracts.contract import Aggregate, Measure
from glue_jobs.core.decode import EVENT_TIME

TABLE = "table_name"
"""The column that names the table a row belongs to."""

_FUNCTIONS = {"avg": F.avg, "min": F.min, "max": F.max, "count": F.count}


def event_columns(aggregates: tuple[Aggregate, ...]) -> tuple[str, ...]:
    """The event fields that the aggregates need, each once."""
    return tuple(dict.fromkeys([*_keys(aggregates), *_values(aggregates)]))


def aggregate_windows(rows: DataFrame, aggregates: tuple[Aggregate, ...], window: timedelta) -> DataFrame:
    """Rows with `event_time` and `event_columns` in; the rows of every aggregate's table out.

    Out come `table_name`, `window_start`, `window_end`, and the keys and measures of all tables, null
    where they are another table's. Windows tumble and are aligned to the epoch. A group is there whether
    or not any of its values is known. A stream of rows needs a watermark on `event_time`.
    """
    copies = F.explode(F.array(*(_copy(rows, aggregate, aggregates) for aggregate in aggregates)))
    marked = rows.select(EVENT_TIME, copies.alias("copy")).select(EVENT_TIME, "copy.*")
    keys = _keys(aggregates)
    windows = marked.groupBy(F.window(EVENT_TIME, f"{window.total_seconds():.0f} seconds"), TABLE, *keys)
    measures = {measure.column: measure for aggregate in aggregates for measure in aggregate.measures}
    return windows.agg(*(_measured(measure) for measure in measures.values())).select(
        TABLE,
        F.col("window.start").alias("window_start"),
        F.col("window.end").alias("window_end"),
        *keys,
        *measures,
    )


def _keys(aggregates: tuple[Aggregate, ...]) -> list[str]:
    return list(dict.fromkeys(key for aggregate in aggregates for key in aggregate.keys))


def _values(aggregates: tuple[Aggregate, ...]) -> list[str]:
    fields = (measure.of for aggregate in aggregates for measure in aggregate.measures)
    return list(dict.fromkeys(field for field in fields if field is not None))


def _copy(rows: DataFrame, aggregate: Aggregate, aggregates: tuple[Aggregate, ...]) -> Column:
    """The row as one aggregate sees it: what belongs to others is null."""
    own_values = _values((aggregate,))
    return F.struct(
        F.lit(aggregate.table.name).alias(TABLE),
        *(_own(rows, key, key in aggregate.keys).alias(key) for key in _keys(aggregates)),
        *(_own(rows, field, field in own_values).alias(_value_name(field)) for field in _values(aggregates)),
    )


def _own(rows: DataFrame, field: str, own: bool) -> Column:
    return F.col(field) if own else F.lit(None).cast(rows.schema[field].dataType)


def _value_name(field: str) -> str:
    """A field can be a key of one aggregate and a value of another."""
    return f"value_{field}"


def _measured(measure: Measure) -> Column:
    value = F.lit(1) if measure.of is None else F.col(_value_name(measure.of))
    return _FUNCTIONS[measure.function](value).alias(measure.column)
