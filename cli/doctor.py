"""`sluice doctor`: what a checkpoint says, whether a job can go on from it, and how to mend or rewind it."""

import argparse
import dataclasses
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cli import doctor_rewind
from glue_jobs.core.checkpoint import window_length
from glue_jobs.core.counted import counted
from glue_jobs.core.errors import OptionError
from glue_jobs.core.redaction import printable

if TYPE_CHECKING:
    from glue_jobs.core.checkpoint_health import Health

_EPILOG = """\
examples:
  sluice doctor file:///tmp/checkpoints/mobile_coverage
  sluice doctor s3://bucket/checkpoints/mobile_coverage --format json
  sluice doctor file:///tmp/checkpoints/mobile_coverage --repair
  sluice doctor file:///tmp/checkpoints/mobile_coverage --rewind 120 --lake_uri file:///tmp/lake
  sluice doctor s3://bucket/checkpoints/mobile_coverage --rewind 2026-11-21T08:00:00Z \\
      --lake_uri s3://bucket/lake --yes

Exit code 0: a job can go on from here. 1: it cannot, there is no checkpoint, or a rewind was declined or
refused. 2: wrong use."""

_MIB = 2**20


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb to the command."""
    parser = verbs.add_parser(
        "doctor",
        help="look at a checkpoint, mend it, or go back to an earlier batch",
        description="Show the progress and the health of a job by its checkpoint; mend it, or go back.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkpoint_uri", metavar="CHECKPOINT", help="the job's --checkpoint_uri")
    parser.add_argument("--format", choices=("table", "json"), default="table", help="default: %(default)s")
    mending = parser.add_mutually_exclusive_group()
    mending.add_argument(
        "--repair",
        action="store_true",
        help="take away entries that were cut short; their batch is run again by the next start",
    )
    mending.add_argument(
        "--rewind",
        metavar="BATCH|TIME",
        help="go back until that batch, or the last one planned by that time, is the last that is done: "
        "what later batches wrote is removed, and their records are read again",
    )
    doctor_rewind.add_arguments(parser)
    parser.set_defaults(verb=doctor)


def doctor(arguments: argparse.Namespace) -> int:
    """Mend or rewind it if asked to, then show what is there."""
    from glue_jobs.core.checkpoint_health import examine, repair
    from glue_jobs.core.lease import checkpoint_errors
    from glue_jobs.core.options import folder_uri

    if arguments.rewind is None and (arguments.lake_uri or arguments.yes):
        raise OptionError("--lake_uri and --yes go with --rewind; give that, too")
    checkpoint_uri = folder_uri(arguments.checkpoint_uri)
    with checkpoint_errors(checkpoint_uri):
        health = examine(checkpoint_uri)  # what is no checkpoint is not mended
    if arguments.repair:
        with checkpoint_errors(checkpoint_uri):
            for path in repair(checkpoint_uri):
                print(f"removed {path}", file=sys.stderr)
            health = examine(checkpoint_uri)
    if arguments.rewind is not None:
        if not doctor_rewind.rewind(arguments, checkpoint_uri):
            return 1
        health = examine(checkpoint_uri)
    if arguments.format == "json":
        print(json.dumps(dataclasses.asdict(health), default=lambda moment: moment.isoformat()))
    else:
        _print(health)
    return 0 if health.well else 1


def _print(health: "Health") -> None:
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    console = Console(highlight=False)
    facts = Table(Column(), Column(overflow="fold"), show_header=False, box=None)
    for name, value in _facts(health).items():
        facts.add_row(f"[bold]{name}[/]", Text(printable(value)))
    console.print(facts)
    shards = health.offsets.get("shards", {})
    if shards:
        table = Table("shard", Column("read up to sequence number", overflow="fold"), "")
        for shard_id, at in sorted(shards.items()):
            told = (shard_id, at["after"] or "its start", "to its end" if at["ended"] else "")
            table.add_row(*(Text(printable(text)) for text in told))
        console.print(table)
    for gap in health.gaps:
        console.print(f"[red]missing[/]: {gap}", soft_wrap=True)
    for damage in health.damaged:
        console.print(f"[red]damaged[/]: {damage.path}; with --repair it is taken away", soft_wrap=True)


def _facts(health: "Health") -> dict[str, str]:
    event = health.definition.get("event", "not told")
    windows = window_length(health.definition)
    return {
        "query": health.query_id,
        "event": event if windows is None else f"{event}, windows of {windows.total_seconds():.0f} seconds",
        "planned": _planned(health),
        "committed": "no batch" if health.committed is None else f"batch {health.committed}",
        "back to": "no batch" if health.oldest is None else f"batch {health.oldest}, with --rewind",
        "watermark": "none yet" if not health.watermark else f"{health.watermark:%Y-%m-%d %H:%M:%S} UTC",
        **({} if health.files_taken is None else {"files taken": f"{health.files_taken:,}"}),
        "source": _source(health),
        "lake": health.definition.get("lake", "not told"),
        "state": f"{health.state_bytes / _MIB:.1f} MiB on disk",
        "writer": health.writer or "nobody",
        "health": _health(health),
    }


def _source(health: "Health") -> str:
    source = health.definition.get("source", {})
    return ", ".join(f"{kind}: {name}" for kind, name in source.items()) or "not told"


def _health(health: "Health") -> str:
    if health.rewinding is not None:
        return f"a rewind to batch {health.rewinding} was interrupted; run the same command again"
    if health.well:
        return "a job can go on from here"
    return (
        "damaged" if health.damaged or health.gaps else "not of a job of this project: it has no definition"
    )


def _planned(health: "Health") -> str:
    if health.planned is None or health.planned_at is None:
        return "no batch"
    age = _in_words((datetime.now(UTC) - health.planned_at).total_seconds())
    again = "" if health.planned == health.committed else "; not committed, so the next start runs it again"
    return f"batch {health.planned} at {health.planned_at:%Y-%m-%d %H:%M:%S} UTC ({age} ago){again}"


def _in_words(seconds: float) -> str:
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return counted(round(seconds), "second")
