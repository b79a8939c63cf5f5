"""A rejected record for people and as JSON."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from glue_jobs.core.redaction import printable


def why(reason: str, field: str | None) -> str:
    """`wrong_type (signal)`."""
    return f"{reason} ({field})" if field else reason


def where(record: Mapping[str, Any]) -> str:
    """Why, and the record's place in the stream where that is known."""
    arrived = f" {record['arrival_time']:%Y-%m-%d %H:%M:%S}" if record["arrival_time"] else ""
    place = f" {record['shard_id']}/{record['sequence_number']}" if record["sequence_number"] else ""
    return printable(f"{why(record['reason'], record['field'])}{arrived}{place}")


def shown(payload: bytes, width: int) -> str:
    """The first bytes, fit for a terminal, and how many there are in all where some are left out."""
    text = printable(as_text(payload[:width]))
    return text if len(payload) <= width else f"{text}… ({len(payload):,} bytes)"


def as_text(payload: bytes) -> str:
    r"""A payload as text; bytes that are no UTF-8 as their escapes, `\xff`."""
    return payload.decode("utf-8", errors="backslashreplace")


def as_json(record: Mapping[str, Any], times: Mapping[int, datetime]) -> dict[str, Any]:
    """All of a record; `times` are those of the redrives, by number."""
    arrived, number = record["arrival_time"], record["redriven"]
    return {
        **record,
        "payload": as_text(record["payload"] or b""),
        "arrival_time": arrived and arrived.isoformat(),
        "redriven": None if number is None else {"redrive": number, "time": times[number].isoformat()},
    }
