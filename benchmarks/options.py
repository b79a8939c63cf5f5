"""The command line of the benchmark."""

import argparse
import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

SECTIONS = ("engines", "batches", "growth", "latency", "producers", "orders")

_FULL: dict[str, Any] = {
    "records": 6_000_000,
    "repeats": 3,
    "naive_records": 2_000,
    "batches": 15,
    "growth_files": (5, 10, 20, 50, 100),
    "growth_keys": (10, 100, 1_000, 10_000, 100_000),
    "growth_bytes": (300, 1_000, 10_000),
    "growth_rejects": (0.0, 0.01, 0.1, 1.0),
    "latency_rates": (1_000, 10_000),
    "latency_triggers": (20, 5),
    "latency_seconds": 60,
    "producer_records": 200_000,
    "order_events": (100_000, 2_000_000),
}
_QUICK: dict[str, Any] = {
    "records": 600_000,
    "repeats": 1,
    "naive_records": 400,
    "batches": 5,
    "growth_files": (5, 20, 100),
    "growth_keys": (10, 100_000),
    "growth_bytes": (300, 10_000),
    "growth_rejects": (0.0, 0.1),
    "latency_rates": (1_000,),
    "latency_triggers": (5,),
    "latency_seconds": 30,
    "producer_records": 50_000,
    "order_events": (20_000, 200_000),
}

_FILES = 60
_FILES_PER_TRIGGER = 15

_EXAMPLE = """\
examples:
  everything, as the project reports it (three quarters of an hour on 2 cores):
    python -m benchmarks.bench
  a look at everything, in a quarter of an hour, with a tenth of the records:
    python -m benchmarks.bench --quick --json var/bench/quick.json
  one section again; the other sections of the report stay as they are:
    python -m benchmarks.bench --only latency
  the page docs/performance.md with its plots, too:
    python -m benchmarks.bench --json docs/performance/report.json --docs docs
  that page from a report that was kept, without measuring anything:
    python -m benchmarks.render docs/performance/report.json --docs docs

The naive job with its folders by postal code writes a file of nearly every row. At full size it takes
hours, so it gets --naive_records. `naive by hour`, the same job without those folders, reads a sixth of the
input. The growth over records ends at five thirds of --records.
"""


def parse_options(argv: Sequence[str]) -> argparse.Namespace:
    """The options in `argv`; where one is wrong, it says which, with the usage, and exits with code 2."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench",
        description="Measure the mobile coverage job, beside other engines, in one run.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_options(parser)
    options = parser.parse_args(argv)
    preset = {"only": SECTIONS, "files": _FILES, "files_per_trigger": _FILES_PER_TRIGGER}
    preset |= _QUICK if options.quick else _FULL
    for name, value in preset.items():
        if getattr(options, name, None) is None:
            setattr(options, name, value)
    if options.records % _FILES:
        parser.error(f"--records: got {options.records}; give a multiple of {_FILES}, the number of files")
    return options


def make_places(options: argparse.Namespace) -> None:
    """Make the folders that are to be written into.

    Raises:
        ValueError: one cannot be made; with its option.
    """
    if options.json.is_dir():
        raise ValueError(f"--json: got {options.json}, a folder; name a file")
    for name, given, folder in (
        ("json", options.json, options.json.parent),
        ("keep", options.keep, options.keep),
        ("docs", options.docs, options.docs),
    ):
        if folder is not None:
            _make(name, given, folder)


def _make(name: str, given: Path, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        words = f"the folder {folder} cannot be made ({error.strerror}); name another place"
        raise ValueError(f"--{name}: got {given}; {words}") from error
    if not os.access(folder, os.W_OK):
        raise ValueError(f"--{name}: got {given}; nothing can be written into {folder}; name another place")


def _add_options(parser: argparse.ArgumentParser) -> None:
    def add(name: str, kind: Any, metavar: str, meaning: str, **more: Any) -> None:
        parser.add_argument(f"--{name}", type=kind, metavar=metavar, help=meaning, **more)

    def full(name: str) -> str:
        return f"default: {_FULL[name]:,}, with --quick {_QUICK[name]:,}"

    parser.add_argument("--quick", action="store_true", help="less of everything; the figures are rough")
    add("only", _sections, "NAMES", f"sections to measure, of {','.join(SECTIONS)} (default: all)")
    add("records", _count, "N", f"records of the main comparison ({full('records')})")
    add("repeats", _count, "N", f"runs of each engine but the naive ones ({full('repeats')})")
    add("naive_records", _naive_count, "N", f"records of the naive job ({full('naive_records')})")
    add("batches", _count, "N", f"small batches that are measured ({full('batches')})")
    add("latency_seconds", _count, "N", f"length of each latency run ({full('latency_seconds')})")
    report = Path("var/bench/report.json")
    add("json", Path, "PATH", "the report (default: %(default)s)", default=report)
    add("docs", Path, "DIR", "write performance.md and its plots into DIR, too")
    add("keep", Path, "DIR", "where input is kept (default: %(default)s)", default=Path("var/bench"))
    add("date", _date, "YYYY-MM-DD", "date in the report (default: today, UTC)")
    add("commit", str, "TEXT", "commit in the report (default: that of the working tree)")


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"got {text!r}; give a whole number above zero")
    return int(text)


def _naive_count(text: str) -> int:
    if _count(text) < 4:
        raise argparse.ArgumentTypeError(f"got {text!r}; give 4 or more, one for each of its files")
    return int(text)


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"got {text!r}; give a date such as 2026-11-22") from error


def _sections(text: str) -> tuple[str, ...]:
    named = tuple(text.split(","))
    unknown = [name for name in named if name not in SECTIONS]
    if unknown:
        raise argparse.ArgumentTypeError(f"got {text!r}; give one or more of {','.join(SECTIONS)}")
    return named
