"""`sluice demo`: the whole pipeline on this machine."""

import argparse
import signal
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from cli.demo_orders import demo_orders
from cli.lake import PROJECT
from glue_jobs.core.errors import OptionError
from glue_jobs.core.redaction import printable

if TYPE_CHECKING:
    from rich.console import Console

    from laptop.demo import DemoResult
    from laptop.demo_display import Display

_EPILOG = """\
examples:
  sluice demo
  sluice demo orders
  sluice demo mobile-coverage --generate 5000 --folder /tmp/demo

mobile-coverage: producer, Kinesis, streaming job, crawlers, Athena SQL, audit
orders:          producer, Firehose, jobs to raw and processed zones, Iceberg, Athena SQL and views

Exit code 0 only if every record sent is accounted for."""

_MOBILE_COVERAGE, _ORDERS = "mobile-coverage", "orders"
_FOLDERS = {_MOBILE_COVERAGE: PROJECT / "var", _ORDERS: PROJECT / "var" / "orders"}

_NEXT_QUERIES = (
    "SELECT operator, sum(record_count) AS signals FROM signal_strength_by_operator GROUP BY operator",
    "SELECT reason, field, count(*) AS records FROM quarantine_mobile_coverage GROUP BY reason, field",
)


def main(argv: Sequence[str]) -> int:
    """Run a demo, show what came out; 0 if every record is accounted for, else 1."""
    options = _parser().parse_args(argv)
    if not 1 <= options.generate <= 1_000_000:
        raise OptionError(f"--generate: got {options.generate}; give a number from 1 to 1000000")
    from laptop.java import require_java

    require_java()
    from rich.console import Console

    from laptop.demo_display import Display

    for number in (signal.SIGTERM, signal.SIGHUP):  # like Ctrl-C: end what was started, then go
        signal.signal(number, _interrupt)
    console = Console()
    display = Display(console)
    folder: Path = (options.folder or _FOLDERS[options.pipeline]).resolve()
    run = demo_orders if options.pipeline == _ORDERS else _mobile_coverage
    try:
        return 0 if run(console, display, folder, options.generate) else 1
    finally:
        display.close()


def _mobile_coverage(console: "Console", display: "Display", folder: Path, generate: int) -> bool:
    from cli.result_formats import print_answers
    from laptop.demo import DemoFolder, run_demo

    result = run_demo(DemoFolder(folder), generate, display)
    print_answers(console, result.answers)
    _print_drift(console, [str(drift) for report in result.reports for drift in report.drift])
    _print_accounts(console, result)
    _print_what_next(console, folder)
    return result.balanced and all(report.clean for report in result.reports)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sluice demo",
        description="Run a pipeline from end to end on this machine. Takes one to two minutes.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "pipeline", nargs="?", choices=_FOLDERS, default=_MOBILE_COVERAGE, help="which one (%(default)s)"
    )
    parser.add_argument(
        "--generate", metavar="N", type=int, default=20_000, help="events to make (%(default)s)"
    )
    parser.add_argument(
        "--folder", metavar="DIR", type=Path, help="where the lake is left (var/, of the orders var/orders/)"
    )
    return parser


def _print_drift(console: "Console", drift: list[str]) -> None:
    from rich.markup import escape

    for line in drift:
        console.print(f"[red]drift[/] {escape(printable(line))}", highlight=False)


def _print_accounts(console: "Console", result: "DemoResult") -> None:
    from rich.markup import escape
    from rich.table import Table

    audit, total = result.audit, result.audit["total"]
    table = Table(title="\nEvery record sent, and where it is", title_justify="left", title_style="bold")
    table.add_column("term")
    table.add_column("records", justify="right")
    table.add_column("counted from")
    for term, count, place in (
        ("sent", result.sent, "acknowledgements of the producer"),
        ("published", total["published"], "rows of status_count"),
        ("open", total["open"], "windows in the state store"),
        ("late", total["late"], "raw, after their window was closed"),
        ("rejected", audit["rejected"], "rows of the quarantine"),
    ):
        table.add_row(term, f"{count:,}", place)
    console.print(table)
    held = total["published"] + total["open"] + total["late"] + audit["rejected"]
    if result.balanced:
        console.print(f"[green]✓[/] {result.sent:,} sent = {held:,} accounted for", highlight=False)
        return
    console.print(
        f"[red]✗[/] {result.sent:,} sent, {audit['raw']:,} in raw, {held:,} accounted for; "
        f"{total['missing']:,} missing, {total['double']:,} counted twice",
        highlight=False,
    )
    for finding in audit["findings"]:
        console.print(f"[red]![/] {escape(printable(finding))}", highlight=False, soft_wrap=True)


def _print_what_next(console: "Console", folder: Path) -> None:
    here = "" if folder == PROJECT / "var" else f" --lake_uri {(folder / 'lake').as_uri()}"
    console.print(f"\nThe lake is in {folder / 'lake'}. Try next:", highlight=False, soft_wrap=True)
    for sql in _NEXT_QUERIES:
        console.print(f'  .venv/bin/sluice query{here} "{sql}"', highlight=False, soft_wrap=True)
    checkpoint = "" if not here else f" --checkpoint_uri {(folder / 'checkpoints/mobile_coverage').as_uri()}"
    console.print(f"  .venv/bin/sluice audit{here}{checkpoint}", highlight=False, soft_wrap=True)
    console.print(f"  .venv/bin/sluice maintain{here}{checkpoint}", highlight=False, soft_wrap=True)
    console.print("  .venv/bin/sluice run mobile-coverage --help", highlight=False)
