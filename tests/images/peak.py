"""The most memory that a process and all it has started had at once."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from benchmarks.process_tree import resident_bytes

_EVERY_SECONDS = 0.2


@contextmanager
def peak_bytes(process: "subprocess.Popen[str]") -> Iterator[Callable[[], int]]:
    """Look at the session of a process while the block runs; the most that was seen."""
    most, over = [0], Event()

    def watch() -> None:
        while not over.wait(_EVERY_SECONDS):
            most.append(max(most[-1], resident_bytes(process.pid)))

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield lambda: most[-1]
    finally:
        over.set()
        watcher.join()
