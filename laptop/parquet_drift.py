"""Compares a Parquet file's footer with a table's contract."""

from collections.abc import Iterator

import pyarrow as pa
from pyspark.sql.types import DataType, StructType

_ARROW: dict[str, tuple[pa.DataType, ...]] = {
    "string": (pa.string(), pa.large_string()),
    "binary": (pa.binary(), pa.large_binary()),
    "boolean": (pa.bool_(),),
    "tinyint": (pa.int8(),),
    "smallint": (pa.int16(),),
    "int": (pa.int32(),),
    "bigint": (pa.int64(),),
    "float": (pa.float32(),),
    "double": (pa.float64(),),
    "date": (pa.date32(),),
}
"""The Arrow types that a column of a Glue type may have in a file."""


def drift_of_columns(found: pa.Schema, expected: StructType) -> Iterator[str]:
    """Each way in which a file's columns are not the contract's; letter case of names is no difference."""
    types = {name.lower(): column_type for name, column_type in zip(found.names, found.types, strict=True)}
    for column in expected:
        column_type = types.pop(column.name.lower(), None)
        if column_type is None:
            yield f"column {column.name} is missing"
        elif not is_a(column_type, column.dataType):
            yield f"column {column.name} is {column_type}, the contract says {column.dataType.simpleString()}"
    for name, column_type in types.items():
        yield f"column {name} ({column_type}) is not in the contract"


def is_a(found: pa.DataType, expected: DataType) -> bool:
    """Whether a file's type is one that the contract's type is written as."""
    name = expected.simpleString()
    if name in ("timestamp", "timestamp_ntz"):
        return bool(pa.types.is_timestamp(found))
    if name in _ARROW:
        return found in _ARROW[name]
    if name.startswith("decimal"):
        return (
            str(found).startswith("decimal128")
            and str(found).split("(")[1].replace(" ", "") == name.split("(")[1]
        )
    return bool(pa.types.is_nested(found))
