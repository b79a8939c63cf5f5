"""The places at which a job under test is killed or paused, and how: a signal to its whole process group.

Each place is before, after or in the middle of a function of the job. `POINTS` are places with a name. A
*step* is the passing of any of the many places of `STEPS`, whichever: the n-th step of a run is a moment that
no clock decides. When the point or step is reached for the n-th time, that is noted in a file, and then
everything dies of SIGKILL, or stands still until SIGCONT.
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

from tests.faults.hits import note

STEP = "step"


def die(name: str) -> None:
    """Note that the point was reached, and kill or pause the job if it is time."""
    if note(Path(os.environ["SLUICE_KILL_HITS"]), name) != int(os.environ["SLUICE_KILL_AFTER"]):
        return
    number = signal.Signals[os.environ["SLUICE_KILL_SIGNAL"]]
    if os.environ["SLUICE_KILL_WHOM"] == "all":
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
    """`delete_files`, with death when one file of a table is gone; a checkpoint's files are not meant."""

    @functools.wraps(delete_files)
    def wrapped(storage: Any, paths: Any) -> None:
        for path in list(paths):
            delete_files(storage, [path])
            if path.endswith(".parquet"):
                die(name)

    return wrapped


@dataclass(frozen=True)
class KillPoint:
    """A function of a module, by its dotted name in there, and where around it death comes."""

    module: str
    function: str
    place: Callable[[str, Callable[..., Any]], Callable[..., Any]]


_LEFTOVERS = [
    KillPoint("glue_jobs.core.storage", f"{storage}.delete_files", after_the_first)
    for storage in ("LocalStorage", "S3Storage")
]

POINTS: dict[str, list[KillPoint]] = {
    "offsets_planned": [KillPoint("glue_jobs.core.sink", "HourlySink.__call__", before)],
    "before_side_files": [KillPoint("glue_jobs.core.decode_stage", "batch_file", before)],
    "between_side_files": [KillPoint("glue_jobs.core.decode_stage", "batch_file", after_block)],
    "between_registrations": [KillPoint("glue_jobs.core.catalog", "Catalog.ensure_partitions", after)],
    "before_commit": [KillPoint("glue_jobs.core.sink", "HourlySink.__call__", after)],
    "after_commit": [KillPoint("glue_jobs.core.observe", "BatchEvents.onQueryProgress", before)],
    "between_tables": [KillPoint("glue_jobs.core.sink", "_write_file", after)],
    "leftovers_half_removed": _LEFTOVERS,
}
"""In the order in which one job dies at each: only a batch that closes windows has tables to write, and what
is left of it is there to be removed."""

_LEDGER = "glue_jobs.core.landing.ledger"

RAW_POINTS: dict[str, list[KillPoint]] = {
    "raw_planned": [KillPoint(_LEDGER, "Ledger.plan", after)],
    "raw_file_written": [KillPoint("glue_jobs.core.landing.raw_part", "_PartFile.end", after)],
    "before_raw_done": [KillPoint(_LEDGER, "Ledger.finish", before)],
    "raw_done": [KillPoint(_LEDGER, "Ledger.finish", after)],
}
"""Those of a job that takes landed objects into raw, in the order of a run."""

UPSERT_POINTS: dict[str, list[KillPoint]] = {
    "before_upsert": [KillPoint("glue_jobs.core.upsert", "_merge", before)],
    "after_upsert": [KillPoint("glue_jobs.core.upsert", "_merge", after)],
    "after_load": [KillPoint("glue_jobs.core.upsert", "_replace", after)],
}
"""Those of the jobs that take raw into a table of states: each has one commit."""

STEPS: list[KillPoint] = [
    *(point for points in POINTS.values() for point in points),
    KillPoint("glue_jobs.core.batch_files", "BatchFile.write", before),
    KillPoint("glue_jobs.core.sink", "batch_file", before),
    KillPoint("glue_jobs.core.catalog", "Catalog.ensure_partitions", before),
    KillPoint("glue_jobs.core.sources.kinesis_reader", "KinesisStreamReader.latestOffset", before),
    KillPoint("glue_jobs.core.sources.spool", "Spool.write", after),
    KillPoint("glue_jobs.core.sources.kinesis_reader", "KinesisStreamReader.partitions", before),
    KillPoint("glue_jobs.core.sources.kinesis_reader", "KinesisStreamReader.read", before),
    KillPoint("glue_jobs.core.sources.kinesis_reader", "read_spool", before),
    KillPoint("glue_jobs.core.sources.kinesis_reader", "KinesisStreamReader.commit", before),
]


def arm(name: str) -> None:
    """Wrap the functions of a point, or those of every step, as soon as their modules are imported."""
    wrap(name, STEPS if name == STEP else {**POINTS, **RAW_POINTS, **UPSERT_POINTS}.get(name, []))


def wrap(name: str, points: Sequence[KillPoint]) -> None:
    """Wrap the functions of these points as soon as their modules are imported."""
    sys.meta_path.insert(0, _Finder(name, points))


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, name: str, points: Sequence[KillPoint]) -> None:
        self._name = name
        self._points = points
        self._found: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        points = [point for point in self._points if point.module == fullname]
        if not points or fullname in self._found:
            return None
        self._found.add(fullname)
        spec = importlib.util.find_spec(fullname)
        assert spec is not None
        assert spec.loader is not None
        execute = spec.loader.exec_module

        def execute_and_wrap(module: ModuleType) -> None:
            execute(module)
            for point in points:
                self._wrap(point, module)

        spec.loader.exec_module = execute_and_wrap  # type: ignore[method-assign]
        return spec

    def _wrap(self, point: KillPoint, module: ModuleType) -> None:
        *owners, attribute = point.function.split(".")
        owner = functools.reduce(getattr, owners, module)
        setattr(owner, attribute, point.place(self._name, getattr(owner, attribute)))
