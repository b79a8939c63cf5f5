"""What the command line and the environment of the orders' producer ask for."""

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from glue_jobs.contracts.delivery import MAX_BATCH_RECORDS
from glue_jobs.contracts.orders import STREAM
from glue_jobs.core.errors import OptionError
from producers.arguments import (
    DELIVERY_STREAM_NAME,
    POSITIVE,
    REGION,
    URL,
    Parser,
    add_troubles,
    checked,
    troubles_in,
    whole,
)
from producers.troubles import Troubles

_EXAMPLES = """\
examples:
  send 10,000 orders, three in ten of them changes of earlier ones, to the stream of the contract:
    %(prog)s
  the same to an embedded AWS, with some that come late or are malformed:
    %(prog)s --late 20 --malformed 10 --endpoint_url http://127.0.0.1:5000
  write a million to ten files of newline-delimited JSON, the same ones each time:
    %(prog)s --total 1000000 --seed 7 --start 2026-03-01T00:00:00Z --output /tmp/orders --files 10

The environment variables FIREHOSE_STREAM, AWS_REGION, TOTAL, BATCH and P_UPDATE give what no option does.
"""


@dataclass(frozen=True)
class OrderOptions:
    """The command line and the environment, checked."""

    stream_name: str
    region: str
    endpoint_url: str | None
    total: int
    batch: int
    p_update: float
    start: datetime
    days: int
    rate: float | None
    seed: int
    troubles: Troubles
    output: Path | None
    files: int


def _share(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1:
        raise ValueError
    return number


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)


_TOTAL = whole(1)
_BATCH = whole(1, MAX_BATCH_RECORDS)
_P_UPDATE = checked("a number from 0 to 1", _share)
_START = checked("a time with its offset, such as 2026-03-01T00:00:00Z", _moment)


@dataclass(frozen=True)
class _Variable:
    """An option that an environment variable can give as well: the first that is set, or else the default."""

    option: str
    names: tuple[str, ...]
    default: str
    parse: Callable[[str], Any]
    help: str

    def value(self, environment: Mapping[str, str]) -> Any:
        """Raises OptionError naming the variable and the value received."""
        name = next((name for name in self.names if environment.get(name)), None)
        if name is None:
            return self.parse(self.default)
        try:
            return self.parse(environment[name])
        except argparse.ArgumentTypeError as error:
            raise OptionError(f"{name}: {error}") from error


_VARIABLES = (
    _Variable("stream_name", ("FIREHOSE_STREAM",), STREAM, DELIVERY_STREAM_NAME, "delivery stream"),
    _Variable("region", ("AWS_REGION", "AWS_DEFAULT_REGION"), "us-east-1", REGION, "AWS region"),
    _Variable("total", ("TOTAL",), "10000", _TOTAL, "number of events, beside the troubles"),
    _Variable("batch", ("BATCH",), "100", _BATCH, "records in a call"),
    _Variable("p_update", ("P_UPDATE",), "0.30", _P_UPDATE, "probability that an event is an update"),
)


def parse_order_options(
    argv: Sequence[str], prog: str, now: datetime, environment: Mapping[str, str] = os.environ
) -> OrderOptions:
    """The options in `argv`, or else in the environment; the orders end at `now`, unless told otherwise.

    Raises OptionError naming the option or variable and the value received; SystemExit(0) after --help.
    """
    values = vars(_parser(prog).parse_args(argv))
    for variable in _VARIABLES:
        if values[variable.option] is None:
            values[variable.option] = variable.value(environment)
    if values["start"] is None:
        values["start"] = now.astimezone(UTC).replace(microsecond=0) - timedelta(days=values["days"])
    if values["output"] is None and values["files"] is not None:
        raise OptionError(f"--files {values['files']}: needs --output")
    if values["output"] is not None and values["rate"] is not None:
        raise OptionError(f"--rate {values['rate']:g}: files are written at once; leave it out")
    values["files"] = values["files"] or 1
    return OrderOptions(troubles=troubles_in(values), **values)


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = Parser(
        prog=prog,
        description="Send orders to a Firehose delivery stream, or write them to files.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument_group("what, where to and how fast").add_argument
    for variable in _VARIABLES:
        told = f"{variable.help} (default: {variable.names[0]}, or {variable.default})"
        add(f"--{variable.option}", metavar="VALUE", type=variable.parse, help=told)
    add("--endpoint_url", metavar="URL", type=URL, help="AWS stand-in")
    add("--output", metavar="DIR", type=Path, help="write files of newline-delimited JSON there instead")
    add("--files", metavar="N", type=whole(1), help="number of files (default: 1)")
    add("--start", metavar="TIME", type=_START, help="time of the first (default: so many days ago)")
    add("--days", metavar="N", type=whole(1), default=1, help="days they are spread over (default: 1)")
    add("--rate", metavar="R", type=POSITIVE, help="records per second (default: as fast as it can)")
    add("--seed", metavar="N", type=whole(0), default=0, help="equal seeds, equal records (default: 0)")
    add_troubles(parser)
    return parser
