"""Spark's log of the files that a query has taken: `sources/0` of its checkpoint.

The format is Spark's. An entry has lines of JSON, one for each file: its URI, its modification time in epoch
milliseconds, and the number of the entry. Every tenth entry (`.compact`) sums up all before it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from glue_jobs.core.checkpoint import entries_of
from glue_jobs.core.storage import Fence, Storage

_LOG = "sources/0"


@dataclass(frozen=True)
class LoggedFile:
    """A file that was taken: the entry that says so, its URI, and when it had been modified."""

    entry: int
    uri: str
    modified_ms: int


def taken_after(checkpoint: Storage, entry: int) -> Iterator[LoggedFile]:
    """The files of all entries after that one; what needs not be read for them is not read."""
    entries = entries_of(checkpoint, _LOG)
    summed_up = max((number for number, path in entries.items() if path.endswith(".compact")), default=-1)
    for number, path in sorted(entries.items()):
        if number > entry and number >= summed_up:
            for file in _files(checkpoint, path):
                if file["batchId"] > entry:
                    yield LoggedFile(file["batchId"], file["path"], file["timestamp"])


def note_again(checkpoint: Storage, modified_ms: Mapping[str, int], fence: Fence) -> None:
    """Put the times of these files, by URI, into the log, within `fence()`; only while no query runs."""
    for path in entries_of(checkpoint, _LOG).values():
        files = list(_files(checkpoint, path))
        now = [{**file, "timestamp": modified_ms.get(file["path"], file["timestamp"])} for file in files]
        if now != files:
            version = checkpoint.read_file(path).partition(b"\n")[0]
            lines = [json.dumps(file, separators=(",", ":")).encode() for file in now]
            folder, _, name = path.rpartition("/")
            with fence():  # Spark's checksum of what the entry was
                checkpoint.delete_files([f"{folder}/.{name}.crc"])
            with checkpoint.new_file(path, fence) as entry:
                entry.write(b"\n".join([version, *lines]))


def _files(checkpoint: Storage, path: str) -> Iterator[dict[str, Any]]:
    for line in checkpoint.read_file(path).splitlines()[1:]:
        yield json.loads(line)
