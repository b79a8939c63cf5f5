"""Spark types as Arrow types, for the places where rows are handled in columns."""

import pyarrow as pa
from pyspark.sql.types import (
    BinaryType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructType,
    TimestampType,
)

UTC_MICROSECONDS = pa.timestamp("us", tz="UTC")
"""Spark's timestamp, and in Parquet an INT64 that Athena reads as `timestamp`."""

_TYPES: dict[type[DataType], pa.DataType] = {
    BinaryType: pa.binary(),
    DateType: pa.date32(),
    DoubleType: pa.float64(),
    IntegerType: pa.int32(),
    LongType: pa.int64(),
    StringType: pa.string(),
    TimestampType: UTC_MICROSECONDS,
}


def arrow_type(data_type: DataType) -> pa.DataType:
    """The Arrow type of one Spark type; KeyError for a type that no contract uses."""
    if isinstance(data_type, DecimalType):
        return pa.decimal128(data_type.precision, data_type.scale)
    return _TYPES[type(data_type)]


def arrow_schema(schema: StructType) -> pa.Schema:
    """The Arrow schema with the same columns, types and nullability."""
    return pa.schema(
        [pa.field(column.name, arrow_type(column.dataType), column.nullable) for column in schema]
    )


def completed(rows: pa.Table | pa.RecordBatch, schema: pa.Schema) -> pa.Table:
    """The columns of the schema, each of its type; null where the rows have no such column."""
    columns = [
        rows[field.name].cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(len(rows), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)
