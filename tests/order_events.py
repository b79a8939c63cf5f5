"""A clean order event, for tests to change what they are about."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from glue_jobs.contracts.orders import EVENT

LANDED = datetime(2024, 11, 20, 10, 5, tzinfo=UTC)
"""When the objects of the tests land, five minutes after the clean event."""

_CLEAN: dict[str, Any] = {
    "order_id": "order-1",
    "user_id": "user-1",
    "product_id": "product-1",
    "database_operation": "i",
    "amount": 19.9,
    "payment_method": "pix",
    "event_timestamp": "2024-11-20T10:00:00Z",
}
assert list(_CLEAN) == EVENT.schema.fieldNames()


def order(**changes: Any) -> bytes:
    """The clean event on the wire with some fields changed."""
    return json.dumps({**_CLEAN, **changes}).encode()


def order_with(name: str, text: str) -> bytes:
    """The clean event on the wire with this JSON text as the value of one field."""
    fields = {**{field: json.dumps(value) for field, value in _CLEAN.items()}, name: text}
    return ("{" + ", ".join(f'"{field}": {value}' for field, value in fields.items()) + "}").encode()


def order_of_size(size: int) -> bytes:
    """The clean event with a field that nobody asked for, so long that it has `size` bytes."""
    empty = order(extra="")
    return empty[:-2] + b"x" * (size - len(empty)) + empty[-2:]


def order_row(**changes: Any) -> dict[str, Any]:
    """The clean event as a row of raw, without where it landed."""
    clean = {
        **_CLEAN,
        "amount": Decimal("19.90"),
        "event_timestamp": datetime(2024, 11, 20, 10, tzinfo=UTC),
    }
    return {**clean, **changes}
