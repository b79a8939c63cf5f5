"""Sends several batches at a time, for a stream that is far away or has many shards.

A call waits for its answer most of its time. With others under way meanwhile more arrives in a second, and
no longer in order: that is the choice of whoever asks for it.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event

from producers.record import Record
from producers.sender import (
    PUT_RECORDS,
    Backoff,
    Entry,
    Limits,
    PutRecords,
    Summary,
    in_batches,
    keyed,
    send_batch,
)

MOST_IN_FLIGHT = 16


class _Interrupted(Exception):
    """Ends a batch before its next call; what became of it so far is counted."""


def send_in_flight(
    records: Iterable[Record],
    put_records: PutRecords,
    *,
    in_flight: int,
    limits: Limits = PUT_RECORDS,
    backoff: Backoff | None = None,
    summary: Summary | None = None,
    progress: Callable[[Summary], None] = lambda summary: None,
) -> Summary:
    """Sends every record as `sender.send` does, with up to `in_flight` batches under way at a time.

    Batches begin in order, and no further one before the oldest is done, its repetitions included. So a
    record is overtaken by those of the next `in_flight` - 1 batches at most; by how many depends on chance.
    Batches are added to `summary` in order, when they are done. `put_records` is called from several threads.

    Raises SinkError of the first batch, in order, that failed for good, once those under way with it are
    done; none is begun after it.
    """
    backoff = backoff or Backoff()
    summary = summary if summary is not None else Summary()
    interrupted = Event()
    under_way: deque[tuple[Summary, Future[None]]] = deque()

    def put(entries: Sequence[Entry]) -> Sequence[str | None]:
        if interrupted.is_set():
            raise _Interrupted
        return put_records(entries)

    try:
        # Leaving the pool waits for its threads: none goes on behind the caller's back.
        with ThreadPoolExecutor(in_flight) as threads:
            try:
                for batch in in_batches(records, limits):
                    if len(under_way) == in_flight:
                        _finish_oldest(under_way, summary, progress)
                    own = Summary()
                    waiting = keyed(batch, limits, summary)
                    under_way.append((own, threads.submit(send_batch, waiting, put, backoff, own)))
                while under_way:
                    _finish_oldest(under_way, summary, progress)
            except Exception:
                wait([sending for _, sending in under_way])
                raise
            finally:  # also where Ctrl-C ends the wait after a failure
                interrupted.set()
    finally:
        for own, _ in under_way:
            summary.add(own)
    return summary


def _finish_oldest(
    under_way: deque[tuple[Summary, Future[None]]], summary: Summary, progress: Callable[[Summary], None]
) -> None:
    own, sending = under_way[0]
    wait([sending])
    under_way.popleft()
    summary.add(own)
    progress(summary)
    sending.result()
