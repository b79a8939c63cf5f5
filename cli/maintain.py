"""`sluice maintain`: what the schedules do on AWS, done for a lake from here."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cli.lake import DEFAULT_CHECKPOINT, add_lake_argument, require_local_lake
from cli.lake_reading import parsed
from cli.maintain_summary import Summary, print_summary
from cli.told_events import EventLines
from glue_jobs.core.errors import SluiceError

if TYPE_CHECKING:
    from datetime import timedelta

    from glue_jobs.batch.schedules import Schedule

_EPILOG = """\
examples:
  sluice maintain
  sluice maintain --dry_run
  sluice maintain --every '1 hour' --lake_uri file:///data/lake \\
      --checkpoint_uri file:///data/checkpoints/mobile_coverage

Makes closed hours with late records anew, merges the small files of closed hours, and removes what was
replaced more than --grace ago. The stream may run meanwhile. Ctrl-C, or a crash, leaves each hour as it stood
or as it shall be; the same again goes on."""


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb to the command."""
    parser = verbs.add_parser(
        "maintain",
        help="take late records in, merge small files, remove what was replaced",
        description="Do what the schedules of the batch jobs do on AWS.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_lake_argument(parser)
    parser.add_argument(
        "--checkpoint_uri",
        metavar="URI",
        default=DEFAULT_CHECKPOINT,
        help="that of the job that writes the lake (default: the demo's)",
    )
    parser.add_argument("--every", metavar="DURATION", help="again and again, until Ctrl-C")
    parser.add_argument("--dry_run", action="store_true", help="say what there is to do, and change nothing")
    parser.add_argument(
        "--watermark", metavar="DURATION", help="the stream's, if it runs with another than usual"
    )
    parser.add_argument(
        "--grace", metavar="DURATION", help="how long replaced files stay (default: the schedule's)"
    )
    parser.add_argument("--region", help="AWS region of the catalogue (default: that of the environment)")
    parser.add_argument("--format", choices=("table", "json"), default="table", help="default: %(default)s")
    parser.set_defaults(verb=maintain)


def maintain(arguments: argparse.Namespace) -> int:
    """One pass, or one after the other."""
    from cli.run import catalogue_of, require_machine
    from glue_jobs.contracts.mobile_coverage import TABLES
    from glue_jobs.core.lake_there import require_lake
    from glue_jobs.core.options import duration, folder_uri, positive_duration

    for name, parse in (
        ("lake_uri", folder_uri),
        ("checkpoint_uri", folder_uri),
        ("every", positive_duration),
        ("watermark", positive_duration),
        ("grace", duration),
    ):
        if (text := getattr(arguments, name)) is not None:
            parsed(f"--{name}", parse, text)  # before anything is done: the jobs read them once more
    if arguments.lake_uri.startswith("file:"):
        require_local_lake(arguments.lake_uri, "")
    require_lake(arguments.lake_uri, arguments.checkpoint_uri, TABLES)
    require_machine()
    with catalogue_of(arguments.lake_uri):
        if arguments.dry_run:
            _plan(arguments)
        elif arguments.every is None:
            one_pass(arguments)
        else:
            repeat(lambda: one_pass(arguments), duration(arguments.every))
    return 0


def repeat(act: Callable[[], None], every: "timedelta", wait: Callable[[float], None] = time.sleep) -> None:
    """Act, wait, and so on; what one pass fails of is said, and the next one tries again."""
    while True:
        try:
            act()
        except SluiceError as error:
            print(f"sluice: {error}", file=sys.stderr)
        wait(every.total_seconds())


def one_pass(arguments: argparse.Namespace) -> None:
    """Run every scheduled job once, and say what was done, also where one fails or is interrupted."""
    from rich.console import Console

    from glue_jobs.batch.schedules import SCHEDULES

    summary, failures = Summary(), list[SluiceError]()
    try:
        with Console(stderr=True).status("") as status:
            for schedule in SCHEDULES:
                status.update(schedule.description)
                try:
                    _run(schedule, arguments, summary, status.update)
                except SluiceError as error:
                    failures.append(error)  # the jobs do not need one another
    except BaseException:
        if summary.changed:
            _show(arguments, summary)
        raise
    if summary.changed or not failures:
        _show(arguments, summary)
    for failure in failures[:-1]:
        print(f"sluice: {failure}", file=sys.stderr)
    if failures:
        raise failures[-1]


def _show(arguments: argparse.Namespace, summary: Summary) -> None:
    if arguments.format == "json":
        print(json.dumps(summary.as_json()), flush=True)
    else:
        print_summary(summary)


def _run(
    schedule: "Schedule", arguments: argparse.Namespace, summary: Summary, show: Callable[[str], None]
) -> None:
    def take(event: dict[str, Any]) -> None:
        summary.take(event)
        if "hour" in event:
            show(f"{event['event'].replace('_', ' ')}: {event.get('table', '')} {' '.join(event['hour'])}")

    began = time.monotonic()
    with redirect_stdout(EventLines(take)):
        import_module(schedule.module).main(
            [f"sluice maintain: {schedule.job}", *_options(schedule, arguments)]
        )
    summary.seconds[schedule.job] = round(time.monotonic() - began, 1)


def _options(schedule: "Schedule", arguments: argparse.Namespace) -> Sequence[str]:
    """The schedule's own, where the lake is, and what was given here of those that its job takes."""
    from glue_jobs.batch.schedules import COMPACT, REBUILD

    given = {"region": arguments.region}
    given |= {"watermark": arguments.watermark} if schedule is REBUILD else {}
    given |= {"grace": arguments.grace} if schedule is COMPACT else {}
    where = {"lake_uri": arguments.lake_uri, "checkpoint_uri": arguments.checkpoint_uri}
    options = {
        **where,
        **schedule.arguments,
        **{name: text for name, text in given.items() if text is not None},
    }
    return [text for name, value in options.items() for text in (f"--{name}", value)]


def _plan(arguments: argparse.Namespace) -> None:
    """Say what there is to do."""
    from cli.maintain_plan import plan_of, print_plan
    from glue_jobs.batch.schedules import REBUILD
    from glue_jobs.contracts.mobile_coverage import EVENT
    from glue_jobs.core.catalog import open_catalog
    from glue_jobs.core.options import duration

    catalog = open_catalog(arguments.lake_uri, arguments.region)
    watermark = EVENT.watermark if arguments.watermark is None else duration(arguments.watermark)
    within = duration(REBUILD.arguments["ingested_within"])
    plan = plan_of(catalog, arguments.checkpoint_uri, watermark, within)
    if arguments.format == "json":
        print(json.dumps(plan.as_json()))
    else:
        print_plan(plan)
