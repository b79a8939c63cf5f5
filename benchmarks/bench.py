"""How fast the mobile coverage job is, what it costs, and whether it is right: `make bench`.

Each engine runs in a process of its own, over the same files; its results are compared with those of a
batch by DuckDB, so that a fast wrong answer fails. What counts are the ratios: the machine may be slow, but
it is so for all of them. There are six sections (`comparison`, `batches`, `growth`, `latency`,
`producers_speed`, and `orders_speed` of the orders' jobs); each replaces its part of the report, the others
stay.

Exit code 0: measured. 1: an engine failed, or results differ. 2: an option is wrong.
130: interrupted, by Ctrl-C, SIGTERM or a closed terminal.
"""

import signal
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from benchmarks.batches import measure_batches
from benchmarks.comparison import compare_engines
from benchmarks.engine_process import EngineFailed
from benchmarks.engines import Input
from benchmarks.equality import ResultsDiffer
from benchmarks.growth import measure_growth
from benchmarks.input_files import RECORDS_A_DAY, input_folder
from benchmarks.latency import measure_latency
from benchmarks.options import SECTIONS, make_places, parse_options
from benchmarks.orders_speed import measure_orders
from benchmarks.producers_speed import measure_producers
from benchmarks.render import write_page
from benchmarks.report import merged, read_report, stamp, taken_for_a_report, write_report
from benchmarks.run_folder import run_folder
from benchmarks.section import Bench, Figures, Section
from benchmarks.terminal import print_report
from glue_jobs.core.errors import SluiceError

_SECTIONS: Mapping[str, Section] = {
    "engines": compare_engines,
    "batches": measure_batches,
    "growth": measure_growth,
    "latency": measure_latency,
    "producers": measure_producers,
    "orders": measure_orders,
}

_WIDTH = 120
"""Of the tables, where there is no terminal to ask."""


def main(argv: Sequence[str], sections: Mapping[str, Section] = _SECTIONS) -> int:
    """Measure as `argv` asks, print tables, write the report, and return the exit code (see the module)."""
    options = parse_options(argv)
    try:
        make_places(options)
        report = _earlier_report(options)
    except (ValueError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    _take_for_an_interrupt(signal.SIGTERM)
    _take_for_an_interrupt(signal.SIGHUP)  # the terminal was closed
    try:
        _measure(options, report, {name: sections[name] for name in options.only}, Console(stderr=True))
    except KeyboardInterrupt:
        return 130
    except (EngineFailed, ResultsDiffer, SluiceError, OSError, ValueError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


def _take_for_an_interrupt(number: signal.Signals) -> None:
    """Unless it is ignored, as `nohup` wants it."""
    if signal.getsignal(number) is not signal.SIG_IGN:
        signal.signal(number, signal.default_int_handler)


def _earlier_report(options: Namespace) -> Figures:
    """The report whose sections stay, but for those that are measured.

    Raises:
        ValueError: it is none, or has not what the page needs.
    """
    report = read_report(options.json)
    staying = {name: figures for name, figures in report.items() if name not in options.only}
    with taken_for_a_report(options.json):
        print_report(staying, Console(quiet=True))
    lacking = [name for name in SECTIONS if name not in (*staying, *options.only)]
    if options.docs is not None and lacking:
        words = f"{options.json} lacks {','.join(lacking)}; measure them, too, with --only"
        raise ValueError(f"--docs: {words}")
    return report


def _measure(options: Namespace, report: Figures, sections: Mapping[str, Section], console: Console) -> None:
    """The report is written after each section, so that an hour's work is not lost with the last one."""
    taken = stamp(datetime.now(UTC), options.date, options.commit, options.quick)
    with _bench(options, console) as bench:
        for name, section in sections.items():
            report = merged(report, {name: _alone(bench, name, section)}, taken)
            write_report(options.json, report)
    shown = Console()
    print_report(report, shown if shown.is_terminal else Console(width=_WIDTH))
    if options.docs is not None:
        write_page(report, options.docs)


def _alone(bench: Bench, name: str, section: Section) -> Figures:
    """A section gets a folder of its own, which goes with it."""
    with tempfile.TemporaryDirectory(dir=bench.folder, prefix=f"{name}-") as folder:
        try:
            return section(Bench(bench.options, bench.base, Path(folder), bench.show))
        except ValueError as error:
            raise EngineFailed(f"{name} failed: {error}") from error


@contextmanager
def _bench(options: Namespace, console: Console) -> Iterator[Bench]:
    keep = options.keep.resolve()
    base = Input(_made(keep, options, console), options.records, options.files_per_trigger)
    with run_folder(keep) as folder:
        yield Bench(options, base, folder, lambda what: _shown(what, console))


def _made(keep: Path, options: Namespace, console: Console) -> Path:
    with console.status("") as status:
        return input_folder(
            keep,
            options.records,
            options.files,
            max(options.records, RECORDS_A_DAY),
            lambda made: status.update(f"generating: {made:,} of {options.records:,}"),
        )


@contextmanager
def _shown(what: str, console: Console) -> Iterator[None]:
    """Say what is going on: on a terminal with a sign of life, elsewhere in a line."""
    if not console.is_terminal:
        console.print(what)
    with console.status(what):
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
