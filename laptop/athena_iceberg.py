"""Iceberg tables as Arrow tables: the rows of a snapshot, deleted ones left out; Athena's `$` tables."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from pyiceberg.exceptions import NotInstalledError, ValidationError
from pyiceberg.io import PY_IO_IMPL
from pyiceberg.io.pyarrow import PyArrowFile, PyArrowFileIO
from pyiceberg.table import StaticTable
from pyiceberg.table.inspect import InspectTable

from glue_jobs.core.errors import CatalogError, OptionError, SourceError
from laptop.athena_catalog import local_folder

_BROKEN = (OSError, ValueError, KeyError, ValidationError, NotInstalledError, pa.ArrowException)

_ABOUT: dict[str, Callable[[InspectTable], pa.Table]] = {
    "files": InspectTable.files,
    "history": InspectTable.history,
    "manifests": InspectTable.manifests,
    "partitions": InspectTable.partitions,
    "refs": InspectTable.refs,
    "snapshots": InspectTable.snapshots,
}


class LocalFiles(PyArrowFileIO):
    """Opens files of this machine alone, whatever a table's metadata name."""

    def new_input(self, location: str) -> PyArrowFile:
        local_folder(location)
        return super().new_input(location)


@dataclass(frozen=True)
class AsOf:
    """Which snapshot is asked for: that of a number, or the one that was current at a time."""

    wanted: int | datetime

    def snapshot_of(self, table: StaticTable, name: str) -> int:
        """Its number.

        Raises:
            OptionError: the table has no such snapshot, or no longer.
        """
        if isinstance(self.wanted, int):
            found = table.snapshot_by_id(self.wanted)
        else:
            found = table.snapshot_as_of_timestamp(int(self.wanted.timestamp() * 1000))
        if found is None:
            raise OptionError(f'{name}: {self._missing(table)}; "{name.split(".")[-1]}$snapshots" lists them')
        return found.snapshot_id

    def _missing(self, table: StaticTable) -> str:
        if isinstance(self.wanted, int):
            return f"has no snapshot {self.wanted}"
        history = table.history()
        oldest = datetime.fromtimestamp(history[0].timestamp_ms / 1000, UTC) if history else None
        return f"has no snapshot as old as {self.wanted.isoformat()}, the oldest is of {oldest or 'never'}"


def is_iceberg(found: Any) -> bool:
    """Whether a table of the catalogue is Iceberg."""
    return bool(found.get("Parameters", {}).get("table_type", "").upper() == "ICEBERG")


def iceberg_rows(found: Any, as_of: AsOf | None, mentioned: Collection[str] | None) -> pa.Table:
    """The rows of a table, or of one of its snapshots; of the columns those that are `mentioned` (None: all).

    Raises:
        OptionError: there is no such snapshot.
        SourceError: a file is missing or damaged.
    """
    name = _name(found)
    try:
        table = _opened(found)
        snapshot = None if as_of is None else as_of.snapshot_of(table, name)
        scan = table.scan(snapshot_id=snapshot)
        columns = [field.name for field in scan.projection().fields]
        chosen = [column for column in columns if mentioned is None or column.lower() in mentioned]
        return scan.select(*(chosen or columns[:1])).to_arrow()  # to count rows takes a column, too
    except _BROKEN as error:
        raise SourceError(f"{name}: {error}") from error


def iceberg_facts(found: Any, about: str) -> pa.Table:
    """What `"<table>$<about>"` is in Athena.

    Raises:
        OptionError: there is no such table.
        SourceError: a file is missing or damaged.
    """
    if about not in _ABOUT:
        raise OptionError(
            f"{_name(found)}${about}: no such table; there are: {', '.join(f'${at}' for at in _ABOUT)}"
        )
    try:
        return _ABOUT[about](_opened(found).inspect)
    except _BROKEN as error:
        raise SourceError(f"{_name(found)}: {error}") from error


def _name(found: Any) -> str:
    return f"{found['DatabaseName']}.{found['Name']}"


def _opened(found: Any) -> StaticTable:
    """The table as its newest metadata say.

    Raises:
        CatalogError: it was made in another place: the lake was copied or moved since.
    """
    metadata, place = found["Parameters"]["metadata_location"], found["StorageDescriptor"]["Location"]
    if not local_folder(metadata).is_relative_to(local_folder(place)):
        raise CatalogError(
            f"table {_name(found)}: lies at {place}, but was made at {metadata}, and Iceberg names its files "
            "by their full path: move the lake back, or drop the table and build it anew from raw"
        )
    return StaticTable.from_metadata(metadata, {PY_IO_IMPL: f"{__name__}.{LocalFiles.__name__}"})
