"""What the command line of the producer asks for."""

import argparse
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from glue_jobs.contracts.mobile_coverage import STREAM
from glue_jobs.core.aws_names import endpoint_url, region
from glue_jobs.core.errors import OptionError
from producers.in_flight import MOST_IN_FLIGHT
from producers.mobile_events import SHIPPED_CSV
from producers.troubles import Troubles

_EXAMPLES = """\
examples:
  replay the 1,000 real measurements as those of yesterday, as fast as it can:
    %(prog)s
  add 20,000 generated ones, and five late records, into an embedded AWS:
    %(prog)s --csv shipped --generate 20000 --late 5 --endpoint_url http://127.0.0.1:5000
  replay a day in 24 minutes:
    %(prog)s --speed 60
  write two million generated records to 20 files of newline-delimited JSON:
    %(prog)s --generate 2000000 --output /tmp/records --files 20
"""


@dataclass(frozen=True)
class Options:
    """The command line, checked. `csv` is None where nothing is replayed."""

    stream_name: str
    region: str
    endpoint_url: str | None
    csv: Path | None
    generate: int
    date: date
    speed: float | None
    rate: float | None
    seed: int
    troubles: Troubles
    output: Path | None
    files: int
    in_flight: int


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line instead of argparse's usage and exit."""
        raise OptionError(f"{message} (see --help)")


def _checked[Value](expected: str, parse: Callable[[str], Value]) -> Callable[[str], Value]:
    """`parse`, with an error that says what was expected and what came; argparse adds the option."""

    def check(text: str) -> Value:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"expected {expected}, received {text!r}") from error

    return check


def _whole(minimum: int, maximum: int | None = None) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch("[0-9]{1,18}", text) or int(text) < minimum:
            raise ValueError
        if maximum is not None and int(text) > maximum:
            raise ValueError
        return int(text)

    return _checked(f"a whole number from {minimum}" + (f" to {maximum}" if maximum else ""), parse)


def _matching(pattern: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError
        return text

    return parse


def _as_argument(parse: Callable[[str], str]) -> Callable[[str], str]:
    """`parse` with the kind of error that argparse expects."""

    def check(text: str) -> str:
        try:
            return parse(text)
        except OptionError as error:
            raise ValueError from error

    return check


def _above_zero(text: str) -> float:
    number = float(text)
    if not (0 < number < math.inf):
        raise ValueError
    return number


def _day(text: str) -> date:
    return date.fromisoformat(_matching("[0-9]{4}-[0-9]{2}-[0-9]{2}")(text))


def _csv(text: str) -> Path:
    return SHIPPED_CSV if text == "shipped" else Path(text)


_STREAM_NAME = _checked("1 to 128 letters, digits, _ . or -", _matching(r"[a-zA-Z0-9_.-]{1,128}"))
_REGION = _checked("a region such as us-east-1", _as_argument(region))
_URL = _checked("an http or https URL without user and password", _as_argument(endpoint_url))
_POSITIVE = _checked("a number above 0", _above_zero)


def parse_options(
    argv: Sequence[str], prog: str, now: datetime, environment: Mapping[str, str] = os.environ
) -> Options:
    """The options in `argv`; the day of the records is the one before `now`, in UTC, unless given.

    Raises OptionError naming the option and the value received; SystemExit(0) after --help.
    """
    parser = _parser(prog, now, environment)
    values = vars(parser.parse_args(argv))
    if not values["generate"] and values["csv"] is None:
        values["csv"] = SHIPPED_CSV
    _check_together(values)
    values["files"] = values["files"] or 1
    values["in_flight"] = values["in_flight"] or 1
    troubles = Troubles(**{kind.name: values.pop(kind.name) for kind in fields(Troubles)})
    return Options(troubles=troubles, **values)


def _check_together(values: Mapping[str, Any]) -> None:
    if values["speed"] is not None and values["rate"] is not None:
        raise OptionError(f"--rate {values['rate']:g}: cannot be used with --speed {values['speed']:g}")
    if values["rate"] is not None and not values["generate"]:
        raise OptionError(f"--rate {values['rate']:g}: needs --generate; the pace of a replay is --speed")
    if values["files"] is not None and values["output"] is None:
        raise OptionError(f"--files {values['files']}: needs --output")
    if values["in_flight"] is not None and values["output"] is not None:
        raise OptionError(f"--in_flight {values['in_flight']}: goes with a stream, not with --output")
    for pace in ("speed", "rate"):
        if values[pace] is not None and values["output"] is not None:
            raise OptionError(f"--{pace} {values[pace]:g}: files are written at once; leave it out")


def _parser(prog: str, now: datetime, environment: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=prog,
        description="Send mobile coverage events to a Kinesis stream, or write them to files.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_destination(parser, environment)
    _add_content(parser, now)
    _add_troubles(parser)
    return parser


def _region(environment: Mapping[str, str]) -> str:
    return environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "us-east-1"


def _add_destination(parser: argparse.ArgumentParser, environment: Mapping[str, str]) -> None:
    group = parser.add_argument_group("where to")
    # argparse checks a default that is a text like a value given, so a bad AWS_REGION is named too.
    add = group.add_argument
    add("--stream_name", metavar="NAME", type=_STREAM_NAME, default=STREAM, help="(default: %(default)s)")
    add("--region", type=_REGION, default=_region(environment), help="AWS region (default: %(default)s)")
    add("--endpoint_url", metavar="URL", type=_URL, help="AWS stand-in")
    add(
        "--in_flight",
        metavar="N",
        type=_whole(1, MOST_IN_FLIGHT),
        help="calls under way at a time; with more than 1 records overtake one another (default: 1)",
    )
    add("--output", metavar="DIR", type=Path, help="write files of newline-delimited JSON there instead")
    add("--files", metavar="N", type=_whole(1), help="number of files (default: 1)")


def _add_content(parser: argparse.ArgumentParser, now: datetime) -> None:
    yesterday = now.astimezone(UTC).date() - timedelta(days=1)
    add = parser.add_argument_group("what, and how fast").add_argument
    add(
        "--csv",
        metavar="PATH",
        type=_csv,
        help="replay this file, or `shipped`: the real log that comes with this (default, unless --generate)",
    )
    add("--generate", metavar="N", type=_whole(1), default=0, help="generate N events, merged in by time")
    add(
        "--date",
        metavar="YYYY-MM-DD",
        type=_checked("a date YYYY-MM-DD", _day),
        default=yesterday,
        help="UTC day of the events (default: yesterday, %(default)s)",
    )
    add("--speed", metavar="X", type=_POSITIVE, help="times real time (default: as fast as it can)")
    add("--rate", metavar="R", type=_POSITIVE, help="records per second (with --generate)")
    add("--seed", metavar="N", type=_whole(0), default=0, help="equal seeds, equal records (default: 0)")


def _add_troubles(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("troubles to mix in, each a number of records")
    helps = {
        "late": "so far behind the newest that their window should be closed by then",
        "duplicate": "the same bytes once more",
        "malformed": "not a JSON object",
        "wrong_type": "a field of the wrong JSON type",
        "future": "hours ahead of now",
    }
    for kind, text in helps.items():
        group.add_argument(f"--{kind}", metavar="N", type=_whole(0), default=0, help=text)
