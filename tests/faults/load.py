"""A steady load on a stream, in real time: events carry the time of day and arrive in its order."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random
from threading import Event, Thread

from tests.faults.harness import some_line
from tests.faults.kinesis_stream import Stream

_PAUSE_SECONDS = 0.5


@contextmanager
def steady_load(stream: Stream, rng: Random, records_a_second: int) -> Iterator[None]:
    """Puts records until the block ends.

    No record is late: the order of arrival is that of the events, and the job reads no shard more than half
    the watermark ahead of another.
    """
    ended = Event()
    errors: list[BaseException] = []

    def load() -> None:
        try:
            while not ended.wait(_PAUSE_SECONDS):
                now = datetime.now(UTC)
                stream.put([some_line(rng, now) for _ in range(int(records_a_second * _PAUSE_SECONDS))])
        except BaseException as error:  # told in the thread that waits for the end
            errors.append(error)

    loading = Thread(target=load, daemon=True)
    loading.start()
    try:
        yield
    finally:
        ended.set()
        loading.join()
    for error in errors:
        raise error
