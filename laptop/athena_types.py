"""The column types of the Glue catalogue as Arrow types."""

import pyarrow as pa
from sqlglot import exp
from sqlglot.errors import SqlglotError

from glue_jobs.core.errors import CatalogError

_Type = exp.DType

_SIMPLE: dict[exp.DType, pa.DataType] = {
    _Type.TEXT: pa.string(),
    _Type.VARCHAR: pa.string(),
    _Type.CHAR: pa.string(),
    _Type.BINARY: pa.binary(),
    _Type.BOOLEAN: pa.bool_(),
    _Type.TINYINT: pa.int8(),
    _Type.SMALLINT: pa.int16(),
    _Type.INT: pa.int32(),
    _Type.BIGINT: pa.int64(),
    _Type.FLOAT: pa.float32(),
    _Type.DOUBLE: pa.float64(),
    _Type.DATE: pa.date32(),
    _Type.TIMESTAMP: pa.timestamp("us"),
    _Type.TIMESTAMPTZ: pa.timestamp("us"),
    _Type.TIMESTAMPNTZ: pa.timestamp("us"),
}


def arrow_type(glue_type: str) -> pa.DataType:
    """`"bigint"` gives int64; a timestamp has microseconds and no zone, which means UTC.

    Raises:
        CatalogError: the type is not one of Glue's.
    """
    try:
        return _converted(exp.DataType.build(glue_type, dialect="hive"))
    except (SqlglotError, KeyError, ValueError, IndexError) as error:
        raise CatalogError(f"the catalogue has a column of the unknown type {glue_type!r}") from error


def _converted(found: exp.DataType) -> pa.DataType:
    inner = found.expressions
    if found.this is _Type.DECIMAL:
        precision, scale = (int(parameter.name) for parameter in inner) if inner else (10, 0)
        return pa.decimal128(precision, scale)
    if found.this is _Type.ARRAY:
        return pa.list_(_converted(inner[0]))
    if found.this is _Type.MAP:
        return pa.map_(_converted(inner[0]), _converted(inner[1]))
    if found.this is _Type.STRUCT:
        return pa.struct([pa.field(member.name, _converted(member.args["kind"])) for member in inner])
    return _SIMPLE[_Type(found.this)]
