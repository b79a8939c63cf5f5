"""Records in, typed rows and rejects out: the contract applied to whole columns.

Most records are clean. A text of them is parsed at once (`json_rows`), and the values are checked column by
column. What that way is not sure of is judged one by one. The outcome is the judge's in every case; only the
time it takes differs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql.types import IntegerType, StringType, StructField, StructType, TimestampType

from glue_jobs.contracts.contract import EventContract, Spelling, described
from glue_jobs.contracts.records import REJECTS
from glue_jobs.core.arrow_schema import UTC_MICROSECONDS, arrow_schema, arrow_type
from glue_jobs.core.event_keys import EVENT_KEY, event_keys, fields_of
from glue_jobs.core.json_rows import RowParser
from glue_jobs.core.judge import INTEGERS, Judge, Rejection, WrongValue, iso_timestamp
from glue_jobs.core.record_text import RecordText, records_at

EVENT_TIME = "event_time"
"""The column of decoded rows that holds the event's time."""

_REJECTS = arrow_schema(REJECTS)
_UTC_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$"
_TEXT_RULES = {"pattern", "allowed", "unknown"}


@dataclass(frozen=True)
class Decoded:
    """`accepted` has the columns of `decoded_schema`, perhaps a key, `rejected` those of `REJECTS`."""

    accepted: pa.Table
    rejected: pa.Table


def decoded_schema(event: EventContract, columns: tuple[str, ...]) -> StructType:
    """The schema of accepted rows: `event_time`, then the named fields of the event."""
    time = described(EVENT_TIME, TimestampType(), "time of the event, UTC", nullable=False)
    return StructType([time, *(event.schema[name] for name in columns)])


class Decoder:
    """Decodes records of one event into `event_time` and the fields named by `columns`.

    Every field of the event is checked, whether it is asked for or not. `key` is what the key of a record is
    made of: fields of the event, or `event_keys.PAYLOAD`. With it, rows are in the order of the records.
    """

    def __init__(self, event: EventContract, columns: tuple[str, ...], key: tuple[str, ...] = ()) -> None:
        self._event = event
        self._judge = Judge(event)
        self._key = key
        self._asked_for = [EVENT_TIME, *columns]
        held = tuple(dict.fromkeys([*columns, *fields_of(key)]))
        self._source_of = {EVENT_TIME: event.event_time, **{name: name for name in held}}
        self._schema = arrow_schema(decoded_schema(event, held))
        self._fields = [field for field in event.schema if field.name in held or _has_rules(field, event)]
        self._parser = RowParser(event, [field.name for field in self._fields])

    def decode(self, texts: Sequence[RecordText], batch_time: datetime) -> Decoded:
        """Decode the records; `batch_time` stands in where the source hides the arrival time."""
        if not texts:
            accepted = self._schema.empty_table()
            if self._key:
                accepted = self._keyed(accepted, [], pa.array([], pa.bool_()), [])
            return Decoded(accepted, _REJECTS.empty_table())
        parsed = [self._parser.parse(text) for text in texts]
        certain = pa.concat_arrays([have_row for _, have_row in parsed])
        arrival = pa.concat_arrays([_arrival(text, batch_time) for text in texts])
        rows, fine = self._in_columns(pa.concat_tables([rows for rows, _ in parsed]), arrival.filter(certain))
        certain = pc.replace_with_mask(certain, certain, fine)
        records = records_at(texts, pc.invert(certain))
        judged, verdicts = self._one_by_one(
            pc.fill_null(_whole(records["data"]), b""), arrival.filter(pc.invert(certain))
        )
        accepted = pa.concat_tables([rows, judged])
        if self._key:
            accepted = self._keyed(accepted, texts, certain, [verdict is None for verdict in verdicts])
        return Decoded(accepted, _rejects(records, verdicts))

    def _keyed(
        self, rows: pa.Table, texts: Sequence[RecordText], certain: pa.BooleanArray, judged: Sequence[bool]
    ) -> pa.Table:
        """The columns that are asked for, and the key of each row, in the order of the records.

        The rows are those of the `certain` records, then those of the others that were `judged` right.
        """
        surely = certain.to_numpy(zero_copy_only=False)
        others = np.flatnonzero(~surely)[np.array(judged, np.bool_)]
        places = np.concatenate((np.flatnonzero(surely), others))
        right = np.zeros(len(surely), np.bool_)
        right[places] = True
        rows = rows.take(np.argsort(places))
        payloads = records_at(texts, pa.array(right))["data"]
        keys = event_keys(rows.select(fields_of(self._key)), payloads)
        return rows.select(self._asked_for).append_column(EVENT_KEY, keys)

    def _in_columns(self, parsed: pa.Table, arrival: pa.Array) -> tuple[pa.Table, pa.Array]:
        """The rows that are surely accepted, and for each parsed one whether it is among them."""
        values = {}
        fine = pa.array(np.ones(len(parsed), np.bool_))
        for field in self._fields:
            column = _whole(parsed[field.name])
            values[field.name], right = _checked(column, field, self._event.spellings.get(field.name))
            fine = pc.and_(fine, right)
        ahead = pc.subtract(values[self._event.event_time], arrival)
        in_time = pc.less_equal(ahead, pa.scalar(self._event.max_ahead, pa.duration("us")))
        fine = pc.and_(fine, pc.fill_null(in_time, False))
        columns = [values[source] for source in self._source_of.values()]
        return pa.table(columns, schema=self._schema).filter(fine), fine

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


def _has_rules(field: StructField, event: EventContract) -> bool:
    """Whether a value of the field's JSON type can be wrong, or mean that none is there."""
    spelled = field.name in event.spellings and not field.nullable
    plain_text = isinstance(field.dataType, StringType) and not _TEXT_RULES & field.metadata.keys()
    return spelled or not plain_text


def _arrival(text: RecordText, batch_time: datetime) -> pa.Array:
    stand_in = pa.scalar(batch_time, UTC_MICROSECONDS)
    return pa.repeat(stand_in, text.count) if text.arrival is None else pc.fill_null(text.arrival, stand_in)


def _checked(column: pa.Array, field: StructField, spelling: Spelling | None) -> tuple[pa.Array, pa.Array]:
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
    if "minimum" in rules:
        right = pc.and_(right, pc.greater_equal(column, float(rules["minimum"])))
    if "maximum" in rules:
        right = pc.and_(right, pc.less_equal(column, float(rules["maximum"])))
    if "allowed" in rules:
        right = pc.and_(right, pc.is_in(column, pa.array(rules["allowed"], pa.float64())))
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
