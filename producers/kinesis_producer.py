"""Sends mobile coverage events to a Kinesis stream: a real log replayed, generated ones, or both.

    python producers/kinesis_producer.py --csv shipped --generate 20000 --endpoint_url http://127.0.0.1:5000

Writes to the stream of the contract (`mobile_coverage_logs`), or with --output to files of
newline-delimited JSON. Exit code 0: every record was acknowledged. 1: at least one was not, and the
output says how many and why. 2: an option is wrong. 130: interrupted.
"""

import heapq
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random

if not __package__:  # run as a file: Python then looks for modules in this folder, not in its parent
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from glue_jobs.core.errors import OptionError, SluiceError
from producers.in_flight import send_in_flight
from producers.json_lines import write_files
from producers.kinesis_stream import open_stream
from producers.mobile_events import SHIPPED_CSV, midnight, read_rows, replay
from producers.mobile_generator import generate
from producers.options import Options, parse_options
from producers.pace import Due, at_rate, at_speed, ticks
from producers.progress import progress_bar
from producers.record import CLEAN_KINDS, TROUBLE_KINDS, Record
from producers.sender import Backoff, Summary, send
from producers.troubles import mix

_INTERRUPTED = 130  # 128 + SIGINT, as shells report it


def main(argv: Sequence[str], prog: str = "kinesis_producer.py") -> int:
    """Does what `argv` asks and returns the exit code (see the module); --help gives examples."""
    summary = Summary()
    try:
        return _run(parse_options(argv, prog, datetime.now(UTC)), summary)
    except SystemExit:  # argparse, after --help
        return 0
    except OptionError as error:
        return _failed(prog, str(error), 2)
    except SluiceError as error:
        return _failed(prog, f"{error}{_so_far(summary)}", 1)
    except KeyboardInterrupt:
        return _failed(prog, f"interrupted{_so_far(summary) or ', nothing sent'}", _INTERRUPTED)


def _run(options: Options, summary: Summary) -> int:
    records, count = make_records(options, datetime.now(UTC))
    if options.output is not None:
        return _write(options.output, options.files, records, count)
    with progress_bar(f"to {options.stream_name}", count) as show:
        produce(records, options, summary, lambda so_far: show(so_far.sent + so_far.lost))
    sys.stdout.write(f"{describe(summary)}\n")
    return 1 if summary.lost else 0


def produce(
    records: Iterable[Record], options: Options, summary: Summary, progress: Callable[[Summary], None]
) -> None:
    """Sends `records` at the pace and to the stream that the options say.

    What has become of them is added to `summary`, and `progress` is told after each batch. Raises
    SinkError where the stream or its endpoint is missing, or calls keep failing.
    """
    stream = open_stream(options.stream_name, options.region, options.endpoint_url)
    backoff = Backoff()  # its jitter unseeded: the seed is for what is sent, not for when
    deliver = partial(send_in_flight, in_flight=options.in_flight) if options.in_flight > 1 else send
    for group in _paced(records, options):
        deliver(
            group,
            stream.put_records,
            backoff=backoff,
            max_record_bytes=stream.max_record_bytes,
            summary=summary,
            progress=progress,
        )


def make_records(options: Options, now: datetime) -> tuple[Iterator[Record], int]:
    """The records asked for, in the order to send them, and their number.

    Replayed and generated ones are merged by event time, so that neither makes the other late. Equal
    options (and `now`, for future records) give equal records.

    Raises SourceError for a CSV file that cannot be read, OptionError for troubles with no clean
    record to mix them into.
    """
    rows = read_rows(options.csv) if options.csv else []
    count = len(rows) + options.generate
    if options.troubles.total and not count:
        raise OptionError(f"--csv {options.csv}: has no rows, so there is nothing to mix troubles into")
    generated = generate(options.generate, options.date, read_rows(SHIPPED_CSV), Random(options.seed))
    clean = _merged([replay(rows, options.date)] if rows else [], [generated] if options.generate else [])
    mixed = mix(clean, count, options.troubles, now, Random(f"troubles {options.seed}"))
    return mixed, count + options.troubles.total


def _merged(*streams: list[Iterator[Record]]) -> Iterator[Record]:
    """In order of stream time; a single stream is passed on as it is, which is faster."""
    present = [stream for some in streams for stream in some]
    return present[0] if len(present) == 1 else heapq.merge(*present, key=lambda record: record.stream_time)


def _paced(records: Iterable[Record], options: Options) -> Iterable[Iterable[Record]]:
    due: Due | None = None
    if options.rate is not None:
        due = at_rate(options.rate)
    if options.speed is not None:
        due = at_speed(options.speed, midnight(options.date))
    return [records] if due is None else ticks(records, due, time.monotonic, time.sleep)


def _write(folder: Path, files: int, records: Iterator[Record], count: int) -> int:
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
