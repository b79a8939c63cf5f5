"""The lock of a file on this machine, waited for as long as its holder can be at work."""

import errno
import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

_PATIENCE = timedelta(seconds=30)
"""A lock is held while a small file is written or another gets its name: for moments."""


@contextmanager
def locked(path: Path, kind: int) -> Iterator[None]:
    """The lock (`fcntl.LOCK_SH` or `LOCK_EX`) of this file, which is made where it is not, for the block.

    Raises:
        TimeoutError: another process does not give it back: it stands still (SIGSTOP, a disk that hangs).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        _take(file, kind)
        yield


def _take(file: BinaryIO, kind: int) -> None:
    end = time.monotonic() + _PATIENCE.total_seconds()
    while True:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= end:
                problem = (
                    f"locked by another process for {_PATIENCE.total_seconds():g} s: it stands still; "
                    "let it go on, or end it (fuser tells which it is)"
                )
                raise TimeoutError(errno.ETIMEDOUT, problem, file.name) from None
            time.sleep(0.01)
