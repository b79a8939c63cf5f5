"""What verbs that read the tables of a lake have in common: which lake, which hours, which catalogue."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from cli.glue_client import glue_client
from cli.lake import add_lake_argument, require_local_lake
from glue_jobs.core.errors import OptionError
from glue_jobs.core.storage import LocalStorage, open_storage

if TYPE_CHECKING:
    from glue_jobs.core.catalog import Catalog
    from glue_jobs.core.hours import Range

T = TypeVar("T")

_KEPT = "_catalog/catalog.json"
"""Where a lake on this machine keeps its catalogue (`laptop.catalog_file`)."""


def add_reading_arguments(parser: argparse.ArgumentParser, begin: str) -> None:
    """Which lake, which catalogue, and `--from` and `--to`; `begin` says what the first is about."""
    add_lake_argument(parser)
    parser.add_argument("--from", dest="begin", metavar="TIME", help=f"{begin}; UTC")
    parser.add_argument("--to", dest="end", metavar="TIME", help="and before this time; UTC")
    parser.add_argument("--region", help="AWS region of the catalogue (default: that of the environment)")


def add_folders_argument(parser: argparse.ArgumentParser) -> None:
    """`--folders`, for verbs that can do without a catalogue."""
    parser.add_argument(
        "--folders",
        action="store_true",
        help="read the folders that the stream writes, for a lake that no catalogue knows",
    )


def time_range(arguments: argparse.Namespace) -> "Range":
    """What `--from` and `--to` say."""
    from glue_jobs.core.hours import Range
    from glue_jobs.core.options import utc_time

    begin, end = (
        None if text is None else parsed(name, utc_time, text)
        for name, text in (("--from", arguments.begin), ("--to", arguments.end))
    )
    return Range(begin, end)


def parsed(name: str, parse: Callable[[str], T], text: str) -> T:
    """The value of an argument; an error names it."""
    try:
        return parse(text)
    except OptionError as error:
        raise OptionError(f"{name}: {error}") from None


@contextmanager
def lake_catalog(lake_uri: str, arguments: argparse.Namespace) -> "Iterator[Catalog | None]":
    """The catalogue that readers of the lake ask; None where it has none, or shall not be asked.

    Raises:
        OptionError: there is no such folder on this machine.
        CatalogError: the catalogue of AWS cannot be asked.
    """
    from glue_jobs.core.catalog import Catalog, open_catalog

    lake = open_storage(lake_uri)
    if not isinstance(lake, LocalStorage):
        yield None if arguments.folders else open_catalog(lake_uri, arguments.region)
        return
    require_local_lake(lake_uri, "")
    if arguments.folders or not (lake.root / _KEPT).exists():
        yield None
        return
    with glue_client(lake_uri) as client:
        yield Catalog(lake_uri, client)
