"""The exact verdict on one record: its values, or why it is rejected.

This is the reference for what a contract means. `decode` does the same for whole columns at once and
hands every record it is not sure of to the judge.

The verdict, in this order:

1. `too_large`: longer, without a line end (a line feed, which may follow a carriage return), than the
   contract allows: that is what the stream takes, so only a line of a file can be.
2. `kpl_aggregated`: several records packed into one by the Kinesis Producer Library, with its mark in front
   and its digest behind. They are not taken apart: send them one by one, or take them apart before.
3. `malformed_json`: not UTF-8, not JSON (RFC 8259: no NaN, no trailing text), a number beyond a double
   (`1e999`), or not an object. Where a key stands twice, the last one counts.
4. The fields in the order of the contract; the first that is wrong gives the reason:
   `missing_field` (absent, null or said to be unknown, though required), `wrong_type` (another JSON type; a
   timestamp that is not ISO 8601), `out_of_range` (outside minimum, maximum, allowed, pattern, 32 bits, or
   the digits of a decimal).
   A whole number may be written with a fraction of zero: `4.0` is the integer 4.
   A decimal is a number of no more digits than its type has, before and after the point: those that the
   double nearest to it is shortest written with. None is rounded: `0.125` with two of them is out of range.
   Fields that the contract does not name are ignored.
5. `future_event_time`: later than the arrival by more than the contract allows.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any, TypeAlias, cast

import orjson
from pyspark.sql.types import (
    DataType,
    DecimalType,
    DoubleType,
    IntegerType,
    StringType,
    StructField,
    TimestampType,
)

from glue_jobs.contracts.contract import EventContract

Values: TypeAlias = dict[str, Any]
"""Field name → value in canonical spelling; unknown values are None."""


@dataclass(frozen=True)
class Rejection:
    """Why a record is in quarantine, and the field to blame (None where no single field is)."""

    reason: str
    field: str | None = None


class WrongValue(Exception):
    """The value breaks the contract; the text is the reason."""


class Judge:
    """Judges records of one event; the rules are read from the contract once."""

    def __init__(self, event: EventContract) -> None:
        self._event_time = event.event_time
        self._max_ahead = event.max_ahead
        self._max_bytes = event.max_bytes
        self._checks = [(column.name, _check_of(column, event)) for column in event.schema]

    def judge(self, payload: bytes, arrival: datetime) -> Values | Rejection:
        """The values of a record that arrived at `arrival`, or its rejection."""
        if _size_bytes(payload) > self._max_bytes:
            return Rejection("too_large")
        if payload.startswith(_KPL_MARK) and _is_aggregated(payload):
            return Rejection("kpl_aggregated")
        try:
            record = orjson.loads(payload)
        except orjson.JSONDecodeError:
            return Rejection("malformed_json")
        if not isinstance(record, dict):
            return Rejection("malformed_json")
        values: Values = {}
        for name, check in self._checks:
            try:
                values[name] = check(record.get(name))
            except WrongValue as wrong:
                return Rejection(str(wrong), name)
        if values[self._event_time] - arrival > self._max_ahead:
            return Rejection("future_event_time", self._event_time)
        return values


def _size_bytes(payload: bytes) -> int:
    line_end = 2 if payload.endswith(b"\r\n") else 1 if payload.endswith(b"\n") else 0
    return len(payload) - line_end


_KPL_MARK = b"\xf3\x89\x9a\xc2"
_KPL_DIGEST_BYTES = 16
"""KPL aggregated record format: the mark, a protobuf message, and the MD5 of that message."""


def _is_aggregated(payload: bytes) -> bool:
    message = memoryview(payload)[len(_KPL_MARK) : -_KPL_DIGEST_BYTES]
    digest = hashlib.md5(message, usedforsecurity=False).digest()  # not our choice, and no secret hangs on it
    return payload.endswith(digest)


INTEGERS = range(-(2**31), 2**31)
"""What an `IntegerType` holds."""


def _check_of(column: StructField, event: EventContract) -> Callable[[Any], Any]:
    rules = column.metadata
    converts: dict[type, Callable[[Any], Any]] = {
        StringType: partial(_text, spelling=event.spellings.get(column.name)),
        IntegerType: _integer,
        DoubleType: _number,
        DecimalType: partial(_decimal, kind=cast(DecimalType, column.dataType)),
        TimestampType: iso_timestamp,
    }
    convert = converts[type(column.dataType)]
    minimum, maximum = (_bound(rules.get(rule), column.dataType) for rule in ("minimum", "maximum"))
    allowed = rules.get("allowed")
    pattern = re.compile(rules["pattern"], re.ASCII) if "pattern" in rules else None

    def check(value: Any) -> Any:
        known = None if value is None else convert(value)
        if known is None or known == rules.get("unknown"):
            if not column.nullable:
                raise WrongValue("missing_field")
            return None
        inside = (
            (minimum is None or known >= minimum)
            and (maximum is None or known <= maximum)
            and (allowed is None or known in allowed)
            and (pattern is None or pattern.fullmatch(known))
        )
        if not inside:
            raise WrongValue("out_of_range")
        return known

    return check


def _bound(bound: Any, kind: DataType) -> Any:
    """A minimum or maximum as what the values of this type are compared with."""
    if isinstance(bound, str):
        return iso_timestamp(bound)
    return Decimal(repr(bound)) if bound is not None and isinstance(kind, DecimalType) else bound


def _text(value: Any, spelling: Callable[[str], str | None] | None) -> str | None:
    if not isinstance(value, str):
        raise WrongValue("wrong_type")
    return spelling(value) if spelling else value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise WrongValue("wrong_type")
    return float(value)


def _integer(value: Any) -> int:
    number = _number(value)
    if not number.is_integer():
        raise WrongValue("wrong_type")
    if int(number) not in INTEGERS:
        raise WrongValue("out_of_range")
    return int(number)


def _decimal(value: Any, kind: DecimalType) -> Decimal:
    _number(value)  # or it is of the wrong type
    units = Decimal(repr(value)).scaleb(kind.scale)
    if abs(units) >= 10**kind.precision or units != units.to_integral_value():
        raise WrongValue("out_of_range")
    return units.to_integral_value().scaleb(-kind.scale)


_ISO_8601 = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}(:?\d{2})?)?", re.ASCII
)


def iso_timestamp(value: Any) -> datetime:
    """An ISO 8601 text with date and time as a UTC datetime; without an offset it is taken as UTC.

    Digits beyond the microsecond are cut off. A leap second (`23:59:60`) is no timestamp.

    Raises:
        WrongValue: it is none, or its UTC time lies outside the years 1 to 9999.
    """
    if not isinstance(value, str) or not _ISO_8601.fullmatch(value):
        raise WrongValue("wrong_type")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise WrongValue("wrong_type") from None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # an offset that leads out of the years 1 to 9999
        raise WrongValue("out_of_range") from None
