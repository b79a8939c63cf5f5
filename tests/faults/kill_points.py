"""The named points at which a job is killed or paused, and how: a signal to its whole process group.

Each point is a place before, after or in the middle of a function of the job. When it is reached for the
n-th time, that is noted in a file, and then everything dies of SIGKILL, or stands still until SIGCONT.
"""

import functools
import importlib.abc
import importlib.util
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any


def die(name: str) -> None:
    """Note that the point was reached, and kill or pause the job if it is time."""
    hits = Path(os.environ["SLUICE_KILL_HITS"])
    with hits.open("a") as file:
        file.write(f"{name} {os.getpid()}\n")
    reached = [line.split()[0] for line in hits.read_text().splitlines()].count(name)
    if reached == int(os.environ["SLUICE_KILL_AFTER"]):
        number = signal.Signals[os.environ["SLUICE_KILL_SIGNAL"]]
        os.killpg(int(os.environ["SLUICE_DRIVER_PID"]), number)
        os.kill(os.getpid(), number)  # Spark's workers have left the group


def before(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with death before it."""

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        die(name)
        return function(*args, **kwargs)

    return wrapped


def after(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with death when it has done its work."""

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        die(name)
        return result

    return wrapped


def after_block(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The context manager, with death when its block has been left."""

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        @contextmanager
        def block() -> Iterator[Any]:
            with function(*args, **kwargs) as value:
                yield value
            die(name)

        return block()

    return wrapped


def after_the_first(name: str, delete_files: Callable[..., Any]) -> Callable[..., Any]:
    """`delete_files`, with death when one of the files is gone."""

    @functools.wraps(delete_files)
    def wrapped(storage: Any, paths: Any) -> None:
        for path in list(paths):
            delete_files(storage, [path])
            die(name)

    return wrapped


@dataclass(frozen=True)
class KillPoint:
    """A function of a module, by its dotted name in there, and where around it death comes."""

    module: str
    function: str
    place: Callable[[str, Callable[..., Any]], Callable[..., Any]]


POINTS = {
    "offsets_planned": KillPoint("glue_jobs.core.sink", "HourlySink.__call__", before),
    "between_side_files": KillPoint("glue_jobs.core.decode_stage", "batch_file", after_block),
    "between_registrations": KillPoint("glue_jobs.core.catalog", "Catalog.ensure_partition", after),
    "before_commit": KillPoint("glue_jobs.core.sink", "HourlySink.__call__", after),
    "after_commit": KillPoint("glue_jobs.core.observe", "BatchEvents.onQueryProgress", before),
    "between_tables": KillPoint("glue_jobs.core.sink", "_write_file", after),
    "leftovers_half_removed": KillPoint(
        "glue_jobs.core.storage", "LocalStorage.delete_files", after_the_first
    ),
}


def arm(name: str) -> None:
    """Wrap the point's function as soon as its module is imported."""
    if name in POINTS:
        sys.meta_path.insert(0, _Finder(name, POINTS[name]))


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, name: str, point: KillPoint) -> None:
        self._name = name
        self._point = point

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._point.module:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        assert spec is not None
        assert spec.loader is not None
        execute = spec.loader.exec_module

        def execute_and_wrap(module: ModuleType) -> None:
            execute(module)
            self._wrap(module)

        spec.loader.exec_module = execute_and_wrap  # type: ignore[method-assign]
        return spec

    def _wrap(self, module: ModuleType) -> None:
        *owners, attribute = self._point.function.split(".")
        owner = functools.reduce(getattr, owners, module)
        setattr(owner, attribute, self._point.place(self._name, getattr(owner, attribute)))
