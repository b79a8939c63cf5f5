"""Mending by an expression in jq: a rejected record goes in, as JSON or as a text, one object comes out."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import jq

from glue_jobs.core.errors import OptionError
from glue_jobs.core.repair.mending import Mend, NotMended


def mend_by(expression: str, raw_text: bool) -> Mend:
    r"""The mending that an expression says.

    Its input is the record as JSON; with `raw_text` a text, in which bytes that are no UTF-8 stand as `\xff`.

    Raises:
        OptionError: it is no expression in jq.
    """
    try:
        program = jq.compile(expression)
    except ValueError as error:
        raise OptionError(
            f"--expression: got {expression!r}, which jq does not understand: {error}"
        ) from None

    def mend(payload: bytes) -> bytes:
        text = payload.decode(errors="backslashreplace")
        try:
            with _ctrl_c_ends_the_program():
                begun = program.input_value(text) if raw_text else program.input_text(text)
                return _one_object(list(islice(begun, 2)))
        except (ValueError, RecursionError) as error:
            raise NotMended(str(error)) from None

    return mend


@contextmanager
def _ctrl_c_ends_the_program() -> Iterator[None]:
    """Python heeds Ctrl-C between two steps of its own, so not in an expression without an end."""
    heeded = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, heeded)


def _one_object(results: list[object]) -> bytes:
    if len(results) != 1:
        raise NotMended("it gives several results, not one" if results else "it gives no result")
    if not isinstance(results[0], dict):
        raise NotMended(f"it gives {json.dumps(results[0])[:40]}, which is no object")
    return json.dumps(results[0], ensure_ascii=False, allow_nan=False).encode()
