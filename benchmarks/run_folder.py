"""The folder of one run of the benchmark, which goes with it; that of a run that was killed, with the next.

A file in it is locked as long as the run goes on; the lock goes with the process, however that ends.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

_IN_USE = ".sluice-bench"
"""Its name says whose folder it is: others are never cleared away."""


@contextmanager
def run_folder(keep: Path) -> Iterator[Path]:
    """An empty folder below `keep`; those of runs that have ended are cleared away."""
    with ExitStack() as run:
        with _locked(keep):  # or another run could take the new folder for one that was left
            _clear_away(keep)
            folder = Path(run.enter_context(tempfile.TemporaryDirectory(dir=keep, prefix="run-")))
            (folder / _IN_USE).touch()
            run.enter_context(_locked(folder / _IN_USE))
        yield folder


def _clear_away(keep: Path) -> None:
    for file in keep.glob(f"run-*/{_IN_USE}"):
        # Its run goes on, or has ended this moment.
        with suppress(BlockingIOError, FileNotFoundError), _locked(file, fcntl.LOCK_NB):
            shutil.rmtree(file.parent, ignore_errors=True)


@contextmanager
def _locked(path: Path, how: int = 0) -> Iterator[None]:
    opened = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | how)
        yield
    finally:
        os.close(opened)
