"""The shapes that a contract is written in: an event, a table, and the aggregates between them.

Each field of an event is a plain `StructField`; its rules stand in the field's metadata:

=========  =============================================================================
meaning    what the value says, in words
unit       the unit of the value, where it has one
minimum    smallest valid value (numbers; timestamps, as ISO 8601 text)
maximum    largest valid value (likewise)
allowed    the only valid values, after `spellings` has been applied (texts and numbers)
pattern    a regular expression that the whole text must match; its classes of letters are those of ASCII
unknown    the sentinel that stands for "not known"; it becomes null and is never averaged
           (texts, after `spellings`, and numbers)
=========  =============================================================================

A column that only a table has may have some of these, and `not_after`: a column that it is never later than.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, TypeAlias

from pyspark.sql.types import (
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    IntegerType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

MAX_RECORD_BYTES = 10 * 2**20
"""The largest record that a stream can be set to take (Kinesis API reference, UpdateMaxRecordSize)."""

Spelling: TypeAlias = Callable[[str], str | None]
"""Maps a text to the one spelling it is aggregated under; None where the text says "not known"."""

_OF_NUMBERS = {"minimum", "maximum", "allowed", "unknown"}
_RULES: dict[type[DataType], set[str]] = {
    StringType: {"allowed", "pattern", "unknown"},
    IntegerType: _OF_NUMBERS,
    DoubleType: _OF_NUMBERS,
    DecimalType: {"minimum", "maximum"},
    TimestampType: {"minimum", "maximum"},
}
"""The types that an event's fields may have, and the rules of each."""

_EXACT_DIGITS = 15
"""As many decimal digits a JSON number keeps on its way through a double, whatever they are (IEEE 754)."""


def described(
    name: str, data_type: DataType, meaning: str, *, nullable: bool = True, **rules: Any
) -> StructField:
    """A field with its meaning and rules (see the module's table) in the metadata."""
    return StructField(name, data_type, nullable, {"meaning": meaning, **rules})


@dataclass(frozen=True)
class EventContract:
    """One kind of JSON event.

    `schema` is the event on the wire: strings, integers of 32 bits, doubles, decimals as
    numbers with no more digits than the type has, and timestamps as ISO 8601 text.
    `event_time` names the timestamp that windows are built on; an event whose time is more than
    `max_ahead` later than its arrival is rejected, before it can drag the watermark along. `window` and
    `watermark` are those of a stream that aggregates the events, unless it is told others; a batch job looks
    at neither. A record longer than `max_bytes` is rejected. `version` is raised by a change after which old
    and new events must not be aggregated together.

    Raises:
        ValueError: a field has a type, or a rule, that is not looked at.
    """

    name: str
    schema: StructType
    event_time: str
    window: timedelta = timedelta(minutes=2)
    watermark: timedelta = timedelta(minutes=10)
    max_bytes: int = MAX_RECORD_BYTES
    max_ahead: timedelta = timedelta(minutes=5)
    spellings: Mapping[str, Spelling] = field(default_factory=dict)
    version: int = 1

    def __post_init__(self) -> None:
        for column in self.schema:
            where, kind = f"{self.name}, field {column.name}", type(column.dataType)
            if kind not in _RULES:
                raise ValueError(
                    f"{where}: got {kind.__name__}; give StringType, IntegerType, DoubleType, DecimalType or "
                    "TimestampType"
                )
            if isinstance(column.dataType, DecimalType) and column.dataType.precision > _EXACT_DIGITS:
                raise ValueError(
                    f"{where}: got {column.dataType.simpleString()}; a JSON number is exact to "
                    f"{_EXACT_DIGITS} digits, give a decimal of no more"
                )
            for rule in column.metadata.keys() - {"meaning", "unit"} - _RULES[kind]:
                raise ValueError(
                    f"{where}: got the rule {rule!r}; "
                    f"a {kind.__name__} has the rules {', '.join(sorted(_RULES[kind]))}"
                )


@dataclass(frozen=True)
class TableContract:
    """One table of the lake: Snappy Parquet below `<lake_uri>/<path>/<partition>=<value>/…`, or Iceberg.

    `schema` holds the columns inside the files; `partitions` those in the folder names. `iceberg` is None for
    a table of plain Parquet; else the table is Iceberg (format 2) with these partition transforms.
    """

    name: str
    database: str
    path: str
    description: str
    grain: str
    key: tuple[str, ...]
    schema: StructType
    partitions: StructType
    iceberg: tuple[str, ...] | None = None
    owner: str = "data engineering"
    consumers: str = "Athena, dashboards"


@dataclass(frozen=True)
class View:
    """A question that is asked often, kept in the catalogue: `sql` is Athena's, `columns` what it gives."""

    name: str
    database: str
    description: str
    grain: str
    sql: str
    columns: StructType
    owner: str = "data engineering"


@dataclass(frozen=True)
class Measure:
    """One output column: `function` over the known values of the event field `of`.

    `count` without a field counts the events of the group.
    """

    column: str
    function: Literal["avg", "min", "max", "count"]
    of: str | None = None


@dataclass(frozen=True)
class Aggregate:
    """A table of windowed aggregates: the event fields it groups by, and what it measures."""

    table: TableContract
    keys: tuple[str, ...]
    measures: tuple[Measure, ...]


def hourly(date_column: str, of: str) -> StructType:
    """The partition columns of a table cut by UTC hour: `<date_column>=yyyy-MM-dd/hour=HH`."""
    return StructType(
        [
            described(date_column, DateType(), f"UTC date of {of}", nullable=False),
            described("hour", StringType(), f"UTC hour of {of}, 00 to 23", nullable=False),
        ]
    )


@dataclass(frozen=True)
class StateOf:
    """How the events of a thing become its state: its greatest event, and the time of its earliest one.

    key           the column that names the thing
    newest_first  all other columns of an event: the newer of two is greater in the first that differs
    first_time    the column of a state with the earliest `time` of all its events
    time          the column with the time of an event
    """

    key: str
    newest_first: tuple[str, ...]
    first_time: str
    time: str

    @property
    def columns(self) -> list[str]:
        """Those of a state."""
        return [self.key, *self.newest_first, self.first_time]
