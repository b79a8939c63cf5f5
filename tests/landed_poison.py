"""Landed objects made to hurt, each with its stated outcome (`docs/landed_objects.md`)."""

import gzip
import zlib
from typing import NamedTuple

from tests.order_events import order, order_of_size, order_with

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LARGEST = 1_000 * 2**10
"""The largest record that Firehose takes."""

FEW = b"".join(order(order_id=f"order-{number:03}") + b"\n" for number in range(1, 201))
"""Two hundred orders, which gzip makes a sixth of."""


class Poison(NamedTuple):
    """An object: its name and content, the lines whose orders are in raw, those in quarantine and why."""

    name: str
    content: bytes
    accepted: list[int]
    rejected: list[tuple[int, str, str | None]] = []  # noqa: RUF012 - a default of a tuple, never changed


def lines(*some: bytes, end: bytes = b"\n") -> bytes:
    """Each with its line end."""
    return b"".join(line + end for line in some)


def one(line: bytes, *why: str | None) -> Poison:
    """A line between two clean ones, accepted or rejected for a reason and a field."""
    content = lines(order(), line, order())
    if not why:
        return Poison("a.json", content, [1, 2, 3])
    reason, field = why
    return Poison("a.json", content, [1, 3], [(2, str(reason), field)])


def cut(content: bytes, tail: int) -> bytes:
    """Packed, without its last bytes."""
    return gzip.compress(content, mtime=0)[:-tail]


def whole_lines_of(packed: bytes) -> int:
    """How many lines of what was cut off can be unpacked."""
    return zlib.decompressobj(31).decompress(packed).count(b"\n")


def changed_checksum(content: bytes) -> bytes:
    """Packed, with another checksum than that of the content."""
    packed = bytearray(gzip.compress(content, mtime=0))
    packed[-8] ^= 1
    return bytes(packed)


def damaged(name: str, packed: bytes) -> Poison:
    """An object of `FEW` that can be unpacked in part."""
    there = whole_lines_of(packed)
    return Poison(name, packed, [*range(1, there + 1)], [(there + 1, "damaged_file", None)])


POISON: dict[str, Poison] = {
    "an empty object": Poison("a.json", b"", []),
    "an empty object named .gz": Poison("a.gz", b"", []),
    "gzip of nothing": Poison("a.gz", gzip.compress(b""), []),
    "a truncated gzip": damaged("a.gz", cut(FEW, 400)),
    "a gzip without its checksum": damaged("a.gz", cut(FEW, 8)),
    "a gzip with another checksum": Poison(
        "a.gz", changed_checksum(FEW), [*range(1, 201)], [(201, "damaged_file", None)]
    ),
    "a gzip cut in its header": Poison("a.gz", gzip.compress(FEW)[:5], [], [(1, "damaged_file", None)]),
    "a gzip and text after it": Poison(
        "a.gz", gzip.compress(FEW) + b"x", [*range(1, 201)], [(201, "damaged_file", None)]
    ),
    "two gzips in one": Poison("a.gz", gzip.compress(FEW) + b"\0" * 9 + gzip.compress(FEW), [*range(1, 401)]),
    "no gzip, named .gz": Poison("a.gz", FEW, [*range(1, 201)]),
    "a gzip, named .json": Poison("a.json", gzip.compress(FEW), [*range(1, 201)]),
    "a JSON array on one line": one(b"[" + order() + b"," + order() + b"]", "malformed_json", None),
    "a JSON array over lines": Poison(
        "a.json",
        lines(b"[", order() + b",", order(), b"]"),
        [3],
        [(1, "malformed_json", None), (2, "malformed_json", None), (4, "malformed_json", None)],
    ),
    "objects glued together": one(order() + order(), "malformed_json", None),
    "a negative amount": one(order(amount=-0.01), "out_of_range", "amount"),
    "a text for an amount": one(order(amount="19.90"), "wrong_type", "amount"),
    "an amount of three decimals": one(order(amount=19.995), "out_of_range", "amount"),
    "an amount of thirteen digits": one(order(amount=12345678901.25), "out_of_range", "amount"),
    "the largest amount": one(order(amount=9999999999.99)),
    "an amount with zeros": one(order_with("amount", "19.9000")),
    "an amount with an exponent": one(order_with("amount", "199e-1")),
    "an amount of zero": one(order(amount=0)),
    "an unknown payment method": one(order(payment_method="cheque"), "out_of_range", "payment_method"),
    "an unknown operation": one(order(database_operation="d"), "out_of_range", "database_operation"),
    "no order id": one(order(order_id=None), "missing_field", "order_id"),
    "a blank in an order id": one(order(order_id="order 1"), "out_of_range", "order_id"),
    "another offset": one(order(event_timestamp="2024-11-20T13:00:00+03:00")),
    "a time ahead of its landing": one(
        order(event_timestamp="2024-11-20T10:10:01Z"), "future_event_time", "event_timestamp"
    ),
    "a time just not ahead": one(order(event_timestamp="2024-11-20T10:10:00Z")),
    "a line of 10 MB": one(order_of_size(10 * 10**6), "too_large", None),
    "a line of 10 MB, packed": Poison(
        "a.gz",
        gzip.compress(lines(order(), order_of_size(10 * 10**6), order())),
        [1, 3],
        [(2, "too_large", None)],
    ),
    "the largest record": one(order_of_size(LARGEST)),
    "a byte too large": one(order_of_size(LARGEST + 1), "too_large", None),
    "carriage returns": Poison("a.json", lines(order(), order(), end=b"\r\n"), [1, 2]),
    "a byte order mark": Poison("a.json", BYTE_ORDER_MARK + FEW, [*range(1, 201)]),
    "a byte order mark in a line": one(BYTE_ORDER_MARK + order(), "malformed_json", None),
    "empty lines": Poison("a.json", lines(b"", order(), b"", b"", order(), b""), [2, 5]),
    "empty lines with carriage returns": Poison(
        "a.json", lines(order(), b"", order(), b"", end=b"\r\n"), [1, 3]
    ),
    "a line of blanks": one(b"  ", "malformed_json", None),
    "no line feed at the end": Poison("a.json", lines(order()) + order(), [1, 2]),
    "half a record at the end": Poison(
        "a.json", lines(order()) + order()[:40], [1], [(2, "malformed_json", None)]
    ),
    "bytes that are no text": one(b"\xff\xfe\x00", "malformed_json", None),
}
"""Name → object."""
