"""Whether a lake is there at all: of a mistyped one maintenance would make an empty one, and find nothing."""

from collections.abc import Iterable
from urllib.parse import unquote

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.checkpoint import kept_definition
from glue_jobs.core.errors import OptionError
from glue_jobs.core.lease import checkpoint_errors
from glue_jobs.core.repair.versions import versions_folder
from glue_jobs.core.storage import open_storage


def require_lake(lake_uri: str, checkpoint_uri: str | None, tables: Iterable[TableContract]) -> None:
    """Refuse a place that holds no file of the tables, unless the job of the checkpoint writes there.

    Raises:
        OptionError: with the lake that this job writes, where its checkpoint says which.
    """
    lake = open_storage(lake_uri)
    folders = (folder for table in tables for folder in (table.path, versions_folder(table)))
    if any(True for folder in folders for _ in lake.list_files(folder)):
        return
    written = None if checkpoint_uri is None else _lake_of(checkpoint_uri)
    if written is not None and unquote(written) == unquote(lake_uri):
        return  # the job has begun, and published nothing yet
    other = (
        "the lake of the job" if written is None else f"{written}, which the job of {checkpoint_uri} writes"
    )
    raise OptionError(f"--lake_uri {lake_uri}: no table is there, nothing was made; give {other}")


def _lake_of(checkpoint_uri: str) -> str | None:
    with checkpoint_errors(checkpoint_uri):
        kept = kept_definition(open_storage(checkpoint_uri))
    return None if kept is None or "lake" not in kept else str(kept["lake"])
