"""The Glue catalogue of a lake, kept in `<lake>/_catalog/catalog.json` so that it outlives the server.

The file holds what the Glue API was given: `DatabaseInput`, `TableInput` and `PartitionInput`. Locations
within the lake are kept relative to it, so that a lake that is copied or moved takes its catalogue along. Of
an Iceberg table the place of its metadata is kept as it was: they name files by full path, and cannot move.
"""

import re
from typing import Any
from urllib.parse import unquote

import orjson
from moto.glue.models import FakePartition, FakeTable, GlueBackend

from glue_jobs.core.errors import CatalogError
from glue_jobs.core.storage import LocalStorage

PATH = "_catalog/catalog.json"
_VERSION = 1
_LAKE = "lake:"
"""Stands for the lake's URI in the file."""


def save(backend: GlueBackend, lake: LocalStorage) -> None:
    """Write databases, tables and partitions, whole or not at all."""
    content = {"version": _VERSION, "databases": [_database(found) for found in backend.databases.values()]}
    with lake.new_file(PATH) as file:
        file.write(orjson.dumps(_moved(content, lake.uri, _LAKE), option=orjson.OPT_INDENT_2, default=str))


def _moved(content: Any, old: str, new: str) -> Any:
    """The same content, with every location below `old` now below `new`."""
    if isinstance(content, list):
        return [_moved(part, old, new) for part in content]
    if not isinstance(content, dict):
        return content
    moved = {name: _moved(part, old, new) for name, part in content.items()}
    if isinstance(location := content.get("Location"), str):
        moved["Location"] = _moved_location(location, old, new)
    return moved


def _moved_location(location: str, old: str, new: str) -> str:
    plain = re.sub("^file:/(?!/)", "file:///", location)  # Iceberg writes file:/x, and a blank as a blank
    for begin in (old, unquote(old)):
        if f"{plain}/".startswith(f"{begin}/"):
            return new + plain.removeprefix(begin)
    return location


def _database(database: Any) -> dict[str, Any]:
    return {"database": database.input, "tables": [_table(table) for table in database.tables.values()]}


def _table(table: FakeTable) -> dict[str, Any]:
    newest = table.get_version(max(table.versions, key=int))
    partitions = [partition.partition_input for partition in table.partitions.values()]
    return {"table": newest, "partitions": partitions}


def load(backend: GlueBackend, lake: LocalStorage) -> None:
    """Put what `save` wrote into the catalogue; a lake without the file has an empty one.

    Raises:
        CatalogError: the file is not what `save` writes.
    """
    try:
        content = orjson.loads(lake.read_file(PATH))
        if content["version"] != _VERSION:
            raise ValueError(f"version {content['version']}, not {_VERSION}")
        for database in _moved(content["databases"], _LAKE, lake.uri):
            _load_database(backend, database)
    except FileNotFoundError:
        return
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = str(error).splitlines()[0]
        raise CatalogError(
            f"{lake.uri}/{PATH} is damaged ({reason}); remove the file, then `sluice crawl` makes it anew"
        ) from error


def _load_database(backend: GlueBackend, kept: dict[str, Any]) -> None:
    name = kept["database"]["Name"]
    backend.create_database(name, kept["database"])
    for entry in kept["tables"]:
        table = backend.create_table(name, entry["table"]["Name"], entry["table"])
        for partition in entry["partitions"]:
            table.partitions[str(partition["Values"])] = FakePartition(name, table.name, partition)
