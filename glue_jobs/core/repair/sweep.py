"""Removing what nobody reads any more: what was replaced, and what a crash has left of a version.

A file goes when three things hold: what stands for its hour covers it, no partition lies at it, and it and
the last switch of the hour are older than the grace time. That is longer than a query takes that has asked
the catalogue before the switch, and than a task that was given up lives and may publish once more. What the
sweep cannot account for it leaves, and says so. It may die anywhere: the next one goes on.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.catalog import Location
from glue_jobs.core.errors import SinkError
from glue_jobs.core.partitions import partition_folder, partition_values
from glue_jobs.core.repair.switch import Maintenance
from glue_jobs.core.repair.versions import (
    MANIFEST,
    Manifest,
    UnreadableHour,
    Values,
    folder_at,
    read_manifest,
    versions_folder,
)
from glue_jobs.core.storage import Storage, StoredFile

GRACE = timedelta(hours=1)

_AT_ONCE = 100
"""Files removed between two looks at the lease."""


@dataclass(frozen=True)
class Swept:
    """What was removed of one hour (paths from the lake), and what was left that nobody can account for."""

    table: str
    hour: Values
    removed: tuple[str, ...]
    bytes: int
    left: tuple[str, ...]


def sweep(place: Maintenance, tables: Iterable[TableContract], grace: timedelta = GRACE) -> Iterator[Swept]:
    """Sweep every hour of the tables; gives those of which something was removed or cannot be accounted for.

    Raises:
        SinkError: a file cannot be removed, or another maintenance has taken over.
        CatalogError: the catalogue refuses.
    """
    for table in tables:
        locations = place.catalog.locations(table)
        with _sink_errors(place.lake_uri):
            hours = _hours(place.lake, table)
        for values, files in sorted(hours.items()):
            yield from _sweep_hour(
                place, _Hour(place.lake, table, values, locations.get(values), files), grace
            )


def _sweep_hour(place: Maintenance, hour: "_Hour", grace: timedelta) -> Iterator[Swept]:
    with _sink_errors(place.lake_uri):
        removable = hour.removable(place.now() - grace)
        if removable and place.catalog.location(hour.table, hour.values) != hour.location:
            return  # somebody has switched it since: the next sweep sees how it stands then
        for first in range(0, len(removable), _AT_ONCE):
            with place.fence():
                place.lake.delete_files([file.path for file in removable[first : first + _AT_ONCE]])
    if removable or hour.left:
        paths = tuple(file.path for file in removable)
        size = sum(file.size for file in removable)
        yield Swept(hour.table.name, hour.values, paths, size, tuple(hour.left))


def _hours(lake: Storage, table: TableContract) -> dict[Values, list[StoredFile]]:
    """The files of each hour: those in the stream's folder and those of all versions, drafts too."""
    hours: dict[Values, list[StoredFile]] = defaultdict(list)
    for folder in (table.path, versions_folder(table)):
        for file in lake.list_files(folder):
            steps = file.path.removeprefix(f"{folder}/").split("/")[:-1]
            values = partition_values(table, steps)
            if values is not None:
                hours[values].append(file)
    return hours


@dataclass
class _Hour:
    """One hour of a table, where its partition lies, and all its files."""

    lake: Storage
    table: TableContract
    values: Values
    location: Location | None
    files: Sequence[StoredFile]
    left: list[str] = field(default_factory=list)

    def removable(self, before: datetime) -> list[StoredFile]:
        """What nobody reads and nobody has touched since; fills `left`."""
        try:
            return list(self._removable(before))
        except UnreadableHour as error:
            self.left = [str(error)]
            return []

    def _removable(self, before: datetime) -> Iterator[StoredFile]:
        others = [one for one in self._versions.items() if one[0] != self._standing_folder]
        replaced = self._stream_files if self._in_version else []
        if not (others or replaced) or self._switched_at > before:
            return
        if self._standing is not None:
            self._refuse_parts(self._standing)
        for folder, files in others:
            if self._is_over(folder, files):
                yield from _all_if_older(files, before)
        for file in replaced:
            if self._standing is not None and self._standing.covers(file.path):
                yield from _all_if_older([file], before)
            else:
                self.left.append(f"{file.path}: it has not gone into the version that stands")

    @cached_property
    def _stream_files(self) -> list[StoredFile]:
        return [file for file in self.files if file.path.startswith(f"{self.table.path}/")]

    @cached_property
    def _versions(self) -> dict[str, list[StoredFile]]:
        """The files of each version, by its folder."""
        versions: dict[str, list[StoredFile]] = defaultdict(list)
        for file in self.files:
            if not file.path.startswith(f"{self.table.path}/"):
                versions[file.path.rpartition("/")[0]].append(file)
        return versions

    @cached_property
    def _standing_folder(self) -> str | None:
        return None if self.location is None else folder_at(self.lake, self.location)

    @cached_property
    def _standing(self) -> Manifest | None:
        """The manifest of the version that stands; None where the hour stands in the stream's folder."""
        return read_manifest(self.lake, str(self._standing_folder)) if self._in_version else None

    @property
    def _in_version(self) -> bool:
        return self._standing_folder not in (None, partition_folder(self.table, self.values))

    def _refuse_parts(self, standing: Manifest) -> None:
        """Remove nothing of an hour whose version is not whole: what it replaced may be needed."""
        sizes = {file.path: file.size for file in self.files}
        for file in standing.files:
            if sizes.get(file.path) != file.bytes:
                raise UnreadableHour(f"{file.path}: it is gone or cut short; rebuild the hour")

    def _is_over(self, folder: str, files: Sequence[StoredFile]) -> bool:
        """Whether a version that does not stand can go without a row being lost."""
        if not any(file.path == f"{folder}/{MANIFEST}" for file in files):
            return True  # it never was whole, so it never stood
        manifest = read_manifest(self.lake, folder)
        if self._standing is not None and self._standing.made_at >= manifest.made_at:
            return True
        there = {file.path for file in self.files}
        if manifest.replaces and all(file.path in there for file in manifest.replaces):
            return True  # it never stood, or was taken back
        self.left.append(f"{folder}: no partition lies there, but what it replaced is gone")
        return False

    @property
    def _switched_at(self) -> datetime:
        """When the hour was switched to what stands; long ago, where that is the stream's folder."""
        if self.location is not None and self.location.switched_at is not None:
            return self.location.switched_at
        return datetime.fromtimestamp(0, UTC) if self._standing is None else self._standing.made_at


def _all_if_older(files: Sequence[StoredFile], before: datetime) -> Sequence[StoredFile]:
    """The files, if the newest of them is older."""
    return files if max(file.modified for file in files) <= before.timestamp() else ()


@contextmanager
def _sink_errors(place: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SinkError(f"the sweep of {place} was interrupted: {error}; run it again") from error
