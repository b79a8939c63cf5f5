"""`sluice run`: a job on this machine, with the arguments that Glue would pass it."""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module

from cli.lake import require_local_lake
from cli.lake_reading import parsed
from glue_jobs.core.errors import CatalogError, OptionError, SetupError

JOBS = {
    "mobile-coverage": "glue_jobs.streaming.mobile_coverage",
    "compact": "glue_jobs.batch.compact",
    "rebuild-windows": "glue_jobs.batch.rebuild_windows",
    "orders-raw": "glue_jobs.batch.orders_raw",
    "orders-processed": "glue_jobs.batch.orders_processed",
    "orders-processed-initial-load": "glue_jobs.batch.orders_processed_initial_load",
    "orders-maintenance": "glue_jobs.batch.orders_maintenance",
}
"""The jobs by the name they are run under, and the module whose `main` each is."""

_MAINTENANCE = ("compact", "rebuild-windows")
"""Those that work on a lake with tables of the mobile coverage."""

_MAKES_ITS_LAKE = "mobile-coverage"
"""All others work on a lake that is there."""

_EPILOG = """\
examples:
  sluice run mobile-coverage --help
  sluice run mobile-coverage --source files --source_path file:///tmp/events \\
      --lake_uri file:///tmp/lake --checkpoint_uri file:///tmp/checkpoints --run_mode available_now

jobs: """ + ", ".join(JOBS)


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb to the command."""
    parser = verbs.add_parser(
        "run",
        help="run a job",
        description="Run a job on this machine. What follows its name are the job's own arguments.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("job", metavar="JOB", help="name of the job")
    parser.add_argument(
        "arguments", metavar="--key value", nargs=argparse.REMAINDER, help="the job's arguments"
    )
    parser.set_defaults(verb=run)


def run(arguments: argparse.Namespace) -> int:
    """Check the machine, open the lake's catalogue, hand over to the job."""
    if arguments.job not in JOBS:
        raise OptionError(f"unknown job {arguments.job!r}; there are: {', '.join(JOBS)}")
    main: Callable[[Sequence[str]], None] = import_module(JOBS[arguments.job]).main
    argv = [f"sluice run {arguments.job}", *arguments.arguments]
    if {"-h", "--help"} & set(argv):
        main(argv)
        return 0
    if arguments.job in _MAINTENANCE:
        _require_lake(arguments.arguments)
    elif arguments.job != _MAKES_ITS_LAKE:
        _require_folder(option(arguments.arguments, "--lake_uri"))
    require_machine()
    with catalogue_of(option(arguments.arguments, "--lake_uri")):
        main(argv)
    return 0


def _require_lake(arguments: Sequence[str]) -> None:
    """Refuse a lake that is not there before a catalogue is made in it; a missing option is for the job."""
    from glue_jobs.contracts.mobile_coverage import TABLES
    from glue_jobs.core.lake_there import require_lake
    from glue_jobs.core.options import folder_uri

    lake_uri, checkpoint_uri = (
        None if (text := option(arguments, name)) is None else parsed(name, folder_uri, text)
        for name in ("--lake_uri", "--checkpoint_uri")
    )
    if lake_uri is not None:
        require_lake(lake_uri, checkpoint_uri, TABLES)


def _require_folder(lake_uri: str | None) -> None:
    """Refuse a folder that is not there; what is missing or not understood is for the job."""
    if lake_uri is not None and lake_uri.startswith("file:///"):
        require_local_lake(lake_uri, "")


def require_machine() -> None:
    """Refuse a machine on which no job runs.

    Raises:
        SetupError: another Python than the jobs', or no Java.
    """
    from laptop.java import require_java

    if sys.version_info[:2] not in ((3, 13), (3, 11)):
        raise SetupError(
            f"this is Python {platform.python_version()}, the jobs need 3.13 (Glue 6.0) or 3.11 (Glue 5.1); "
            "run `make setup` anew"
        )
    require_java()


def option(arguments: Sequence[str], key: str) -> str | None:
    """The value of `--key value` or `--key=value`, the last where it is given twice; None where it is not."""
    value = None
    for position, argument in enumerate(arguments):
        if argument == key and position + 1 < len(arguments):
            value = arguments[position + 1]
        elif argument.startswith(f"{key}="):
            value = argument.removeprefix(f"{key}=")
    return value


@contextmanager
def catalogue_of(lake_uri: str | None) -> Iterator[None]:
    """The catalogue of a lake on this machine, so that the job can register what it writes.

    A lake on S3 has its catalogue on AWS, and so has whoever names one in AWS_ENDPOINT_URL_GLUE. A lake
    that is not understood is left to the job, which says so better.
    """
    on_this_machine = lake_uri is not None and lake_uri.startswith("file:///")
    if lake_uri is None or not on_this_machine or "AWS_ENDPOINT_URL_GLUE" in os.environ:
        yield
        return
    from laptop.embedded_aws import embedded_aws

    with embedded_aws(lake_uri) as aws:
        before = dict(os.environ)
        os.environ.update(_missing_settings(aws.environment))
        os.environ["AWS_ENDPOINT_URL_GLUE"] = aws.endpoint_url
        try:
            yield
        except CatalogError as error:
            if "Connection refused" not in str(error):
                raise
            raise CatalogError(
                f"{error}; the command that began this lake's embedded catalogue has ended; run this again"
            ) from error
        finally:
            os.environ.clear()
            os.environ.update(before)


def _missing_settings(embedded: Mapping[str, str]) -> dict[str, str]:
    """Credentials and region where the user has none anywhere; the user's own are for the real stream."""
    import boto3

    session = boto3.Session()
    missing = ["AWS_REGION", "AWS_DEFAULT_REGION"] if not session.region_name else []
    if session.get_credentials() is None:
        missing += ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
    return {name: embedded[name] for name in missing}
