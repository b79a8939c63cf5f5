"""`sluice doctor CHECKPOINT --rewind`: says what going back to a batch takes away, asks, and does it."""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import takewhile
from typing import TYPE_CHECKING

from glue_jobs.core import aws_names
from glue_jobs.core.counted import counted
from glue_jobs.core.errors import OptionError

if TYPE_CHECKING:
    from glue_jobs.core.rewind import Rewind, Target


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What a rewind needs beside `--rewind` itself."""
    rewind = parser.add_argument_group("with --rewind")
    rewind.add_argument("--lake_uri", metavar="URI", help="the lake that the job writes to; required")
    rewind.add_argument("--yes", action="store_true", help="do not ask")
    rewind.add_argument("--region", help="AWS region of the stream (default: that of the environment)")
    rewind.add_argument("--endpoint_url", metavar="URL", help="Kinesis API other than the region's own")


def rewind(arguments: argparse.Namespace, checkpoint_uri: str) -> bool:
    """Go back, once the user agrees; whether that was done.

    Raises:
        OptionError: an argument is missing or not understood, or there is nobody to ask.
        LeaseHeld: a run is writing.
        NotRewindable: it could not be exact.
    """
    from glue_jobs.core.lease import checkpoint_errors, writer_lease
    from glue_jobs.core.options import folder_uri
    from glue_jobs.core.rewind import carry_out, plan_rewind
    from glue_jobs.core.rewind_source import KinesisApi

    if arguments.lake_uri is None:
        raise OptionError("--lake_uri: missing; --rewind needs the lake, to remove what later batches wrote")
    lake_uri, to = folder_uri(arguments.lake_uri), _target(arguments.rewind)
    kinesis = KinesisApi(
        arguments.region and aws_names.region(arguments.region),
        arguments.endpoint_url and aws_names.endpoint_url(arguments.endpoint_url),
    )
    # Held while the user thinks: no job starts meanwhile, and no maintenance replaces an hour.
    with writer_lease(checkpoint_uri) as lease, _no_maintenance(lake_uri):
        _tell(f"looking at {checkpoint_uri} and {lake_uri}")
        with checkpoint_errors(checkpoint_uri):
            planned = plan_rewind(checkpoint_uri, lake_uri, to, kinesis)
        _say(planned)
        if not (arguments.yes or _agreed()):
            _tell("nothing was changed")
            return False
        with _progress(planned.size) as removed:
            carry_out(planned, lease, removed)
    _tell(f"removed {counted(planned.size, 'file')}; the next start goes on after batch {planned.batch}")
    return True


def _no_maintenance(lake_uri: str) -> AbstractContextManager[object]:
    """Keeps maintenance of the lake away; a lake that was mistyped is not made by that."""
    from glue_jobs.core.repair.switch import lake_lease
    from glue_jobs.core.storage import open_storage

    there = any(True for _ in open_storage(lake_uri).list_files(""))
    return lake_lease(lake_uri) if there else nullcontext()


def _target(text: str) -> "Target":
    """A batch's number, or a time in ISO 8601, UTC where it names no offset."""
    from glue_jobs.core.options import utc_time

    if re.fullmatch(r"[0-9]{1,18}", text):
        return int(text)
    try:
        return utc_time(text, "the number of a batch, or a time")
    except OptionError as error:
        raise OptionError(f"--rewind: {error}") from None


def _say(planned: "Rewind") -> None:
    """What it will remove, in counts."""
    _tell(
        f"back to batch {planned.batch}, planned at {planned.planned_at:%Y-%m-%d %H:%M:%S} UTC; "
        f"the newest is batch {planned.newest}"
    )
    _tell(f"from {planned.lake_uri} it removes what later batches wrote:")
    for table, files in sorted(Counter(map(_table, planned.outputs)).items()):
        _tell(f"  {_files(files)} of {table}")
    if not planned.outputs:
        _tell(f"  {_files(0)}")
    _tell(f"from {planned.checkpoint_uri} it removes their progress and state:")
    _tell(f"  {_files(len(planned.entries))} of offsets, commits and sources")
    _tell(f"  {_files(len(planned.state))} of the state")
    _tell("the next start reads their records again; readers miss those batches until then")
    for lost in planned.lost:
        _tell(f"warning: since the rewind began, this was lost and cannot be read again: {lost}")


def _files(count: int) -> str:
    """How many, the numbers of all lines below one another."""
    number, noun = counted(count, "file").split()
    return f"{number:>7} {noun}"


def _table(path: str) -> str:
    """The table's part of a file's path: what comes before its partitions."""
    return "/".join(takewhile(lambda part: "=" not in part, path.split("/")))


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise OptionError("--rewind: there is nobody to ask; look at what it removes, then give --yes")
    print("go on? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


@contextmanager
def _progress(files: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, and nothing elsewhere; what it yields is told how many files are gone."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bars:
        task = bars.add_task("removing files", total=files)
        yield lambda removed: bars.advance(task, removed)


def _tell(text: str) -> None:
    print(text, file=sys.stderr)
