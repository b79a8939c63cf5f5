"""What the command line of the producer asks for."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from glue_jobs.contracts.mobile_coverage import STREAM
from glue_jobs.core.errors import OptionError
from producers.arguments import (
    POSITIVE,
    REGION,
    STREAM_NAME,
    URL,
    Parser,
    add_troubles,
    checked,
    matching,
    troubles_in,
    whole,
)
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


def _day(text: str) -> date:
    return date.fromisoformat(matching("[0-9]{4}-[0-9]{2}-[0-9]{2}")(text))


def _csv(text: str) -> Path:
    return SHIPPED_CSV if text == "shipped" else Path(text)


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
    return Options(troubles=troubles_in(values), **values)


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
    parser = Parser(
        prog=prog,
        description="Send mobile coverage events to a Kinesis stream, or write them to files.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_destination(parser, environment)
    _add_content(parser, now)
    add_troubles(parser)
    return parser


def _region(environment: Mapping[str, str]) -> str:
    return environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "us-east-1"


def _add_destination(parser: argparse.ArgumentParser, environment: Mapping[str, str]) -> None:
    group = parser.add_argument_group("where to")
    # argparse checks a default that is a text like a value given, so a bad AWS_REGION is named too.
    add = group.add_argument
    add("--stream_name", metavar="NAME", type=STREAM_NAME, default=STREAM, help="(default: %(default)s)")
    add("--region", type=REGION, default=_region(environment), help="AWS region (default: %(default)s)")
    add("--endpoint_url", metavar="URL", type=URL, help="AWS stand-in")
    add(
        "--in_flight",
        metavar="N",
        type=whole(1, MOST_IN_FLIGHT),
        help="calls under way at a time; with more than 1 records overtake one another (default: 1)",
    )
    add("--output", metavar="DIR", type=Path, help="write files of newline-delimited JSON there instead")
    add("--files", metavar="N", type=whole(1), help="number of files (default: 1)")


def _add_content(parser: argparse.ArgumentParser, now: datetime) -> None:
    yesterday = now.astimezone(UTC).date() - timedelta(days=1)
    add = parser.add_argument_group("what, and how fast").add_argument
    add(
        "--csv",
        metavar="PATH",
        type=_csv,
        help="replay this file, or `shipped`: the real log that comes with this (default, unless --generate)",
    )
    add("--generate", metavar="N", type=whole(1), default=0, help="generate N events, merged in by time")
    add(
        "--date",
        metavar="YYYY-MM-DD",
        type=checked("a date YYYY-MM-DD", _day),
        default=yesterday,
        help="UTC day of the events (default: yesterday, %(default)s)",
    )
    add("--speed", metavar="X", type=POSITIVE, help="times real time (default: as fast as it can)")
    add("--rate", metavar="R", type=POSITIVE, help="records per second (with --generate)")
    add("--seed", metavar="N", type=whole(0), default=0, help="equal seeds, equal records (default: 0)")
