"""What Spark's checkpoint of a query says (the format is Spark's: `offsets/<batch>`, lines of JSON)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from glue_jobs.core.storage import Storage, open_storage

DEFINITION = "_definition.json"
"""Where a checkpoint keeps what its query is about (`guard`); Spark does not look at it."""

REWINDING = "_rewind.json"
"""Where a checkpoint says that it is being taken back to an earlier batch (`rewind`), until that is done."""


def query_id(checkpoint_uri: str) -> str | None:
    """The id of the query whose progress this is; None where none has begun."""
    try:
        metadata = open_storage(checkpoint_uri).read_file("metadata")
    except FileNotFoundError:
        return None
    return str(json.loads(metadata)["id"])


def kept_definition(checkpoint: Storage) -> dict[str, Any] | None:
    """What the query is about (`guard`); None where another program made the checkpoint."""
    try:
        kept: dict[str, Any] = json.loads(checkpoint.read_file(DEFINITION))
    except FileNotFoundError:
        return None
    return kept


def window_length(definition: Mapping[str, Any]) -> timedelta | None:
    """How long the query's windows are; None where its definition does not say."""
    seconds = definition.get("window_seconds")
    return None if seconds is None else timedelta(seconds=seconds)


@dataclass(frozen=True)
class PlannedBatch:
    """What was decided when a batch was planned.

    time        when that was; `current_timestamp()` in the batch is this, also when it runs again
    watermark   windows that end at or before it are closed
    offsets     where the batch ends, in the words of its source
    partitions  in how many parts the state is kept; None where the plan does not say
    """

    time: datetime
    watermark: datetime
    offsets: dict[str, Any]
    partitions: int | None


def planned_batch(checkpoint_uri: str, number: int) -> PlannedBatch:
    """The plan of a batch; FileNotFoundError where there is none."""
    entry = open_storage(checkpoint_uri).read_file(f"offsets/{number}").decode()
    _version, times, offsets = entry.splitlines()
    planned = json.loads(times)
    partitions = planned["conf"].get("spark.sql.shuffle.partitions")
    return PlannedBatch(
        time=_moment(planned["batchTimestampMs"]),
        watermark=_moment(planned["batchWatermarkMs"]),
        offsets=json.loads(offsets),
        partitions=None if partitions is None else int(partitions),
    )


@dataclass(frozen=True)
class Interrupted:
    """A rewind that has begun and has not ended: to which batch, and what lake it clears."""

    batch: int
    lake_uri: str


def interrupted_rewind(checkpoint_uri: str) -> Interrupted | None:
    """The rewind that this checkpoint is in the middle of; None where it is in none."""
    try:
        marker = json.loads(open_storage(checkpoint_uri).read_file(REWINDING))
    except FileNotFoundError:
        return None
    return Interrupted(int(marker["batch"]), str(marker["lake_uri"]))


def entries_of(storage: Storage, log: str) -> dict[int, str]:
    """The entries of one of Spark's logs: number → path. One in so many sums up those before it."""
    found = {}
    for file in storage.list_files(log):
        match = re.fullmatch(rf"{log}/(\d+)(\.compact)?", file.path)
        if match:
            found[int(match[1])] = file.path
    return found


def files_of_later_entries(storage: Storage, log: str, number: int) -> list[str]:
    """Every file of a log's entries above `number`: Spark's entry, its checksum, the draft of one."""
    wanted = re.compile(rf"{log}/\.*(\d+)(\..+)?")
    found = ((wanted.fullmatch(file.path), file.path) for file in storage.list_files(log))
    return [path for match, path in found if match and int(match[1]) > number]


def newest_done(storage: Storage) -> int:
    """The newest batch that is done, -1 for none: it is in `commits`, or the next one is in `offsets`.

    Spark plans a batch once the one before is done, so an entry that `commits` has lost can be told.
    """
    planned = max(entries_of(storage, "offsets"), default=-1)
    return max(planned - 1, *entries_of(storage, "commits"), -1)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
