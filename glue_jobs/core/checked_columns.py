"""The rules of an event's fields on whole columns: what is surely right, in its own type.

What is not surely right may be right all the same: it is for the judge.
"""

from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql.types import DecimalType, IntegerType, StringType, StructField, TimestampType

from glue_jobs.contracts.contract import EventContract, Spelling
from glue_jobs.core.arrow_schema import UTC_MICROSECONDS, arrow_type
from glue_jobs.core.judge import INTEGERS, WrongValue, iso_timestamp

_UTC_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$"
_TEXT_RULES = {"pattern", "allowed", "unknown"}


def has_rules(field: StructField, event: EventContract) -> bool:
    """Whether a value of the field's JSON type can be wrong, or mean that none is there."""
    spelled = field.name in event.spellings and not field.nullable
    plain_text = isinstance(field.dataType, StringType) and not _TEXT_RULES & field.metadata.keys()
    return spelled or not plain_text


def checked(column: pa.Array, field: StructField, spelling: Spelling | None) -> tuple[pa.Array, pa.Array]:
    """The column in its own type, unknown values null; and where it is right."""
    if isinstance(field.dataType, (StringType, TimestampType)):
        coded = column.dictionary_encode()  # each distinct text is looked at once, however many rows have it
        words, fine = _checked_words(coded.dictionary, field, spelling)
        values, right = words.take(coded.indices), fine.take(coded.indices)
    else:
        values, right = _checked_number(column, field)
    return values, pc.fill_null(right, field.nullable)


def _checked_words(
    words: pa.Array, field: StructField, spelling: Spelling | None
) -> tuple[pa.Array, pa.Array]:
    if isinstance(field.dataType, TimestampType):
        return _checked_time(words, field)
    if spelling:
        words = pa.array([spelling(word) for word in words.to_pylist()], pa.string())
    if "unknown" in field.metadata:
        words = pc.if_else(pc.equal(words, field.metadata["unknown"]), None, words)
    return words, _checked_text(words, field)


def _checked_text(words: pa.Array, field: StructField) -> pa.Array:
    right = pc.if_else(pc.is_valid(words), True, None)  # null until the caller knows whether null is right
    if "pattern" in field.metadata:
        right = pc.and_(right, pc.match_substring_regex(words, f"^(?:{field.metadata['pattern']})$"))
    if "allowed" in field.metadata:
        right = pc.and_(right, pc.is_in(words, pa.array(field.metadata["allowed"], pa.string())))
    return right


def _checked_time(words: pa.Array, field: StructField) -> tuple[pa.Array, pa.Array]:
    values = _moments(words)
    right = pc.is_valid(values)
    for rule, holds in (("minimum", pc.greater_equal), ("maximum", pc.less_equal)):
        if rule in field.metadata:
            bound = pa.scalar(iso_timestamp(field.metadata[rule]), UTC_MICROSECONDS)
            right = pc.and_(right, holds(values, bound))
    return values, pc.fill_null(right, False)  # null would say that no time was given


def _moments(words: pa.Array) -> pa.Array:
    """The times that the words say, null where they say none. Most say it in the form that Arrow reads."""
    usual = pc.match_substring_regex(words, _UTC_TIME)
    try:
        values = pc.if_else(usual, words, None).cast(UTC_MICROSECONDS)
    except pa.ArrowInvalid:  # a day that no month has
        return pa.array([_moment(word) for word in words.to_pylist()], UTC_MICROSECONDS)
    others = [_moment(word) for word in words.filter(pc.invert(usual)).to_pylist()]
    return pc.replace_with_mask(values, pc.invert(usual), pa.array(others, UTC_MICROSECONDS))


def _moment(word: str) -> datetime | None:
    try:
        return iso_timestamp(word)
    except WrongValue:
        return None


def _checked_number(column: pa.Array, field: StructField) -> tuple[pa.Array, pa.Array]:
    rules = field.metadata
    if "unknown" in rules:
        column = pc.if_else(pc.equal(column, float(rules["unknown"])), None, column)
    right = pc.is_finite(column)
    if isinstance(field.dataType, IntegerType):
        right = pc.and_(right, pc.equal(column, pc.floor(column)))
        right = pc.and_(right, pc.greater_equal(column, float(INTEGERS[0])))
        right = pc.and_(right, pc.less_equal(column, float(INTEGERS[-1])))
    if isinstance(field.dataType, DecimalType):
        right = pc.and_(right, _is_decimal(column, field.dataType))
    if "minimum" in rules:
        right = pc.and_(right, pc.greater_equal(column, float(rules["minimum"])))
    if "maximum" in rules:
        right = pc.and_(right, pc.less_equal(column, float(rules["maximum"])))
    if "allowed" in rules:
        right = pc.and_(right, pc.is_in(column, pa.array(rules["allowed"], pa.float64())))
    return pc.if_else(right, column, None).cast(arrow_type(field.dataType)), right


def _is_decimal(column: pa.Array, kind: DecimalType) -> pa.Array:
    """Where a double is the one nearest to a decimal of this type; no two of them share one.

    A double holds the units (of two digits after the point: the cents) and how many are in one, so dividing
    the two gives the double nearest to the quotient. Any other double is no decimal of the type.
    """
    in_one = float(10**kind.scale)
    units = pc.round(pc.multiply(column, in_one))
    few_digits = pc.less(pc.abs(units), float(10**kind.precision))
    return pc.and_(few_digits, pc.equal(pc.divide(units, in_one), column))
