"""Which rejected records were redriven, and by which redrive: one ledger each, beside the quarantine.

    quarantine/<event>__redriven/redrive-000000000003-until-000000000012-<query id>.parquet

A ledger names each record by the file that it was rejected in and its row there (`pieces`: compaction changes
neither). It is written before the redrive's file of raw. So one dies in between whose ledger says too much:
the redrive did not happen, and the next removes that ledger. Every older one had its file. A redrive in raw
without a ledger has lost it: numbers alone do not tell, for a rewind takes both away and leaves a gap.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import pyarrow as pa
import pyarrow.parquet as pq

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.batch_files import batch_time_of, with_batch_time
from glue_jobs.core.errors import SourceError
from glue_jobs.core.partitions import partition_folder
from glue_jobs.core.pieces import Redrive, redrive_of
from glue_jobs.core.repair.versions import (
    MANIFEST,
    Values,
    holds_redrives,
    is_data,
    read_manifest,
    versions_folder,
)
from glue_jobs.core.storage import Fence, Storage
from glue_jobs.core.table_hours import open_parquet

_RECORDS = pa.schema([pa.field("file", pa.string(), False), pa.field("row", pa.int64(), False)])

_RAW_HOUR, _HOURS = b"sluice.raw_hour", b"sluice.hours"


@dataclass(frozen=True)
class Ledger:
    """One redrive.

    time      when it was
    raw_hour  the partition of raw that its file was put into
    hours     those in which windows of its events start: they have to be rebuilt
    records   file and row of each rejected record
    """

    redrive: Redrive
    time: datetime
    raw_hour: Values
    hours: tuple[datetime, ...]
    records: Sequence[tuple[str, int]] = field(repr=False)


def ledger_folder(quarantine: TableContract) -> str:
    """Where the ledgers lie, relative to the lake."""
    return f"{quarantine.path}__redriven"


def write_ledger(lake: Storage, quarantine: TableContract, ledger: Ledger, fence: Fence) -> None:
    """Write a ledger, within the fence; OSError where that fails."""
    rows = [{"file": file, "row": row} for file, row in ledger.records]
    timed = with_batch_time(_RECORDS, ledger.time)
    hours = json.dumps([hour.isoformat() for hour in ledger.hours])
    told = {**timed.metadata, _RAW_HOUR: json.dumps(ledger.raw_hour), _HOURS: hours}
    table = pa.Table.from_pylist(rows, _RECORDS.with_metadata(told))
    with lake.new_file(f"{ledger_folder(quarantine)}/{ledger.redrive.ledger_name}", fence) as file:
        pq.write_table(table, file, compression="snappy")


def ledgers_of(lake: Storage, quarantine: TableContract) -> list[Ledger]:
    """All ledgers by their number, also one whose redrive did not happen.

    Raises:
        SourceError: a file is not a whole ledger.
    """
    files = [file.path for file in lake.list_files(ledger_folder(quarantine)) if is_data(file)]
    found = [(redrive, path) for path in files if (redrive := redrive_of(path)) is not None]
    return [_read(lake, redrive, path) for redrive, path in sorted(found, key=lambda one: one[0].number)]


def _read(lake: Storage, redrive: Redrive, path: str) -> Ledger:
    file = open_parquet(lake, path)
    try:
        told, time = file.metadata.metadata, batch_time_of(file.metadata)
        assert time is not None
        records = file.read(columns=_RECORDS.names)
        return Ledger(
            redrive,
            time,
            tuple(json.loads(told[_RAW_HOUR])),
            tuple(datetime.fromisoformat(hour) for hour in json.loads(told[_HOURS])),
            list(zip(records["file"].to_pylist(), records["row"].to_pylist(), strict=True)),
        )
    except (AssertionError, KeyError, ValueError, TypeError) as error:
        raise SourceError(f"{lake.uri}/{path}: it is no ledger of a redrive ({error!r})") from error


def redrives_in(lake: Storage, raw: TableContract) -> set[Redrive]:
    """The redrives of which raw holds records: in the stream's folders, or in versions of its hours.

    Raises:
        UnreadableHour: a version that holds some has no whole manifest.
    """
    names = [file.path for file in lake.list_files(raw.path) if is_data(file)]
    for file in lake.list_files(versions_folder(raw)):
        version, _, name = file.path.rpartition("/")
        if name == MANIFEST and holds_redrives(version):
            names += read_manifest(lake, version).pieces
    return {redrive for name in names if (redrive := redrive_of(name)) is not None}


def lost_ledger(
    quarantine: TableContract, in_raw: Iterable[Redrive], ledgers: Iterable[Ledger]
) -> str | None:
    """What to say of the first redrive whose ledger is gone, in one line; None where each has its own.

    What is in raw has to be looked up first: a redrive under way writes its ledger before its file.
    """
    without = {*in_raw} - {ledger.redrive for ledger in ledgers}
    if not without:
        return None
    lost = min(without, key=lambda redrive: redrive.number)
    return (
        f"{ledger_folder(quarantine)}: the ledger of redrive {lost.number} is gone, and nothing else says "
        "which records it took: they look as if they had not been redriven; put "
        f"{lost.ledger_name} back there, from a backup or from an older version of the object in S3"
    )


def is_appended(lake: Storage, raw: TableContract, ledger: Ledger) -> bool:
    """Whether the records of a ledger are in raw: in its file, or in any version that this has gone into.

    So it is told also while the catalogue has forgotten where the hour lies.

    Raises:
        UnreadableHour: a version of that hour of raw has no whole manifest.
    """
    own, name = partition_folder(raw, ledger.raw_hour), ledger.redrive.file_name
    if any(file.path == f"{own}/{name}" for file in lake.list_files(own)):
        return True
    versions = f"{versions_folder(raw)}{own.removeprefix(raw.path)}"
    manifests = [file.path for file in lake.list_files(versions) if file.path.endswith(f"/{MANIFEST}")]
    return any(name in read_manifest(lake, path.rpartition("/")[0]).pieces for path in manifests)


def appended(lake: Storage, raw: TableContract, ledgers: Sequence[Ledger]) -> list[Ledger]:
    """The ledgers of redrives that happened: all but the last, for which raw is asked."""
    last = [ledger for ledger in ledgers[-1:] if is_appended(lake, raw, ledger)]
    return [*ledgers[:-1], *last]


@dataclass(frozen=True)
class Redriven:
    """What the ledgers say of each rejected record."""

    ledgers: Sequence[Ledger] = ()

    def numbers(self, file: str, first: int, count: int) -> pa.Array:
        """The redrive that took each of `count` rows of a file, from row `first` on: its number, or null."""
        own = self._numbers.get(file)
        if own is None:
            return pa.nulls(count, pa.int64())
        return pa.array([own.get(row) for row in range(first, first + count)], pa.int64())

    def times(self) -> dict[int, datetime]:
        """When each redrive was, by its number."""
        return {ledger.redrive.number: ledger.time for ledger in self.ledgers}

    @cached_property
    def _numbers(self) -> Mapping[str, Mapping[int, int]]:
        numbers: dict[str, dict[int, int]] = {}
        for ledger in self.ledgers:
            for file, row in ledger.records:
                numbers.setdefault(file, {})[row] = ledger.redrive.number
        return numbers


def newest_by_hour(ledgers: Iterable[Ledger]) -> dict[datetime, int]:
    """The newest redrive with events in each hour that has any."""
    newest: dict[datetime, int] = {}
    for ledger in ledgers:
        for hour in ledger.hours:
            newest[hour] = max(newest.get(hour, 0), ledger.redrive.number)
    return newest
