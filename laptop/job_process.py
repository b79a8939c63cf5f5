"""A job as a process of its own, watched through the events it prints."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

from glue_jobs.core.errors import SluiceError

_STOP_SECONDS = 60.0
"""A running batch may finish; longer than this and it is killed, which loses nothing but time."""


class JobFailed(SluiceError):
    """A job ended by itself with an error."""


class JobProcess:
    """A running job: its events so far, and ways to wait for more."""

    def __init__(self, process: "subprocess.Popen[str]", log: Path) -> None:
        self._process = process
        self._log = log
        self._stopping = False
        self._news: Queue[dict[str, Any]] = Queue()
        self.events: list[dict[str, Any]] = []
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with suppress(json.JSONDecodeError):  # a line of somebody else's
                self._news.put(json.loads(line))

    def next_event(self, timeout_seconds: float) -> dict[str, Any] | None:
        """The next event; None where there is none in time.

        Raises:
            JobFailed: the job has ended with an error, or without having been told to.
        """
        try:
            event = self._news.get(timeout=timeout_seconds)
        except Empty:
            if self._process.poll() is not None and not (self._stopping and self._process.returncode == 0):
                raise JobFailed(self._last_words()) from None
            return None
        self.events.append(event)
        return event

    def drain(self) -> None:
        """Take the events that have come in the meantime."""
        while self.next_event(0.2) is not None:
            pass

    def end(self) -> list[dict[str, Any]]:
        """Wait until it ends by itself; all its events.

        Raises:
            JobFailed: it ended with an error.
        """
        if self._process.wait() != 0:
            raise JobFailed(self._last_words())
        self._reader.join()
        while not self._news.empty():
            self.events.append(self._news.get())
        return self.events

    def stop(self) -> None:
        """Let the running batch finish, then end.

        Raises:
            JobFailed: it ended with an error.
        """
        self._stopping = True
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise JobFailed(f"still in its batch {_STOP_SECONDS:.0f} s after SIGTERM; killed") from None
        if code != 0:
            raise JobFailed(self._last_words())
        self.drain()

    def _last_words(self) -> str:
        lines = [line for line in self._log.read_text(errors="replace").splitlines() if line.strip()]
        return f"{lines[-1] if lines else 'the job ended without a word'} (see {self._log})"


@contextmanager
def job_process(
    module: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path
) -> Iterator[JobProcess]:
    """Run `module` as a program in a process group of its own; what it leaves when the block ends is killed.

    Its events come from its standard output; its standard error goes to `log`.
    """
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    try:
        yield JobProcess(process, log)
    finally:
        _kill_group(process)


def run_to_the_end(
    module: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path
) -> list[dict[str, Any]]:
    """Run a job that ends by itself; its events.

    Raises:
        JobFailed: it ended with an error.
    """
    with job_process(module, arguments, environment, log) as job:
        return job.end()


def _kill_group(process: "subprocess.Popen[str]") -> None:
    with suppress(ProcessLookupError):  # it has ended, and all it started with it
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
