"""What tells that two records are one event, sent twice: a key of 16 bytes that both have.

It is a hash of the whole payload, byte for byte, or of the values of some fields of the contract. A record in
which one of these is not known has the hash of its payload: two such records need not be one event.
"""

from hashlib import blake2b

import orjson
import pyarrow as pa

from glue_jobs.contracts.contract import EventContract
from glue_jobs.core.errors import OptionError

EVENT_KEY = "event_key"
"""The column of decoded rows that holds the key."""

PAYLOAD = ("payload",)
"""In place of names of fields: the key is that of the payload."""

KEY_BYTES = 16
"""That two of ten billion keys are equal by chance has a probability of 10**-19."""


def chosen_key(given: tuple[str, ...] | None, event: EventContract) -> tuple[str, ...]:
    """What `--deduplicate` asks for, fields in the order of the contract; None asks for nothing.

    Raises:
        OptionError: it is neither the payload nor fields of the event.
    """
    fields = event.schema.fieldNames()
    if given is None or given == PAYLOAD:
        return given or ()
    for name in given:
        if name not in fields:
            raise OptionError(
                f"--deduplicate: got {name!r}; give payload alone, or fields of {event.name} with commas "
                f"between them: {', '.join(fields)}"
            )
    return tuple(name for name in fields if name in given)


def fields_of(deduplicate: tuple[str, ...]) -> tuple[str, ...]:
    """The fields that a key is made of; none where it is that of the payload, or there is none."""
    return () if deduplicate == PAYLOAD else deduplicate


def event_keys(values: pa.Table, payloads: pa.ChunkedArray) -> pa.Array:
    """The key of each record, by the values of the fields; where there are no fields, by its payload."""
    columns = [_plain(values[name]).to_pylist() for name in values.column_names]
    known = zip(*columns, strict=True) if columns else [(None,)] * len(payloads)
    keys = (
        _hashed(payload if None in some else orjson.dumps(some))  # a list, which no payload is
        for payload, some in zip(payloads.to_pylist(), known, strict=True)
    )
    return pa.array(keys, pa.binary())


def _hashed(content: bytes) -> bytes:
    return blake2b(content, digest_size=KEY_BYTES).digest()


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Times as microseconds since the epoch: they have no spelling of their own in JSON."""
    return column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
