"""The hours of a table, and which files a reader finds in each.

A reader through the catalogue finds them where the hour's partition points: in the folder that the stream
writes, or in a version that maintenance made and switched to. Where a lake has no catalogue, the folders of
the stream are all there is.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.catalog import Catalog
from glue_jobs.core.errors import CatalogError, SourceError
from glue_jobs.core.parquet_content import open_content
from glue_jobs.core.partitions import hour_start, partition_folder
from glue_jobs.core.repair.versions import MANIFEST, Manifest, Values, is_data
from glue_jobs.core.storage import Storage, open_storage

Locations: TypeAlias = Mapping[Values, str]
"""Where the catalogue says that each hour lies, as a URI."""


class TakenIn(NamedTuple):
    """The newest batch and redrive (0: none) that have gone into an hour that was made anew from raw."""

    batch: int
    redrive: int


@dataclass(frozen=True)
class Hour:
    """One hour of a table.

    begins    its start, UTC
    place     the folder that readers are sent to
    files     the files there that a reader counts, by their path from the place
    switched  whether that is a version, and not the folder that the stream writes
    """

    begins: datetime
    place: Storage
    files: tuple[str, ...]
    switched: bool = False

    @cached_property
    def manifest(self) -> Manifest | None:
        """That of the version; None in the folder that the stream writes.

        Raises:
            SourceError: it is a version that does not say what it is.
        """
        if not self.switched:
            return None
        try:
            return Manifest.from_json(self.place.read_file(MANIFEST))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SourceError(
                f"{self.place.uri}: a partition lies there, but its {MANIFEST} cannot be read ({error}); "
                f"make the hour anew: `sluice run rebuild-windows --from {self.begins.isoformat()} --to …`"
            ) from error

    @property
    def rebuilt_to(self) -> TakenIn | None:
        """How far it has come, where it was made anew from raw, late records included.

        Raises:
            SourceError: it is a version that does not say what it is.
        """
        if self.manifest is None or self.manifest.definition is None:
            return None
        return TakenIn(self.manifest.batch, self.manifest.redrive)

    @property
    def pieces(self) -> tuple[str, ...]:
        """Of raw and quarantine: the names of the files that it was made of, merged or not.

        Raises:
            SourceError: it is a version that does not say what it is.
        """
        return self.files if self.manifest is None else self.manifest.pieces

    def open_file(self, path: str) -> pq.ParquetFile:
        """One of its files.

        Raises:
            SourceError: it is gone, or not whole.
        """
        return open_parquet(self.place, path)


def open_parquet(place: Storage, path: str) -> pq.ParquetFile:
    """One file below a place.

    Raises:
        SourceError: it is gone, or not whole.
    """
    try:
        return open_content(place.read_file(path))
    except (OSError, pa.ArrowException) as error:
        raise SourceError(f"{place.uri}/{path}: cannot be read as Parquet: {error}") from error


def locations_of(catalog: Catalog, table: TableContract) -> Locations | None:
    """Where every registered hour lies; None where the catalogue does not know the table.

    Raises:
        CatalogError: it cannot be asked.
    """
    try:
        return {values: location.uri for values, location in catalog.locations(table).items()}
    except CatalogError as error:
        if isinstance(error.__cause__, catalog.client.exceptions.EntityNotFoundException):
            return None
        raise


def hours_of(lake_uri: str, table: TableContract, locations: Locations | None) -> list[Hour]:
    """The hours that a reader finds, in order; `locations` None where the lake has no catalogue."""
    found = _stream_files(lake_uri, table)
    return [*_hours(lake_uri, table, found, _own(lake_uri, table, found) if locations is None else locations)]


def all_hours_of(lake_uri: str, table: TableContract, locations: Locations) -> list[Hour]:
    """The same, and the hours that the catalogue does not know yet, in the folders of the stream."""
    found = _stream_files(lake_uri, table)
    return [*_hours(lake_uri, table, found, {**_own(lake_uri, table, found), **locations})]


def _own(lake_uri: str, table: TableContract, hours: Iterable[Values]) -> Locations:
    return {values: _own_place(lake_uri, table, values).uri for values in hours}


def _hours(
    lake_uri: str, table: TableContract, found: Mapping[Values, list[str]], locations: Locations
) -> Iterator[Hour]:
    for values, location in sorted(locations.items()):
        place, own = open_storage(location), _own_place(lake_uri, table, values)
        switched = place.uri != own.uri
        files = _visible(place) if switched else found.get(values, [])
        yield Hour(hour_start(values), place, tuple(sorted(files)), switched)


def not_registered(lake_uri: str, table: TableContract, locations: Locations) -> list[str]:
    """The folders of hours that have files and that no reader through the catalogue finds."""
    missing = _stream_files(lake_uri, table).keys() - locations.keys()
    return [partition_folder(table, values) for values in sorted(missing)]


def _stream_files(lake_uri: str, table: TableContract) -> dict[Values, list[str]]:
    """The visible files of each hour in the stream's own folders, by their path from the hour's."""
    date, hour = table.partitions.fieldNames()
    below = re.compile(rf"{re.escape(table.path)}/{date}=(\d{{4}}-\d\d-\d\d)/{hour}=(\d\d)/(.+)")
    found: dict[Values, list[str]] = defaultdict(list)
    for file in open_storage(lake_uri).list_files(table.path):
        match = below.fullmatch(file.path)
        if match and is_data(file):
            found[match[1], match[2]].append(match[3])
    return found


def _visible(place: Storage) -> Iterator[str]:
    return (file.path for file in place.list_files("") if is_data(file))


def _own_place(lake_uri: str, table: TableContract, values: Values) -> Storage:
    return open_storage(f"{lake_uri}/{partition_folder(table, values)}")
