"""Where a demo works: a folder without what the last one left, and an AWS that is not the user's."""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from glue_jobs.core.errors import SetupError

_MARK = ".made-by-the-demo"


@contextmanager
def cleared(root: Path, *names: str) -> Iterator[None]:
    """The folder, its folders `names` empty, held against a second demo.

    Raises:
        SetupError: one of them holds something that no demo made, or another demo runs here.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock_file = (root / ".demo.lock").open("w")
    except OSError as error:
        raise SetupError(f"{root}: cannot be used ({error.strerror}); choose another") from error
    with lock_file as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupError(f"{root}: another demo is running in it; wait for its end") from None
        for name in names:
            _clear(root / name)
        yield


def _clear(place: Path) -> None:
    ours = (place / _MARK).exists()
    empty = place.is_dir() and not any(place.iterdir())
    if place.is_symlink() or (place.exists() and not ours and not empty):
        raise SetupError(f"{place}: not made by the demo, so it is not overwritten; move it away")
    if ours:
        shutil.rmtree(place)
    place.mkdir(exist_ok=True)
    (place / _MARK).touch()


@contextmanager
def only_these_settings(settings: Mapping[str, str]) -> Iterator[None]:
    """These variables and no other AWS settings, for boto3 in this process and its children."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(settings)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
