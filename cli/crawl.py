"""`sluice crawl`: register tables and partitions in the catalogue, and report drift from the contract."""

import argparse

from cli.glue_client import glue_client
from cli.lake import add_lake_argument, require_local_lake
from glue_jobs.core.errors import OptionError
from glue_jobs.core.redaction import printable
from glue_jobs.core.storage import LocalStorage, open_storage

_EPILOG = """\
examples:
  sluice crawl
  sluice crawl crawler_status_count --lake_uri file:///tmp/lake

Reads the footers of the lake's Parquet files. Exit code 1 where a file is not as the contract says."""


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb to the command."""
    parser = verbs.add_parser(
        "crawl",
        help="register tables and partitions, report drift",
        description="Register the lake's tables and partitions in its catalogue, and report drift.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "names", metavar="NAME", nargs="*", help="crawlers to run (default: all of the databases in the lake)"
    )
    add_lake_argument(parser)
    parser.set_defaults(verb=crawl)


def crawl(arguments: argparse.Namespace) -> int:
    """Run the crawlers named, or those of the databases that the lake has a table of."""
    from crawlers.definitions import CRAWLERS
    from laptop import crawler

    for name in arguments.names:
        if name not in CRAWLERS:
            raise OptionError(f"unknown crawler {name!r}; there are: {', '.join(CRAWLERS)}")
    lake_uri = require_local_lake(arguments.lake_uri, "on AWS start the crawler of the same name")
    with glue_client(lake_uri) as client:
        names = arguments.names or _of_lake(lake_uri)
        reports = [crawler.crawl(CRAWLERS[name], lake_uri, client) for name in names]
    for report in reports:
        print(report.summary())
        for drift in report.drift:
            print(f"  drift: {printable(str(drift))}")
    return 0 if all(report.clean for report in reports) else 1


def _of_lake(lake_uri: str) -> list[str]:
    """The crawlers of the databases of which a table's folder is there; all where there is none."""
    from crawlers.definitions import CRAWLERS

    lake = open_storage(lake_uri)
    assert isinstance(lake, LocalStorage)
    there = {crawler.database for crawler in CRAWLERS.values() if (lake.root / crawler.path).is_dir()}
    return [name for name, crawler in CRAWLERS.items() if not there or crawler.database in there]
