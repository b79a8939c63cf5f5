"""A task that fails and a task that is slow, in a job on a cluster that tries such tasks again.

In batch 0 the first attempt at part 0 fails when it has published its first side file. In batch 1 the first
attempt at part 0 stands still until the batch is committed, which another attempt has made possible. Then it
goes on, with what Spark had handed to it before it was given up, and publishes that. The job's driver does
not begin batch 2 before that has happened.

Records come out of the JVM, as they do on Glue: a task that reads its records itself has all of them, however
late it is.
"""

import functools
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyspark import TaskContext

from glue_jobs.core.batch_files import current_task
from glue_jobs.core.sources.source import Source, of_rows
from tests.faults.hits import note
from tests.faults.kill_points import KillPoint, wrap
from tests.records_of import rows_of

_WAIT_SECONDS = 90


def arm() -> None:
    """Put all that around the functions of the job."""
    wrap("", _POINTS)


def _folder() -> Path:
    return Path(os.environ["SLUICE_TASKS_TRIED_AGAIN"])


def _is_first_attempt_at_part_0(batch_number: int) -> bool:
    task = TaskContext.get()
    batch, part = current_task()
    assert task is not None
    return (batch.number, part, task.attemptNumber()) == (batch_number, 0, 0)


def _out_of_the_jvm(name: str, read_records: Callable[..., Source]) -> Callable[..., Source]:
    @functools.wraps(read_records)
    def wrapped(*args: Any) -> Source:
        return of_rows(rows_of(read_records(*args)))

    return wrapped


def _slow(name: str, chunks_of: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(chunks_of)
    def wrapped(texts: Iterable[Any]) -> Any:
        return chunks_of(_standing_still(texts) if _is_first_attempt_at_part_0(1) else texts)

    return wrapped


def _standing_still(texts: Iterable[Any]) -> Iterator[Any]:
    """The same, and after the first of them nothing until the batch is committed."""
    for number, some in enumerate(texts):
        yield some
        if number == 0:
            _wait(lambda: (_folder() / "checkpoint" / "commits" / "1").exists())


def _published(name: str, batch_file: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(batch_file)
    def wrapped(storage: Any, path: str, *args: Any) -> Any:
        @contextmanager
        def block() -> Iterator[Any]:
            with batch_file(storage, path, *args) as file:
                yield file
            if _is_first_attempt_at_part_0(0):
                note(_folder() / "attempts", "failed")
                raise RuntimeError("a failure when the first side file is published")
            if _is_first_attempt_at_part_0(1) and path.startswith("raw/"):
                note(_folder() / "attempts", f"late:{file._rows}")

        return block()

    return wrapped


def _after_the_late_attempt(name: str, sink: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(sink)
    def wrapped(self: Any, rows: Any, batch_number: int) -> None:
        if batch_number == 2:
            _wait(lambda: "late:" in (_folder() / "attempts").read_text())
        sink(self, rows, batch_number)

    return wrapped


def _wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + _WAIT_SECONDS
    while not until():
        if time.monotonic() > end:
            raise TimeoutError("what this process waits for does not happen")
        time.sleep(0.05)


_POINTS = [
    KillPoint("glue_jobs.core.sources.records", "read_records", _out_of_the_jvm),
    KillPoint("glue_jobs.core.decode_stage", "chunks_of", _slow),
    KillPoint("glue_jobs.core.decode_stage", "batch_file", _published),
    KillPoint("glue_jobs.core.sink", "HourlySink.__call__", _after_the_late_attempt),
]
