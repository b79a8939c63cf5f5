"""Records in, typed rows and rejects out: the contract applied to whole columns.

Most records are clean, so a chunk is parsed as a whole by Arrow's JSON reader and checked column by
column. What that path is not sure of (odd framing, a failed check) is judged one by one, and so is a
chunk that Arrow refuses, after halving it to find the part that is to blame. The outcome is the judge's
in every case; only the time it takes differs.
"""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
from pyspark.sql.types import (
    DataType,
    DoubleType,
    IntegerType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from glue_jobs.contracts.contract import EventContract, Spelling, described
from glue_jobs.contracts.records import MAX_RECORD_BYTES, REJECTS
from glue_jobs.core.arrow_schema import UTC_MICROSECONDS, arrow_schema, arrow_type
from glue_jobs.core.judge import Judge, Rejection, iso_timestamp

EVENT_TIME = "event_time"
"""The column of decoded rows that holds the event's time."""

_REJECTS = arrow_schema(REJECTS)
_JSON_SPACE = " \t\n\r"
_UTC_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$"

_ONE_FLAT_OBJECT = r"^\{(?:[^:{}\[\]\n\r]|:[ \t]*-?[^NI{}\[\]\n\r \t-])*\}$"
"""A line that can hold one object and no part of another.

Arrow reads a sequence of objects and does not say where each began. Where every line opens one brace,
at its start, and closes one, at its end, and no line break can stand inside a string (JSON forbids it),
either each line is one object or the whole chunk is refused: objects and records cannot get out of step.
Arrow also takes what the judge does not: NaN and Infinity as values, and brackets nested without end. A line
with either, or with anything that looks like it, is left to the judge.
"""

_MAY_EXCEED_A_DOUBLE = r":[ \t]*-?(?:[0-9]{200}|[0-9.]+[eE]\+?[0-9]{3})"
"""A number that may be beyond 1.8e308. In a field that is ignored, Arrow does not look at how large it is."""

_JUDGED_TOGETHER = 1000
"""A refused chunk of this size is not halved again: on the way to the culprit, parsing the innocent
over and over would cost more than judging them."""


@dataclass(frozen=True)
class Decoded:
    """`accepted` has the columns of `decoded_schema`, `rejected` those of `REJECTS`."""

    accepted: pa.Table
    rejected: pa.Table


def decoded_schema(event: EventContract, columns: tuple[str, ...]) -> StructType:
    """The schema of accepted rows: `event_time`, then the named fields of the event."""
    time = described(EVENT_TIME, TimestampType(), "time of the event, UTC", nullable=False)
    return StructType([time, *(event.schema[name] for name in columns)])


class Decoder:
    """Decodes records of one event into `event_time` and the fields named by `columns`.

    Every field of the event is checked, whether it is asked for or not.
    """

    def __init__(self, event: EventContract, columns: tuple[str, ...]) -> None:
        self._event = event
        self._judge = Judge(event)
        self._source_of = {EVENT_TIME: event.event_time, **{name: name for name in columns}}
        self._schema = arrow_schema(decoded_schema(event, columns))
        self._wire = pj.ParseOptions(
            explicit_schema=pa.schema([(field.name, _wire_type(field.dataType)) for field in event.schema]),
            unexpected_field_behavior="ignore",
        )

    def decode(self, records: pa.Table) -> Decoded:
        """Decode `data`, `arrival_time`, `shard_id`, `sequence_number` and `batch_time`.

        `batch_time` stands in where the source hides the arrival time.
        """
        data = pc.fill_null(_whole(records["data"]), b"")
        arrival = _whole(pc.coalesce(records["arrival_time"], records["batch_time"]))
        rows, certain = self._in_columns(data, arrival)
        doubtful = pc.indices_nonzero(pc.invert(certain))
        judged, verdicts = self._one_by_one(data.take(doubtful), arrival.take(doubtful))
        rejected = _rejects(records.take(doubtful), verdicts)
        return Decoded(pa.concat_tables([rows, judged]), rejected)

    def _in_columns(self, data: pa.Array, arrival: pa.Array) -> tuple[pa.Table, pa.Array]:
        """The rows that are surely accepted, and for each record whether it is among them."""
        try:
            return self._parse(data, arrival)
        except pa.ArrowInvalid:
            if len(data) <= _JUDGED_TOGETHER:
                return self._schema.empty_table(), pa.array([False] * len(data), pa.bool_())
            half = len(data) // 2
            first, first_certain = self._in_columns(data[:half], arrival[:half])
            second, second_certain = self._in_columns(data[half:], arrival[half:])
            return pa.concat_tables([first, second]), pa.concat_arrays([first_certain, second_certain])

    def _parse(self, data: pa.Array, arrival: pa.Array) -> tuple[pa.Table, pa.Array]:
        text = pc.utf8_trim(data.cast(pa.string()), _JSON_SPACE)
        framed = pc.match_substring_regex(text, _ONE_FLAT_OBJECT)
        framed = pc.and_not(framed, pc.match_substring_regex(text, _MAY_EXCEED_A_DOUBLE))
        framed = pc.and_(framed, pc.less_equal(pc.binary_length(data), MAX_RECORD_BYTES))
        lines = pc.binary_join_element_wise(text.filter(framed), "", "\n")
        if len(lines) == 0:
            return self._schema.empty_table(), framed
        values, fine = self._check(_read_json(lines, self._wire))
        ahead = pc.subtract(values[self._event.event_time], arrival.filter(framed))
        in_time = pc.less_equal(ahead, pa.scalar(self._event.max_ahead, pa.duration("us")))
        fine = pc.and_(fine, pc.fill_null(in_time, False))
        columns = [values[source] for source in self._source_of.values()]
        rows = pa.table(columns, schema=self._schema).filter(fine)
        return rows, pc.replace_with_mask(framed, framed, fine)

    def _check(self, parsed: pa.Table) -> tuple[dict[str, pa.Array], pa.Array]:
        """The values of every field, and which rows have no fault in any."""
        values = {}
        fine = pa.array([True] * len(parsed), pa.bool_())
        for field in self._event.schema:
            column = _whole(parsed[field.name])
            values[field.name], right = _checked(column, field, self._event.spellings.get(field.name))
            fine = pc.and_(fine, right)
        return values, fine

    def _one_by_one(self, data: pa.Array, arrival: pa.Array) -> tuple[pa.Table, list[Rejection | None]]:
        """The rows the judge accepts, and its verdict on each record (None where accepted)."""
        rows: list[dict[str, Any]] = []
        verdicts: list[Rejection | None] = []
        for payload, arrived in zip(data.to_pylist(), arrival.to_pylist(), strict=True):
            verdict = self._judge.judge(payload, arrived)
            if isinstance(verdict, Rejection):
                verdicts.append(verdict)
            else:
                verdicts.append(None)
                rows.append({name: verdict[source] for name, source in self._source_of.items()})
        return pa.Table.from_pylist(rows, self._schema), verdicts


def _whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """One contiguous array."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _wire_type(data_type: DataType) -> pa.DataType:
    """The type a field is parsed as. Integers come as doubles, for JSON writes 4 as 4.0 too."""
    return pa.float64() if isinstance(data_type, (IntegerType, DoubleType)) else pa.string()


def _read_json(lines: pa.Array, options: pj.ParseOptions) -> pa.Table:
    """Parse lines that each end in a line break.

    Raises:
        pa.ArrowInvalid: some line is not JSON, or a value is not of its field's type.
    """
    offsets = lines.buffers()[1]
    width = 4
    first, last = (
        int.from_bytes(offsets[at * width : (at + 1) * width].to_pybytes(), "little")
        for at in (lines.offset, lines.offset + len(lines))
    )
    text = lines.buffers()[2].slice(first, last - first)
    whole = pj.ReadOptions(use_threads=False, block_size=text.size + 1)  # Spark has a task for each core
    table = pj.read_json(pa.BufferReader(text), whole, options)
    if len(table) != len(lines):
        raise pa.ArrowInvalid(f"{len(lines)} lines gave {len(table)} objects")
    return table


def _checked(column: pa.Array, field: StructField, spelling: Spelling | None) -> tuple[pa.Array, pa.Array]:
    """The column in its own type, unknown values null; and where it is right."""
    if isinstance(field.dataType, StringType):
        values, right = _checked_text(_spelled(column, spelling) if spelling else column, field)
    elif isinstance(field.dataType, TimestampType):
        values, right = _checked_time(column, field)
    else:
        values, right = _checked_number(column, field)
    return values, pc.fill_null(right, field.nullable)


def _spelled(column: pa.Array, spelling: Spelling) -> pa.Array:
    """Each distinct text is spelled once, however many rows have it."""
    coded = column.dictionary_encode()
    words = pa.array([spelling(word) for word in coded.dictionary.to_pylist()], pa.string())
    return words.take(coded.indices)


def _checked_text(column: pa.Array, field: StructField) -> tuple[pa.Array, pa.Array]:
    right = pc.if_else(pc.is_valid(column), True, None)  # null until the caller knows whether null is right
    if "pattern" in field.metadata:
        right = pc.and_(right, pc.match_substring_regex(column, f"^(?:{field.metadata['pattern']})$"))
    if "allowed" in field.metadata:
        right = pc.and_(right, pc.is_in(column, pa.array(field.metadata["allowed"], pa.string())))
    return column, right


def _checked_time(column: pa.Array, field: StructField) -> tuple[pa.Array, pa.Array]:
    usual = pc.match_substring_regex(column, _UTC_TIME)
    values = pc.if_else(usual, column, None).cast(UTC_MICROSECONDS)
    right = usual
    if "minimum" in field.metadata:
        earliest = pa.scalar(iso_timestamp(field.metadata["minimum"]), UTC_MICROSECONDS)
        right = pc.and_(right, pc.greater_equal(values, earliest))
    return values, right


def _checked_number(column: pa.Array, field: StructField) -> tuple[pa.Array, pa.Array]:
    rules = field.metadata
    if "unknown" in rules:
        column = pc.if_else(pc.equal(column, float(rules["unknown"])), None, column)
    right = pc.is_finite(column)
    if isinstance(field.dataType, IntegerType):
        right = pc.and_(right, pc.equal(column, pc.floor(column)))
    if "minimum" in rules:
        right = pc.and_(right, pc.greater_equal(column, float(rules["minimum"])))
    if "maximum" in rules:
        right = pc.and_(right, pc.less_equal(column, float(rules["maximum"])))
    return pc.if_else(right, column, None).cast(arrow_type(field.dataType)), right


def _rejects(records: pa.Table, verdicts: list[Rejection | None]) -> pa.Table:
    """The records with a verdict against them, as rows of the quarantine."""
    against = [verdict is not None for verdict in verdicts]
    rejections = [verdict for verdict in verdicts if verdict is not None]
    blamed = records.filter(pa.array(against, pa.bool_()))
    columns = [
        pa.array([rejection.reason for rejection in rejections], pa.string()),
        pa.array([rejection.field for rejection in rejections], pa.string()),
        blamed["data"],
        *(blamed[name] for name in ("arrival_time", "shard_id", "sequence_number")),
    ]
    return pa.table(columns, schema=_REJECTS)
