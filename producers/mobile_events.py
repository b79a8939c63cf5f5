"""Mobile coverage events from the rows of a CSV file."""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, TypeAlias

import orjson
from pyspark.sql.types import DoubleType, IntegerType, StructField

from glue_jobs.contracts.mobile_coverage import EVENT, ine_code
from glue_jobs.core.errors import SourceError
from producers.record import Record
from producers.troubles import Troubled

Event: TypeAlias = dict[str, Any]
"""The fields of one event, in the order of the contract."""

SHIPPED_CSV = Path(__file__).with_name("data") / "mobile_logs.csv"
"""1,000 measurements of one day, with the clock but not the date (see NOTICE)."""

_COLUMNS = [field for field in EVENT.schema if field.name != EVENT.event_time]
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


def read_rows(path: Path) -> list[Event]:
    """Every row of a CSV file as an event that lacks only its `timestamp`.

    Needs a header with the contract's names, in any order; further columns are left out, a BOM and
    CRLF are no obstacle. An empty value becomes null and a float that means an integer becomes one;
    whether a value is in range is for the reader of the stream to judge. The whole file is read
    before anything is sent, so a bad row sends nothing.

    Raises SourceError naming file, line, column and value.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(_events(path, csv.DictReader(file, strict=True)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"{path}: cannot be read as CSV in UTF-8: {error}") from error


def _events(path: Path, reader: "csv.DictReader[str]") -> Iterator[Event]:
    _check_header(path, reader.fieldnames or [])
    for row in reader:
        place = f"{path}, line {reader.line_num}"
        if None in row or None in row.values():
            expected = len(reader.fieldnames or [])
            raise SourceError(
                f"{place}: expected {expected} values as in the header, received {_received(row)}"
            )
        yield {field.name: _value(place, field, row[field.name]) for field in _COLUMNS}


def _check_header(path: Path, names: "list[str] | Any") -> None:
    missing = [field.name for field in _COLUMNS if field.name not in names]
    if missing:
        received = ", ".join(names) or "an empty line"
        raise SourceError(f"{path}, line 1: no column {', '.join(missing)}; received {received}")


def _received(row: dict[Any, Any]) -> int:
    named = sum(value is not None for name, value in row.items() if name is not None)
    return named + len(row.get(None, []))


def _value(place: str, field: StructField, text: str) -> Any:
    """The value of a column as its type in the contract."""
    try:
        return _parse(field, text)
    except ValueError as error:
        problem = f"expected {error}, received {text!r}: correct it or take the row out"
        raise SourceError(f"{place}, column {field.name}: {problem}") from error


def _parse(field: StructField, text: str) -> Any:
    if field.name == "hour":
        return _clock(text)
    if not text:
        return None
    if isinstance(field.dataType, IntegerType):
        return _whole_number(text)
    if isinstance(field.dataType, DoubleType):
        return _number(text, "a number")
    return ine_code(text) if field.name == "postal_code" else text


def _clock(text: str) -> str:
    if not _CLOCK.fullmatch(text):
        raise ValueError("a clock time HH:MM:SS")
    return text


def _number(text: str, expected: str) -> float:
    number = float(text) if _NUMBER.fullmatch(text.strip()) else float("inf")
    if abs(number) == float("inf"):
        raise ValueError(expected)
    return number


def _whole_number(text: str) -> int:
    number = _number(text, "a whole number")
    if not number.is_integer():
        raise ValueError("a whole number")
    return int(number)


def midnight(day: date) -> float:
    """The start of a UTC day, in seconds since 1970-01-01."""
    return datetime.combine(day, time(), UTC).timestamp()


def seconds_of_day(clock: str) -> int:
    """`"01:00:05"` gives 3605."""
    return int(clock[:2]) * 3600 + int(clock[3:5]) * 60 + int(clock[6:])


def encode(event: Event) -> bytes:
    """The event on the wire: compact JSON in UTF-8."""
    return orjson.dumps(event)


def replay(rows: list[Event], day: date) -> Iterator[Record]:
    """The rows as records of `day`, in order of their clock time; rows of one second keep their order."""
    start = midnight(day)
    for row in sorted(rows, key=lambda row: str(row["hour"])):
        event = {EVENT.event_time: f"{day}T{row['hour']}Z", **row}
        yield Record(encode(event), "replayed", start + seconds_of_day(row["hour"]))


def _moved(moment: datetime) -> dict[str, str]:
    return {EVENT.event_time: f"{moment:%Y-%m-%dT%H:%M:%SZ}", "hour": f"{moment:%H:%M:%S}"}


TROUBLED = Troubled(
    contract=EVENT,
    wrong_types=(
        ("signal", "strong"),
        ("lat", [41.5]),
        ("status", {"code": 0}),
        ("satellites", True),
        ("operator", 214),
        ("timestamp", 1_503_861_559),
    ),
    out_of_range=(("signal", 1_000), ("lat", 91.5), ("status", 9), ("satellites", -1)),
    moved=_moved,
)
"""What troubles need to know of an event."""
