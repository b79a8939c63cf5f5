"""A clean mobile event, and records of it, for tests to change what they are about."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from glue_jobs.contracts.mobile_coverage import EVENT
from glue_jobs.contracts.records import RECORDS
from glue_jobs.core.arrow_schema import UTC_MICROSECONDS, arrow_schema

ARRIVAL = datetime(2026, 3, 1, 7, 15, 30, tzinfo=UTC)
"""When the records of the tests arrive, 30 seconds after the clean event's time."""

_CLEAN: dict[str, Any] = {
    "timestamp": "2026-03-01T07:15:00Z",
    "hour": "07:15:00",
    "lat": 41.38,
    "long": 2.17,
    "signal": 12,
    "network": "movistar",
    "operator": "Movistar",
    "status": 0,
    "description": "STATE_IN_SERVICE",
    "speed": 3.5,
    "satellites": 4,
    "precission": 11.5,
    "provider": "gps",
    "activity": "STILL",
    "postal_code": "080193",
}
assert list(_CLEAN) == EVENT.schema.fieldNames()

RECORD_SCHEMA = arrow_schema(RECORDS).append(pa.field("batch_time", UTC_MICROSECONDS, nullable=False))


def event(**changes: Any) -> dict[str, Any]:
    """The clean event with some fields changed."""
    return {**_CLEAN, **changes}


def payload(*without: str, **changes: Any) -> bytes:
    """The changed event on the wire, lacking the fields named in `without`."""
    fields = event(**changes)
    return json.dumps({name: value for name, value in fields.items() if name not in without}).encode()


def payload_with(text: str, *without: str) -> bytes:
    """The clean event on the wire with JSON text put after its fields: `'"signal": 1e2'`."""
    return payload(*without)[:-1] + b", " + text.encode() + b"}"


def records(
    payloads: Sequence[bytes | None],
    arrivals: Sequence[datetime | None] | None = None,
    batch_time: datetime = ARRIVAL,
) -> pa.Table:
    """The records as the decoder takes them; each has a sequence number of its own."""
    size = len(payloads)
    columns = [
        payloads,
        [ARRIVAL] * size if arrivals is None else arrivals,
        ["shard-0"] * size,
        [str(number) for number in range(size)],
        [batch_time] * size,
    ]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, RECORD_SCHEMA, strict=True)]
    return pa.table(arrays, schema=RECORD_SCHEMA)
