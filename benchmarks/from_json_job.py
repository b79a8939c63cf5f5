"""The job as Spark alone does it best, to measure against: one query, `from_json`, few shuffle partitions.

    python -m benchmarks.from_json_job SOURCE_FOLDER OUTPUT_FOLDER FILES_PER_TRIGGER

It reads JSON lines as text, parses of each only what the tables need, repeats it once for each table as
(table, keys, values), and merges all three in one stateful query. Spark's own Parquet sink writes below
OUTPUT_FOLDER/lake/aggregations, with folders by table, day and hour. Nothing is checked and nothing kept,
so it is right for clean records only. When all is done, it prints one line of JSON for each micro-batch.
"""

import sys
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import DoubleType, IntegerType, StringType, StructField, StructType, TimestampType

from benchmarks.plain_spark import plain_session, print_batches, read_events
from benchmarks.spellings import PROVIDER, operator_sql
from glue_jobs.contracts.contract import Aggregate, Measure
from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT

_SHUFFLE_PARTITIONS = 2

_NEEDED = StructType(
    [
        StructField("timestamp", TimestampType()),
        *(StructField(name, StringType()) for name in ("operator", "description", "provider", "postal_code")),
        *(StructField(name, IntegerType()) for name in ("signal", "status", "satellites")),
        StructField("precission", DoubleType()),
    ]
)
_KEYS = max(len(aggregate.keys) for aggregate in AGGREGATES)
_VALUES = 2


def main(source: str, output: Path, files_per_trigger: int) -> None:
    """Run the query over all that is in `source`, then print what each batch took."""
    spark = plain_session()
    spark.conf.set("spark.sql.shuffle.partitions", _SHUFFLE_PARTITIONS)
    spark.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
    rows = _tables(_repeated(_events(spark, source, files_per_trigger)))
    writer = rows.writeStream.queryName("from_json").outputMode("append").format("parquet")
    writer = writer.partitionBy("table_name", "event_date", "hour").trigger(availableNow=True)
    writer = writer.option("checkpointLocation", str(output / "checkpoint"))
    try:
        query = writer.start(str(output / "lake" / "aggregations"))
        query.awaitTermination()
        print_batches(query)
    finally:
        spark.stop()


def _events(spark: SparkSession, source: str, files_per_trigger: int) -> DataFrame:
    return read_events(spark, source, files_per_trigger, _NEEDED).withColumns(
        {
            "operator": F.expr(operator_sql()),
            "provider": F.expr(PROVIDER),
            "signal": F.expr(f"nullif(signal, {EVENT.schema['signal'].metadata['unknown']})"),
        }
    )


def _repeated(events: DataFrame) -> DataFrame:
    """Each event once for each table: `table_name`, the keys as texts, the values as numbers."""
    rows = [_row(aggregate) for aggregate in AGGREGATES]
    repeated = events.select("timestamp", F.explode(F.array(*rows)).alias("row"))
    return repeated.select("timestamp", "row.*")


def _row(aggregate: Aggregate) -> Column:
    keys, values = [F.col(key) for key in aggregate.keys], [F.col(value) for value in _values_of(aggregate)]
    nothing = F.lit(None)
    keys += [nothing] * (_KEYS - len(keys))
    values += [nothing] * (_VALUES - len(values))
    return F.struct(
        F.lit(aggregate.table.name).alias("table_name"),
        *(key.cast("string").alias(f"key{place}") for place, key in enumerate(keys)),
        *(value.cast("double").alias(f"value{place}") for place, value in enumerate(values)),
    )


def _values_of(aggregate: Aggregate) -> list[str]:
    return list(dict.fromkeys(measure.of for measure in aggregate.measures if measure.of is not None))


def _tables(rows: DataFrame) -> DataFrame:
    """The columns of all tables, null where they are another table's, and the folders of the files."""
    measures = {
        _place(one, measure): _measure(one, measure) for one in AGGREGATES for measure in one.measures
    }
    grouped = (
        rows.withWatermark("timestamp", f"{EVENT.watermark.total_seconds():.0f} seconds")
        .groupBy(
            F.window("timestamp", f"{EVENT.window.total_seconds():.0f} seconds"),
            "table_name",
            *(f"key{place}" for place in range(_KEYS)),
        )
        .agg(*(measured.alias(name) for name, measured in measures.items()))
    )
    start = F.col("window.start")
    return grouped.select(
        "table_name",
        F.date_format(start, "yyyy-MM-dd").alias("event_date"),
        F.date_format(start, "HH").alias("hour"),
        start.alias("window_start"),
        F.col("window.end").alias("window_end"),
        *_keys(),
        *(
            _own(one, _place(one, of), of.column).alias(of.column)
            for one in AGGREGATES
            for of in one.measures
        ),
    )


def _place(aggregate: Aggregate, measure: Measure) -> str:
    """The column that holds a measure of this kind, whichever table's: `avg_value0`, `count_records`."""
    return f"{measure.function}_{_value(aggregate, measure) or 'records'}"


def _measure(aggregate: Aggregate, measure: Measure) -> Column:
    functions = {"avg": F.avg, "min": F.min, "max": F.max, "count": F.count}
    value = _value(aggregate, measure)
    return functions[measure.function](F.col(value) if value else F.lit(1))


def _value(aggregate: Aggregate, measure: Measure) -> str | None:
    return None if measure.of is None else f"value{_values_of(aggregate).index(measure.of)}"


def _keys() -> list[Column]:
    names = dict.fromkeys(key for aggregate in AGGREGATES for key in aggregate.keys)
    return [
        F.coalesce(
            *(_own(one, f"key{one.keys.index(name)}", name) for one in AGGREGATES if name in one.keys)
        ).alias(name)
        for name in names
    ]


def _own(aggregate: Aggregate, column: str, name: str) -> Column:
    """The column in the rows of this table, of the type that `name` has there; null in the others."""
    typed = F.col(column).cast(aggregate.table.schema[name].dataType)
    return F.when(F.col("table_name") == aggregate.table.name, typed)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
