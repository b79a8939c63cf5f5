"""Records made to hurt, each with its stated outcome (`docs/bad_records.md`)."""

import hashlib

from glue_jobs.contracts.contract import MAX_RECORD_BYTES
from glue_jobs.core.judge import Rejection
from tests.events import payload, payload_with

MALFORMED = Rejection("malformed_json")
TOO_LARGE = Rejection("too_large")
AGGREGATED = Rejection("kpl_aggregated")

MARK = b"\xf3\x89\x9a\xc2"
MESSAGE = b"\x0a\x03key\x1a\x04\x08\x00\x1a\x00"
"""A protobuf message as the producer library makes it: a table of partition keys, and one record."""


def aggregated(message: bytes) -> bytes:
    """A message between its mark and its digest."""
    return MARK + message + hashlib.md5(message, usedforsecurity=False).digest()


def of_size(size: int) -> bytes:
    """The clean event with a field that nobody asked for, so long that the record has `size` bytes."""
    empty = payload_with('"extra": ""')
    return empty[:-2] + b"x" * (size - len(empty)) + empty[-2:]


def field(name: str, text: str) -> bytes:
    """The clean event with this JSON text as the value of one field."""
    return payload_with(f'"{name}": {text}', name)


SMALL: dict[str, tuple[bytes, Rejection | None]] = {
    "nothing": (b"", MALFORMED),
    "byte order mark": (b"\xef\xbb\xbf" + payload(), MALFORMED),
    "trailing text": (payload() + b" x", MALFORMED),
    "two objects": (payload() + payload(), MALFORMED),
    "a NUL": (b"\0", MALFORMED),
    "NULs around": (b"\0" + payload() + b"\0", MALFORMED),
    "a NUL in a text": (field("network", '"a\0b"'), MALFORMED),
    "an escaped NUL in a text": (field("network", '"a\\u0000b"'), None),
    "a NUL in a name": (payload_with('"\0": 1'), MALFORMED),
    "an escaped NUL in a name": (payload_with('"\\u0000": 1'), None),
    "not UTF-8": (payload().replace(b"STILL", b"ST\xffLL"), MALFORMED),
    "not UTF-8 in a name": (payload().replace(b'"speed"', b'"spe\xc0\x80d"'), MALFORMED),
    "an overlong character": (payload().replace(b"STILL", b"\xc0\xafTILL"), MALFORMED),
    "a surrogate in UTF-8": (payload().replace(b"STILL", b"\xed\xa0\x80"), MALFORMED),
    "an escaped lone surrogate": (field("activity", '"\\udfff"'), MALFORMED),
    "UTF-16": (payload().decode().encode("utf-16"), MALFORMED),
    "NaN": (field("speed", "NaN"), MALFORMED),
    "Infinity": (field("speed", "Infinity"), MALFORMED),
    "Infinity nobody asked for": (payload_with('"extra": -Infinity'), MALFORMED),
    "NaN as a text": (field("speed", '"NaN"'), Rejection("wrong_type", "speed")),
    "beyond a double": (field("speed", "1e999"), MALFORMED),
    "beyond a double, negative": (field("lat", "-1e999"), MALFORMED),
    "400 digits": (field("speed", "9" * 400), MALFORMED),
    "400 digits for an integer": (field("signal", "1" + "0" * 399), MALFORMED),
    "400 digits after the point": (field("speed", "0." + "3" * 400), None),
    "300 digits": (field("speed", "9" * 300), Rejection("out_of_range", "speed")),
    "more than 64 bits": (field("satellites", str(2**64)), Rejection("out_of_range", "satellites")),
    "more than 64 bits nobody asked for": (payload_with(f'"extra": {2**64}'), None),
    "400 digits nobody asked for": (payload_with(f'"extra": {"9" * 400}'), MALFORMED),
    "beyond a double by digits and exponent": (payload_with('"extra": 123e307'), MALFORMED),
    "nearly beyond a double": (payload_with('"extra": 17e307'), None),
    "less than a double": (field("speed", "1e-999"), None),
    "a key twice, the last right": (payload_with('"speed": -1, "speed": 1', "speed"), None),
    "a key twice, the last wrong": (
        payload_with('"speed": 1, "speed": -1', "speed"),
        Rejection("out_of_range", "speed"),
    ),
    "a key twice, once escaped": (
        payload_with('"speed": 1, "\\u0073peed": -1', "speed"),
        Rejection("out_of_range", "speed"),
    ),
    "year 9999": (payload(timestamp="9999-12-31T23:59:59Z"), Rejection("future_event_time", "timestamp")),
    "year 10000": (payload(timestamp="10000-01-01T00:00:00Z"), Rejection("wrong_type", "timestamp")),
    "year 1970": (payload(timestamp="1970-01-01T00:00:00Z"), Rejection("out_of_range", "timestamp")),
    "year 1": (payload(timestamp="0001-01-01T00:00:00Z"), Rejection("out_of_range", "timestamp")),
    "year 0": (payload(timestamp="0000-12-31T23:59:59Z"), Rejection("wrong_type", "timestamp")),
    "out of the calendar": (
        payload(timestamp="9999-12-31T23:59:59-01:00"),
        Rejection("out_of_range", "timestamp"),
    ),
    "a leap second": (payload(timestamp="2016-12-31T23:59:60Z"), Rejection("wrong_type", "timestamp")),
    "another offset": (payload(timestamp="2026-03-01T12:45:00+05:30"), None),
    "an offset of a whole day": (
        payload(timestamp="2026-03-01T12:45:00+24:00"),
        Rejection("wrong_type", "timestamp"),
    ),
    "the name of a time zone": (
        payload(timestamp="2026-03-01T08:15:00[Europe/Madrid]"),
        Rejection("wrong_type", "timestamp"),
    ),
    "epoch seconds": (field("timestamp", "1772349300"), Rejection("wrong_type", "timestamp")),
    "aggregated by the KPL": (aggregated(MESSAGE), AGGREGATED),
    "the mark of the KPL, another digest": (aggregated(MESSAGE)[:-1] + b"\0", MALFORMED),
    "the mark of the KPL alone": (MARK, MALFORMED),
}
"""Name → record, and why it is rejected (None: it is accepted)."""

HUGE: dict[str, tuple[bytes, Rejection | None]] = {
    "the largest record": (of_size(MAX_RECORD_BYTES), None),
    "the largest record, of garbage": (b"\xff" * MAX_RECORD_BYTES, MALFORMED),
    "the largest record, of brackets": (b"[" * MAX_RECORD_BYTES, MALFORMED),
    "the largest record, aggregated": (aggregated(b"x" * (MAX_RECORD_BYTES - 20)), AGGREGATED),
    "the largest record, a number": (field("speed", "1" * (MAX_RECORD_BYTES - 400)), MALFORMED),
    "a byte too large": (of_size(MAX_RECORD_BYTES + 1), TOO_LARGE),
    "100,000 brackets": (b"[" * 100_000 + b"]" * 100_000, MALFORMED),
    "100,000 brackets in a field": (payload_with('"x": ' + "[" * 100_000 + "]" * 100_000), MALFORMED),
    "100,000 objects": (b'{"x":' * 100_000 + b"1" + b"}" * 100_000, MALFORMED),
    "100,000 fields": (
        payload_with(", ".join(f'"x{number}": {number}' for number in range(100_000))),
        None,
    ),
}
"""Likewise; too large to draw at random."""
