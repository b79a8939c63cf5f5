"""What the command lines of the producers have in common: kinds of values, and the troubles."""

import argparse
import math
import re
from collections.abc import Callable
from dataclasses import fields
from typing import Any, NoReturn, TypeVar

from glue_jobs.core.aws_names import endpoint_url, region
from glue_jobs.core.errors import OptionError
from producers.troubles import Troubles

Value = TypeVar("Value")


class Parser(argparse.ArgumentParser):
    """A parser that raises OptionError."""

    def error(self, message: str) -> NoReturn:
        """One line instead of argparse's usage and exit."""
        raise OptionError(f"{message} (see --help)")


def checked(expected: str, parse: Callable[[str], Value]) -> Callable[[str], Value]:
    """`parse`, with an error that says what was expected and what came; argparse adds the option."""

    def check(text: str) -> Value:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"expected {expected}, received {text!r}") from error

    return check


def whole(minimum: int, maximum: int | None = None) -> Callable[[str], int]:
    """A whole number within these bounds."""

    def parse(text: str) -> int:
        if not re.fullmatch("[0-9]{1,18}", text) or int(text) < minimum:
            raise ValueError
        if maximum is not None and int(text) > maximum:
            raise ValueError
        return int(text)

    return checked(f"a whole number from {minimum}" + (f" to {maximum}" if maximum else ""), parse)


def matching(pattern: str) -> Callable[[str], str]:
    """A text that matches as a whole; raises ValueError."""

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


DELIVERY_STREAM_NAME = checked("1 to 64 letters, digits, _ . or -", matching(r"[a-zA-Z0-9_.-]{1,64}"))
STREAM_NAME = checked("1 to 128 letters, digits, _ . or -", matching(r"[a-zA-Z0-9_.-]{1,128}"))
REGION = checked("a region such as us-east-1", _as_argument(region))
URL = checked("an http or https URL without user and password", _as_argument(endpoint_url))
POSITIVE = checked("a number above 0", _above_zero)


def add_troubles(parser: argparse.ArgumentParser) -> None:
    """An option for each kind of trouble."""
    group = parser.add_argument_group("troubles to mix in, each a number of records")
    helps = {
        "late": "so far behind the newest that their window should be closed by then",
        "duplicate": "the same bytes once more",
        "malformed": "not a JSON object",
        "wrong_type": "a field of the wrong JSON type",
        "future": "hours ahead of now",
        "out_of_range": "a field of the right JSON type with a value that cannot be",
    }
    for kind, text in helps.items():
        group.add_argument(f"--{kind}", metavar="N", type=whole(0), default=0, help=text)


def troubles_in(values: dict[str, Any]) -> Troubles:
    """The troubles among the values of a command line, taken out of them."""
    return Troubles(**{kind.name: values.pop(kind.name) for kind in fields(Troubles)})
