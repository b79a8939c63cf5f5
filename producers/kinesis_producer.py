"""Sends mobile coverage events to a Kinesis stream: a real log replayed, generated ones, or both.

    python producers/kinesis_producer.py --csv shipped --generate 20000 --endpoint_url http://127.0.0.1:5000

Writes to the stream of the contract (`mobile_coverage_logs`), or with --output to files of
newline-delimited JSON. Exit code 0: every record was acknowledged. 1: at least one was not, and the
output says how many and why. 2: an option is wrong. 130: interrupted.
"""

import heapq
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random

if not __package__:  # run as a file: Python then looks for modules in this folder, not in its parent
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from glue_jobs.core.errors import OptionError
from producers.command import run_command, told, write_records
from producers.in_flight import send_in_flight
from producers.kinesis_stream import open_stream
from producers.mobile_events import SHIPPED_CSV, TROUBLED, midnight, read_rows, replay
from producers.mobile_generator import generate
from producers.options import Options, parse_options
from producers.pace import Due, at_rate, at_speed, ticks
from producers.progress import progress_bar
from producers.record import Record
from producers.sender import Backoff, Summary, send
from producers.troubles import mix


def main(argv: Sequence[str], prog: str = "kinesis_producer.py") -> int:
    """Does what `argv` asks and returns the exit code (see the module); --help gives examples."""
    return run_command(prog, lambda summary: _run(parse_options(argv, prog, datetime.now(UTC)), summary))


def _run(options: Options, summary: Summary) -> int:
    records, count = make_records(options, datetime.now(UTC))
    if options.output is not None:
        return write_records(options.output, options.files, records, count)
    with progress_bar(f"to {options.stream_name}", count) as show:
        produce(records, options, summary, lambda so_far: show(so_far.sent + so_far.lost))
    return told(summary)


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
            limits=stream.limits,
            backoff=backoff,
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
    mixed = mix(clean, count, options.troubles, now, Random(f"troubles {options.seed}"), TROUBLED)
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
