"""Hours whose partition a lost catalogue has forgotten: they lie in a version, and no reader is sent there.

The catalogue alone says which version of an hour stands. When it is lost, crawlers register what they find in
the stream's folders; the sweep has emptied some of these, so that their hours are gone or hold a part of
their rows. The newest version that is whole has all of them: it was made of what stood before it.

An hour is left as it stands where the stream's folder still holds all that its newest version replaced. So it
looks where a maintenance died before its switch, and there nothing is missing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.catalog import Location
from glue_jobs.core.partitions import partition_folder, partition_values
from glue_jobs.core.repair.switch import Maintenance
from glue_jobs.core.repair.versions import (
    MANIFEST,
    Manifest,
    UnreadableHour,
    Values,
    read_manifest,
    versions_folder,
)
from glue_jobs.core.storage import Storage, StoredFile
from glue_jobs.core.table_hours import Locations, locations_of


@dataclass(frozen=True)
class LostHour:
    """An hour that readers are not sent to: its newest whole version, and where it lies now, if anywhere."""

    table: TableContract
    values: Values
    version: str
    lies_at: str | None


@dataclass(frozen=True)
class Restored:
    """An hour that readers get again: the folder of its version, relative to the lake."""

    table: str
    hour: Values
    version: str


def restore_locations(place: Maintenance, tables: Iterable[TableContract]) -> Iterator[Restored]:
    """Switch every lost hour to its newest whole version; gives each when it is done.

    Raises:
        SinkError: another maintenance has taken over.
        CatalogError: the catalogue refuses, or somebody else has switched an hour.
    """
    for table in tables:
        known = locations_of(place.catalog, table)
        for lost in lost_hours(place.lake, table, known or {}):
            if known is None:
                place.catalog.ensure_table(table)
            with place.fence():
                lies = place.catalog.location(table, lost.values)
                if (lies and lies.uri) != lost.lies_at:
                    continue  # the stream has registered it since: the next run looks again
                there = Location(f"{place.lake.uri}/{lost.version}/", switched_at=place.now())
                place.catalog.switch(table, lost.values, lies, there)
            yield Restored(table.name, lost.values, lost.version)


def lost_hours(lake: Storage, table: TableContract, known: Locations) -> Iterator[LostHour]:
    """The hours of a table that lie in a version and are not `known` to, in order."""
    for values, folders in sorted(_versions(lake, table).items()):
        lies_at = known.get(values)
        own = partition_folder(table, values)
        if lies_at is not None and lies_at.rstrip("/") != f"{lake.uri}/{own}":
            continue
        whole = {folder: found for folder, files in folders.items() if (found := _whole(lake, folder, files))}
        if not whole:
            continue
        newest = max(whole, key=lambda folder: (whole[folder].made_at, folder))
        if lies_at is None or not _holds(lake, own, whole[newest]):
            yield LostHour(table, values, newest, lies_at)


def _versions(lake: Storage, table: TableContract) -> dict[Values, dict[str, list[StoredFile]]]:
    """Hour → folder of each of its versions → the files there."""
    root = versions_folder(table)
    hours: dict[Values, dict[str, list[StoredFile]]] = defaultdict(lambda: defaultdict(list))
    for file in lake.list_files(root):
        folder = file.path.rpartition("/")[0]
        values = partition_values(table, folder.removeprefix(f"{root}/").split("/")[:-1])
        if values is not None:
            hours[values][folder].append(file)
    return hours


def _whole(lake: Storage, folder: str, files: Sequence[StoredFile]) -> Manifest | None:
    """The manifest of a version of which nothing is missing."""
    sizes = {file.path: file.size for file in files}
    if f"{folder}/{MANIFEST}" not in sizes:
        return None
    try:
        manifest = read_manifest(lake, folder)
    except UnreadableHour:
        return None
    return manifest if all(sizes.get(file.path) == file.bytes for file in manifest.files) else None


def _holds(lake: Storage, folder: str, version: Manifest) -> bool:
    """Whether the files that the version replaced are all in the folder."""
    there = {file.path for file in lake.list_files(folder)}
    return bool(version.replaces) and all(file.path in there for file in version.replaces)
