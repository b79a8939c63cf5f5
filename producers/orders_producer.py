"""Sends orders, new ones and changes of earlier ones, to a Firehose delivery stream.

    python producers/orders_producer.py --total 10000 --endpoint_url http://127.0.0.1:5000

Writes to the stream of the contract (`firehose-orders`), or with --output to files of newline-delimited
JSON. A record is one JSON object without a line break: Firehose adds it (`glue_jobs/contracts/delivery.py`).
Exit code 0: every record was acknowledged. 1: at least one was not, and the output says how many and why.
2: an option or environment variable is wrong. 130: interrupted.
"""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

if not __package__:  # run as a file: Python then looks for modules in this folder, not in its parent
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from producers.command import run_command, told, write_records
from producers.firehose_stream import PUT_RECORD_BATCH, open_delivery_stream
from producers.order_events import TROUBLED, generate
from producers.order_options import OrderOptions, parse_order_options
from producers.pace import at_rate, ticks
from producers.progress import progress_bar
from producers.record import Record
from producers.sender import Backoff, Summary, send
from producers.troubles import mix


def main(argv: Sequence[str], prog: str = "orders_producer.py") -> int:
    """Does what `argv` asks and returns the exit code (see the module); --help gives examples."""
    return run_command(
        prog, lambda summary: _run(parse_order_options(argv, prog, datetime.now(UTC)), summary)
    )


def _run(options: OrderOptions, summary: Summary) -> int:
    records, count = make_orders(options, datetime.now(UTC))
    if options.output is not None:
        return write_records(options.output, options.files, records, count)
    with progress_bar(f"to {options.stream_name}", count) as show:
        send_orders(records, options, summary, lambda so_far: show(so_far.sent + so_far.lost))
    return told(summary)


def make_orders(options: OrderOptions, now: datetime) -> tuple[Iterator[Record], int]:
    """The records asked for, in the order to send them, and their number.

    Equal seed and start (and `now`, for future records) give equal records.
    """
    span = timedelta(days=options.days)
    clean = generate(options.total, options.p_update, options.start, span, options.seed)
    shaken = Random(f"troubles {options.seed}")
    mixed = mix(clean, options.total, options.troubles, now, shaken, TROUBLED)
    return mixed, options.total + options.troubles.total


def send_orders(
    records: Iterable[Record], options: OrderOptions, summary: Summary, progress: Callable[[Summary], None]
) -> None:
    """Sends `records` at the pace and to the stream that the options say.

    What has become of them is added to `summary`, and `progress` is told after each batch. Raises
    SinkError where the stream or its endpoint is missing, or calls keep failing.
    """
    put_records = open_delivery_stream(options.stream_name, options.region, options.endpoint_url)
    limits = replace(PUT_RECORD_BATCH, records=options.batch)
    backoff = Backoff()  # its jitter unseeded: the seed is for what is sent, not for when
    for group in _paced(records, options.rate):
        send(group, put_records, limits=limits, backoff=backoff, summary=summary, progress=progress)


def _paced(records: Iterable[Record], rate: float | None) -> Iterable[Iterable[Record]]:
    return [records] if rate is None else ticks(records, at_rate(rate), time.monotonic, time.sleep)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
