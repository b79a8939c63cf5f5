"""`sluice query`: Athena's SQL over the tables of a lake on this machine."""

import argparse
import re

from cli.glue_client import glue_client
from cli.lake import add_lake_argument, require_local_lake
from glue_jobs.core.errors import OptionError

_DATABASE = "mobile_network_aggregations"
_EPILOG = """\
examples:
  sluice query "SELECT operator, avg(average_signal) FROM signal_strength_by_operator GROUP BY 1"
  sluice query "SHOW TABLES"
  sluice query "SELECT * FROM status_count LIMIT 10" --format csv > status.csv"""


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb to the command."""
    parser = verbs.add_parser(
        "query",
        help="run Athena SQL over the lake",
        description="Run one reading statement in Athena's SQL over the lake. Times are UTC.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("sql", metavar="SQL", help="SELECT, SHOW TABLES, SHOW PARTITIONS or DESCRIBE")
    add_lake_argument(parser)
    parser.add_argument(
        "--database",
        metavar="NAME",
        default=_DATABASE,
        help="where tables named without a database are looked up (default: %(default)s)",
    )
    parser.add_argument(
        "--format", choices=("table", "csv", "json"), default="table", help="default: %(default)s"
    )
    parser.set_defaults(verb=query)


def query(arguments: argparse.Namespace) -> int:
    """Run the statement and print its answer."""
    if not re.fullmatch(r"\w+", arguments.database):
        raise OptionError(f"--database: got {arguments.database!r}; give a name of letters, digits and _")
    lake_uri = require_local_lake(arguments.lake_uri, "on AWS ask Athena")

    from cli import result_formats
    from laptop.athena import run_query

    with glue_client(lake_uri) as client:
        result = run_query(arguments.sql, arguments.database, client)
    result_formats.FORMATS[arguments.format](result)
    return 0
