"""What the commands of the producers have in common: exit codes, errors in one line, the closing summary."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from glue_jobs.core.errors import OptionError, SluiceError
from producers.json_lines import write_files
from producers.progress import progress_bar
from producers.record import CLEAN_KINDS, TROUBLE_KINDS, Record
from producers.sender import Summary

_INTERRUPTED = 130  # 128 + SIGINT, as shells report it


def run_command(prog: str, run: Callable[[Summary], int]) -> int:
    """The exit code of `run`, or that of what it raises, which becomes one line on stderr.

    2: an option is wrong. 1: something failed. 130: interrupted. The line says what `run` had sent by then,
    by the summary that it was given.
    """
    summary = Summary()
    try:
        return run(summary)
    except SystemExit:  # argparse, after --help
        return 0
    except OptionError as error:
        return _failed(prog, str(error), 2)
    except SluiceError as error:
        return _failed(prog, f"{error}{_so_far(summary)}", 1)
    except KeyboardInterrupt:
        return _failed(prog, f"interrupted{_so_far(summary) or ', nothing sent'}", _INTERRUPTED)


def told(summary: Summary) -> int:
    """Prints the closing summary and returns the exit code: 1 where a record is lost."""
    sys.stdout.write(f"{describe(summary)}\n")
    return 1 if summary.lost else 0


def write_records(folder: Path, files: int, records: Iterator[Record], count: int) -> int:
    """Writes the records to so many files, tells what was written, and returns the exit code.

    Raises SinkError where a file cannot be written.
    """
    kinds: Counter[str] = Counter()
    with progress_bar(f"to {folder}", count) as show:
        paths = write_files(folder, files, _counted(records, kinds), count, datetime.now(UTC), show)
    sys.stdout.write(f"written {count:,} records to {len(paths)} files in {folder}\n{_by_kind(kinds)}\n")
    return 0


def _counted(records: Iterable[Record], kinds: Counter[str]) -> Iterator[Record]:
    for record in records:
        kinds[record.kind] += 1
        yield record


def _by_kind(kinds: Counter[str]) -> str:
    shown = ((kind, kinds[kind]) for kind in CLEAN_KINDS + TROUBLE_KINDS if kinds[kind])
    return "\n".join(f"  {kind:<11} {count:>10,}" for kind, count in shown)


def describe(summary: Summary) -> str:
    """The closing summary, some lines of text."""
    lines = [f"sent          {summary.sent:>10,}  ({summary.bytes:,} bytes)"]
    lines += [_by_kind(summary.sent_by_kind)] if summary.sent else []
    lines += [f"sent again    {summary.resent:>10,}", f"lost          {summary.lost:>10,}"]
    lines += [f"  {count:,} records: {reason}" for reason, count in summary.lost_by_reason.items()]
    return "\n".join(lines)


def _so_far(summary: Summary) -> str:
    if not summary.offered:
        return ""
    open_records = summary.offered - summary.sent
    return f"; {summary.sent:,} records had been acknowledged, {open_records:,} tried but not acknowledged"


def _failed(prog: str, message: str, code: int) -> int:
    sys.stderr.write(f"{prog}: {message}\n")
    return code
