"""Which lake a verb works on."""

import argparse
from pathlib import Path

from glue_jobs.core.errors import OptionError
from glue_jobs.core.storage import LocalStorage, open_storage

PROJECT = Path(__file__).resolve().parent.parent
DEFAULT_LAKE = (PROJECT / "var" / "lake").as_uri()
"""The lake that the demo leaves."""
DEFAULT_CHECKPOINT = (PROJECT / "var" / "checkpoints" / "mobile_coverage").as_uri()
"""The checkpoint of its job."""


def add_lake_argument(parser: argparse.ArgumentParser) -> None:
    """`--lake_uri`, the demo's lake by default."""
    parser.add_argument(
        "--lake_uri",
        metavar="URI",
        default=DEFAULT_LAKE,
        help="folder of the lake as file:///absolute/path (default: the demo's, var/lake of the project)",
    )


def require_local_lake(lake_uri: str, on_aws: str) -> str:
    """The URI, once it is certain that it is a folder here. `on_aws` says what to do about a lake on S3.

    Raises:
        OptionError: the lake is on S3, or there is no such folder.
    """
    lake = open_storage(lake_uri)
    if not isinstance(lake, LocalStorage):
        raise OptionError(f"--lake_uri {lake_uri}: reads lakes on this machine only; {on_aws}")
    if not lake.root.is_dir():
        raise OptionError(
            f"--lake_uri {lake_uri}: no such folder; name another lake, or make one: `make demo`, "
            "`make demo-orders`"
        )
    return lake.uri
