"""JSON texts parsed as rows of one event: the fast part of decoding, which is sure or says nothing.

A row means that its record is one JSON object by RFC 8259, in UTF-8, with every required field there and
every field of the contract of its JSON type. Whether the values are right is not looked at here. A record
without a row may be right as well: it is for the judge.
"""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias

import msgspec
import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from msgspec.structs import astuple
from pyspark.sql.types import DataType, DecimalType, DoubleType, IntegerType

from glue_jobs.contracts.contract import EventContract
from glue_jobs.core.record_text import RecordText

_NUMBERS = (IntegerType, DoubleType, DecimalType)

_Rows: TypeAlias = list[Any]
"""Structs with a field for each of the event."""

_NO_ROW = (msgspec.DecodeError, orjson.JSONDecodeError, UnicodeDecodeError, RecursionError)
"""What the parsers raise for a record that is none of the event, or that they are not sure of."""

_GROUP = 32
"""Records that are parsed together where the text as a whole has one that is wrong."""


class RowParser:
    """Parses the records of one event into the columns named by `wanted`.

    All numbers come as doubles, for JSON writes 4 as 4.0 too, and timestamps as text.
    """

    def __init__(self, event: EventContract, wanted: Iterable[str]) -> None:
        names = event.schema.fieldNames()
        self._max_bytes = event.max_bytes
        self._columns = {
            name: (names.index(name), _wire_type(event.schema[name].dataType)) for name in wanted
        }
        self._complete = msgspec.json.Decoder(_row_type(event, forbid_unknown_fields=True))
        self._skipping = msgspec.json.Decoder(_row_type(event, forbid_unknown_fields=False))

    def parse(self, text: RecordText) -> tuple[pa.Table, pa.Array]:
        """The rows, and for each record whether it has one; rows and records are in the same order."""
        with _no_cycles():
            if not _is_framed(text, self._max_bytes):
                return self._known(self._each(_payloads(text)))
            rows = _lines(self._complete, text.text, text.count)
            if rows is None:
                return self._known(self._in_groups(text.text.to_pybytes().split(b"\n")[:-1]))
            return self._in_columns(rows), pa.array(np.ones(text.count, np.bool_))

    def _known(self, rows: _Rows) -> tuple[pa.Table, pa.Array]:
        """The rows that are there, and for each whether it is."""
        there = pa.array([row is not None for row in rows], pa.bool_())
        return self._in_columns([row for row in rows if row is not None]), there

    def _in_groups(self, payloads: list[bytes]) -> _Rows:
        """The row of each record of a framed text, or None."""
        groups = (payloads[first : first + _GROUP] for first in range(0, len(payloads), _GROUP))
        return [row for group in groups for row in self._group(group)]

    def _group(self, payloads: list[bytes]) -> _Rows:
        text = b"\n".join(payloads)
        rows = _lines(self._complete, text, len(payloads))
        if rows is None and (rows := _lines(self._skipping, text, len(payloads))):
            rows = rows if all(map(_is_json, payloads)) else None
        return self._each(payloads) if rows is None else rows

    def _each(self, payloads: list[bytes]) -> _Rows:
        return [self._row(payload) if len(payload) <= self._max_bytes else None for payload in payloads]

    def _row(self, payload: bytes) -> Any | None:
        try:
            return self._complete.decode(payload)
        except _NO_ROW:
            with suppress(*_NO_ROW):
                return self._skipping.decode(payload) if _is_json(payload) else None
        return None

    def _in_columns(self, rows: _Rows) -> pa.Table:
        values = list(zip(*map(astuple, rows), strict=True))
        arrays = {
            name: pa.array(values[at] if rows else [], kind) for name, (at, kind) in self._columns.items()
        }
        return pa.table(arrays)


@contextmanager
def _no_cycles() -> Iterator[None]:
    """Without the search for cycles of objects: of the many made here none has any, and it takes a tenth."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


def _wire_type(data_type: DataType) -> pa.DataType:
    return pa.float64() if isinstance(data_type, _NUMBERS) else pa.string()


def _row_type(event: EventContract, forbid_unknown_fields: bool) -> type[msgspec.Struct]:
    """The event as the parser knows it: what may be null may be absent."""
    fields: list[Any] = []
    for field in event.schema:
        kind = float if isinstance(field.dataType, _NUMBERS) else str
        fields.append((field.name, kind | None, None) if field.nullable else (field.name, kind))
    return msgspec.defstruct(
        event.name, fields, kw_only=True, gc=False, forbid_unknown_fields=forbid_unknown_fields
    )


def _is_framed(text: RecordText, max_bytes: int) -> bool:
    """Whether every line is a record of no more bytes than that, from a brace that opens to one that closes.

    The parser does not tell where in a text an object began. But outside a string, in which JSON forbids a
    line feed, a brace that opens cannot follow one that closes inside an object: so every line is one object
    or several, and it is one where there are as many objects as lines.
    """
    letters = np.frombuffer(text.text, np.uint8)
    feeds = np.flatnonzero(letters == ord("\n"))
    if len(feeds) != text.count or text.count == 0:
        return False
    starts = np.concatenate(([0], feeds[:-1] + 1))
    ends = feeds - 1 - (letters[feeds - 1] == ord("\r"))
    return bool(
        (letters[starts] == ord("{")).all()
        and (letters[ends] == ord("}")).all()
        and (feeds - starts).max() <= max_bytes
    )


def _lines(parser: "msgspec.json.Decoder[Any]", text: pa.Buffer | bytes, count: int) -> _Rows | None:
    """A row for each of the `count` records of a framed text; None where one has none."""
    with suppress(*_NO_ROW):
        rows: _Rows = parser.decode_lines(text)
        return rows if len(rows) == count else None
    return None


def _payloads(text: RecordText) -> list[bytes]:
    payloads: list[bytes] = pc.fill_null(text.records()["data"], b"").to_pylist()
    return payloads


def _is_json(payload: bytes) -> bool:
    """Whether what is skipped is JSON, too: in UTF-8, with no number beyond a double, not nested too deep."""
    try:
        orjson.loads(payload)
    except _NO_ROW:
        return False
    return True
