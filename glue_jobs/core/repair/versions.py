"""Versions of an hour: what maintenance (compaction, rebuild) puts in place of what the stream has written.

The stream alone writes into its folder of an hour, and maintenance alone, once, into a version folder beside
the table. Which of them readers get says the partition's location in the catalogue.

    <table>/event_date=2026-11-21/hour=07/                 the stream's folder
    <table>__v/event_date=2026-11-21/hour=07/<version>/    a version: data files, and _manifest.json at last

A version is named for when it was made and for the newest micro-batch that has gone into it, so that whoever
merely lists a lake can tell: `20261121T083000Z-5e0c1a2b-until-000000000012-<query id>`. One of raw that holds
records of redrives says so as well: `20261121T083000Z-5e0c1a2b-redrive-000000000003-until-…`.
"""

import json
import re
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.batch_files import Batch
from glue_jobs.core.catalog import Location
from glue_jobs.core.errors import SourceError
from glue_jobs.core.partitions import partition_folder
from glue_jobs.core.pieces import newest_in, redrive_of
from glue_jobs.core.storage import Storage, StoredFile

MANIFEST = "_manifest.json"

_VERSION = re.compile(r"^[^=]+__v/(?:[^/=]+=[^/]+/)+([^/]+)/[^/]+$")
_UNTIL = re.compile(r"-until-(\d{12,})-([0-9a-f-]{36})$")
_WITH_REDRIVE = re.compile(r"-redrive-\d{12,}-until-\d{12,}-[0-9a-f-]{36}$")

Values = tuple[str, ...]


class UnreadableHour(SourceError):
    """What stands for an hour is not what the stream or maintenance wrote."""


@dataclass(frozen=True)
class HourFile:
    """A data file: its path from the lake, its size, its rows."""

    path: str
    bytes: int
    rows: int


@dataclass(frozen=True)
class Manifest:
    """What a version is and what it was made of; the last file of its folder to be written.

    made_by         `compact` or `rebuild`
    made_at         when it was begun, UTC
    hour            the values of its partition
    replaces        the files that readers of the hour had got until then
    inputs          a hash over all that it was made of: the same inputs and definition make the same rows
    query, batch    the query of its inputs, and the newest batch that has gone into it
    definition      the aggregates as they were defined, where the rows were computed anew from raw, late
                    records included, also if they were compacted since; None where the stream made them
    redrive         the newest redrive that has gone into it; 0: none
    pieces          of raw and quarantine: the names of the files that have gone into it, in order (`pieces`)
    """

    made_by: str
    made_at: datetime
    table: str
    hour: Values
    replaces: tuple[HourFile, ...]
    inputs: str
    query: str
    batch: int
    definition: dict[str, Any] | None
    rows: int
    files: tuple[HourFile, ...]
    redrive: int = 0
    pieces: tuple[str, ...] = ()

    def to_json(self) -> bytes:
        return json.dumps({**asdict(self), "made_at": self.made_at.isoformat()}, indent=2).encode()

    @classmethod
    def from_json(cls, text: bytes) -> "Manifest":
        """The manifest that a file holds; ValueError, KeyError or TypeError where it holds none."""
        kept = json.loads(text)
        for name in ("replaces", "files"):
            kept[name] = tuple(HourFile(**file) for file in kept[name])
        made_at, pieces = datetime.fromisoformat(kept["made_at"]), tuple(kept.get("pieces", ()))
        return cls(**{**kept, "made_at": made_at, "hour": tuple(kept["hour"]), "pieces": pieces})

    def covers(self, path: str) -> bool:
        """Whether a file of the hour that the stream or a redrive wrote, or a draft of it, has gone in."""
        name = path.rpartition("/")[2]
        if self.pieces and not name.startswith("."):
            return (
                name in self.pieces
            )  # raw is put together from files by their names, and nobody has it twice
        batch, redrive = newest_in(name), redrive_of(name)
        if batch is None or batch.query_id != self.query:
            return False
        return batch.number <= self.batch if redrive is None else redrive.number <= self.redrive


