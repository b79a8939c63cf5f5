"""The command line of the benchmark."""

import argparse
from collections.abc import Sequence
from pathlib import Path

_EXAMPLE = """\
examples:
  everything, as the project reports it (some ten minutes on 2 cores):
    python -m benchmarks.bench --json var/bench/report.json
  a quick look:
    python -m benchmarks.bench --records 200000 --naive_records 2000

The naive job with its folders by postal code writes a file of nearly every row. At full size it takes hours,
so it gets --naive_records. `naive by hour`, the same job without those folders, reads all records; ratios are
given to both.
"""


def parse_options(argv: Sequence[str]) -> argparse.Namespace:
    """The options in `argv`; SystemExit with one line and code 2 where one is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench",
        description="Measure the mobile coverage job, beside the naive one, in one run.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--records", metavar="N", type=_count, default=2_000_000, help="(default: %(default)s)")
    add("--files", metavar="N", type=_count, default=20, help="files they are in (default: %(default)s)")
    add("--files_per_trigger", metavar="N", type=_count, default=4, help="(default: %(default)s)")
    add("--naive_records", metavar="N", type=_count, default=10_000, help="(default: %(default)s)")
    add("--json", metavar="PATH", type=Path, help="write the figures there, too")
    add("--keep", metavar="DIR", type=Path, default=Path("var/bench"), help="input (default: %(default)s)")
    options = parser.parse_args(argv)
    for name in ("records", "naive_records"):
        if vars(options)[name] < options.files:
            parser.error(
                f"--{name}: got {vars(options)[name]}; give at least one for each of --files {options.files}"
            )
    return options


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"got {text!r}; give a whole number above zero")
    return int(text)
