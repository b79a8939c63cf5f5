"""How fast the mobile coverage job is, what it costs, and whether it is right: `make bench`.

Each engine runs in a process of its own, one after the other, over the same files and in batches of the same
size; then their results are compared, so that a fast wrong answer fails. What counts are the ratios: the
machine may be slow, but it is so for all of them.

Exit code 0: measured. 1: an engine failed, or results differ. 2: an option is wrong. 130: interrupted.
"""

import json
import signal
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from benchmarks.engine_process import EngineFailed
from benchmarks.engines import Input, run_idle, run_job, run_naive
from benchmarks.equality import ResultsDiffer, check_equal, check_side_tables
from benchmarks.input_files import input_folder
from benchmarks.measurement import Measurement
from benchmarks.options import parse_options
from benchmarks.report import BY_HOUR, NAIVE, Report, print_report


def main(argv: Sequence[str], measure: Callable[[Namespace, Console], Report] | None = None) -> int:
    """Measure as `argv` asks (with `bench`), print the table, and return the exit code (see the module)."""
    options = parse_options(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        report = (measure or bench)(options, Console(stderr=True))
    except KeyboardInterrupt:
        return 130
    except (EngineFailed, ResultsDiffer) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print_report(report, Console())
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(report.as_json(), indent=2) + "\n")
    return 0


def bench(options: Namespace, console: Console) -> Report:
    """Make the input, run the engines, compare what they published.

    Raises:
        EngineFailed: an engine did not come to a good end.
        ResultsDiffer: two engines disagree.
    """
    keep = options.keep.resolve()
    keep.mkdir(parents=True, exist_ok=True)
    large, small = (
        _input(keep, count, options, console) for count in (options.records, options.naive_records)
    )
    with tempfile.TemporaryDirectory(dir=keep, prefix="run-") as folder:
        return _measure(large, small, Path(folder), console)


def _measure(large: Input, small: Input, folder: Path, console: Console) -> Report:
    naive, hourly, raw, plain, idle = (folder / name for name in ("naive", "hourly", "raw", "plain", "idle"))
    measurements: list[Measurement] = []
    with _shown("this job, raw kept", console):
        measurements.append(run_job("raw kept", large, raw, keep_raw=True))
    with _shown("this job, raw not kept", console):
        measurements.append(run_job("raw not kept", large, plain, keep_raw=False))
    with _shown("this job with nothing to do", console):
        cost = run_idle(small, idle)
    with _shown("the naive job, folders by postal code", console):
        measurements.append(run_naive(NAIVE, small, naive))
    with _shown("the naive job, folders by hour", console):
        measurements.append(run_naive(BY_HOUR, large, hourly, "by_hour"))
    with _shown("comparing what they published", console):
        compared = check_equal(hourly, raw) + check_equal(hourly, plain) + check_equal(naive, idle)
        check_side_tables(raw, large.records)
        check_side_tables(plain, 0)
    return Report(measurements, cost, compared)


def _input(keep: Path, records: int, options: Namespace, console: Console) -> Input:
    with console.status("") as status:
        folder = input_folder(
            keep, records, options.files, lambda made: status.update(f"generating: {made:,} of {records:,}")
        )
    return Input(folder, records, options.files_per_trigger)


@contextmanager
def _shown(what: str, console: Console) -> Iterator[None]:
    """Say what is going on: on a terminal with a sign of life, elsewhere in a line."""
    if not console.is_terminal:
        console.print(what)
    with console.status(what):
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