@dataclass(frozen=True)
class Standing:
    """What readers of an hour get: the files at its location, and the manifest where that is a version."""

    table: TableContract
    values: Values
    location: Location | None
    files: tuple[StoredFile, ...]
    manifest: Manifest | None

    @property
    def is_whole(self) -> bool:
        """Whether no data file of it is gone or cut short, as far as it has a manifest that says so."""
        there = {file.path: file.size for file in self.files}
        return self.manifest is None or all(
            there.get(file.path) == file.bytes for file in self.manifest.files
        )

    @property
    def newest(self) -> Batch | None:
        """The newest batch that has gone into it; None where it has no file.

        Raises:
            UnreadableHour: a file is of no batch, or there are files of several queries.
        """
        if self.manifest is not None:
            return Batch(self.manifest.query, self.manifest.batch)
        of_version = None if self.location is None else newest_at(self.location.uri.rstrip("/"))
        if of_version is not None:
            return of_version
        batches = [newest_in(file.path) for file in self.files]
        known = [batch for batch in batches if batch is not None]
        if len(known) < len(batches) or len({batch.query_id for batch in known}) > 1:
            raise UnreadableHour(
                f"{self.table.name}, hour {'/'.join(self.values)}: it has files of no micro-batch, or of "
                "several queries; maintenance cannot tell what is in it, so move the others away"
            )
        return max(known, key=lambda batch: batch.number, default=None)


def versions_folder(table: TableContract) -> str:
    """The folder of all versions of a table's hours, relative to the lake."""
    return f"{table.path}__v"


def version_folder(
    table: TableContract, values: Values, made_at: datetime, tag: str, newest: Batch, redrive: int = 0
) -> str:
    """The folder of one version, relative to the lake; `tag` tells those of one second apart."""
    hour = partition_folder(table, values).removeprefix(table.path)
    redriven = f"-redrive-{redrive:012d}" if redrive else ""
    name = f"{made_at:%Y%m%dT%H%M%SZ}-{tag}{redriven}-until-{newest.number:012d}-{newest.query_id}"
    return f"{versions_folder(table)}{hour}/{name}"


def holds_redrives(version: str) -> bool:
    """Whether records of redrives are in a version of raw, by the name of its folder."""
    return _WITH_REDRIVE.search(version) is not None


def newest_batch_in(path: str) -> Batch | None:
    """The newest batch that has gone into the version that a file is of; None for a file of no version."""
    match = _VERSION.match(path)
    return newest_at(match[1]) if match else None


def newest_at(version: str) -> Batch | None:
    """The newest batch that has gone into a version, by the name of its folder; None for another folder."""
    match = _UNTIL.search(version)
    return Batch(match[2], int(match[1])) if match else None


def folder_at(lake: Storage, location: Location) -> str:
    """The folder, relative to the lake, that a location names.

    Raises:
        UnreadableHour: it lies outside the lake.
    """
    if not location.uri.startswith(f"{lake.uri}/"):
        raise UnreadableHour(f"{location.uri}: a partition lies there, outside the lake {lake.uri}")
    return location.uri.removeprefix(f"{lake.uri}/").rstrip("/")


def standing_hour(
    lake: Storage,
    table: TableContract,
    values: Values,
    location: Location | None,
    listed: Sequence[StoredFile] | None = None,
    mending: bool = False,
) -> Standing:
    """What stands for an hour; `listed` are the files at its location, where they have been listed already.

    Who is `mending` it takes a version without a whole manifest, too: its rows are made anew.

    Raises:
        UnreadableHour: it is a version that has no manifest, or lies outside the lake.
    """
    if location is None:
        return Standing(table, values, None, (), None)
    folder = folder_at(lake, location)
    found = list(lake.list_files(folder)) if listed is None else listed
    files = tuple(file for file in found if is_data(file))
    manifest = None
    if folder.startswith(f"{versions_folder(table)}/"):
        with suppress(UnreadableHour) if mending else nullcontext():
            manifest = read_manifest(lake, folder)
    return Standing(table, values, location, files, manifest)


def read_manifest(lake: Storage, folder: str) -> Manifest:
    """The manifest of a version.

    Raises:
        UnreadableHour: it has none, or a damaged one.
    """
    try:
        return Manifest.from_json(lake.read_file(f"{folder}/{MANIFEST}"))
    except (FileNotFoundError, ValueError, KeyError, TypeError) as error:
        raise UnreadableHour(
            f"{lake.uri}/{folder}: a partition lies there, but it has no whole {MANIFEST} ({error}); rebuild "
            "the hour, or let the partition lie at a version that has one"
        ) from error


def is_data(file: StoredFile) -> bool:
    """Whether a reader of tables opens the file."""
    return file.visible and file.size > 0
