"""The `sluice` command: one verb to a file, errors in one line.

Exit codes: 0 done; 1 failed; 2 wrong use; 130 ended by Ctrl-C. With SLUICE_TRACEBACK set, an error also
shows where it comes from.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from cli import audit, cost, crawl, doctor, maintain, produce, quarantine, query, run
from glue_jobs.core.errors import OptionError, SluiceError
from glue_jobs.core.redaction import traceback_of

_DESCRIPTION = "Streaming and batch jobs for AWS Glue, on this machine and in production."
_EPILOG = """\
examples:
  sluice demo
  sluice query "SELECT * FROM status_count LIMIT 5"

`sluice VERB --help` says more about each."""

_FAILED, _WRONG_USE, _INTERRUPTED = 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; whatever goes wrong on purpose becomes one line on standard error."""
    arguments = _parser().parse_args(argv)
    verb: Callable[[argparse.Namespace], int] = arguments.verb
    try:
        code = verb(arguments)
        sys.stdout.flush()  # here, where a closed pipe is still caught
        return code
    except OptionError as error:
        return _fail(error, _WRONG_USE)
    except SluiceError as error:
        return _fail(error, _FAILED)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:  # the reader of our output, `head` for one, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # a disk or S3 refuses; the text names the place
        return _fail(SluiceError(str(error)), _FAILED)


def _fail(error: SluiceError, code: int) -> int:
    if os.environ.get("SLUICE_TRACEBACK"):
        print(traceback_of(error), end="", file=sys.stderr)
    print(f"sluice: {error}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sluice",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    _add_demo(verbs)
    for module in (produce, run, crawl, query, audit, quarantine, maintain, doctor, cost):
        module.add_parser(verbs)
    return parser


def _add_demo(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The demo brings its own parser, as the producer does."""
    parser = verbs.add_parser("demo", help="run the whole pipeline here", add_help=False, prefix_chars="\0")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    parser.set_defaults(verb=_demo)


def _demo(arguments: argparse.Namespace) -> int:
    main_of_demo: Callable[[Sequence[str]], int] = import_module("cli.demo").main
    return main_of_demo(arguments.arguments)


if __name__ == "__main__":
    sys.exit(main())
