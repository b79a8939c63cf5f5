"""What Spark's checkpoint of a query says (the format is Spark's: `offsets/<batch>`, lines of JSON)."""

import json
from datetime import UTC, datetime
from typing import Any

from glue_jobs.core.errors import SourceError
from glue_jobs.core.storage import open_storage

DEFINITION = "_definition.json"
"""Where a checkpoint keeps what its query is about (`guard`); Spark does not look at it."""


def query_id(checkpoint_uri: str) -> str | None:
    """The id of the query whose progress this is; None where none has begun."""
    try:
        metadata = open_storage(checkpoint_uri).read_file("metadata")
    except FileNotFoundError:
        return None
    return str(json.loads(metadata)["id"])


def batch_time(checkpoint_uri: str, batch_number: int) -> datetime:
    """When a batch was planned; `current_timestamp()` in the batch is this, also when it runs again."""
    return _moment(_planned(checkpoint_uri, batch_number)["batchTimestampMs"])


def batch_watermark(checkpoint_uri: str, batch_number: int) -> datetime:
    """The watermark that a batch was planned with: windows that end at or before it are closed."""
    return _moment(_planned(checkpoint_uri, batch_number)["batchWatermarkMs"])


def batch_offsets(checkpoint_uri: str, batch_number: int) -> dict[str, Any]:
    """Where a batch ends, in the words of its source."""
    offsets: dict[str, Any] = json.loads(_entry(checkpoint_uri, batch_number)[2])
    return offsets


def watermark(checkpoint_uri: str) -> datetime:
    """The watermark of the newest batch that was planned: windows that end at or before it are closed.

    Raises:
        SourceError: the checkpoint has no batch yet.
    """
    storage = open_storage(checkpoint_uri)
    names = [file.path.rpartition("/")[2] for file in storage.list_files("offsets") if file.visible]
    if not names:
        raise SourceError(
            f"{checkpoint_uri}: no batch has been planned here; is it the checkpoint of a query?"
        )
    return batch_watermark(checkpoint_uri, max(int(name) for name in names))


def _planned(checkpoint_uri: str, batch_number: int) -> dict[str, Any]:
    planned: dict[str, Any] = json.loads(_entry(checkpoint_uri, batch_number)[1])
    return planned


def _entry(checkpoint_uri: str, batch_number: int) -> list[str]:
    """The lines of a planned batch: the format's version, times and settings, and the source's offset."""
    return open_storage(checkpoint_uri).read_file(f"offsets/{batch_number}").decode().splitlines()


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
