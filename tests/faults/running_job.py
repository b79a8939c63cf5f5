"""A run of a job that goes on until something happens to it; what it says is in a file."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.faults.harness import Job

_PATIENCE_SECONDS = 180
"""Longer than anything that is waited for here takes."""


@dataclass(frozen=True)
class RunningJob:
    """One run, and the file of its output and errors."""

    process: "subprocess.Popen[str]"
    log: Path

    def wait_for_batches(self, count: int) -> None:
        """Until it has committed so many more batches."""
        assert self.commits(count), f"ended by itself: {self.last_words}"

    def commits(self, count: int) -> bool:
        """Whether it commits so many more batches, and does not end by itself before."""
        enough = self._batches() + count
        self._wait(lambda: self._batches() >= enough or self.process.poll() is not None)
        return self.process.poll() is None

    def end(self) -> int:
        """Its exit code, when it has ended by itself."""
        self._wait(lambda: self.process.poll() is not None)
        return self.process.wait()

    def stop(self) -> int:
        """Let it end its batch and itself; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.end()

    @property
    def last_words(self) -> str:
        lines = [line for line in self.log.read_text().splitlines() if line.strip()]
        return lines[-1] if lines else "nothing"

    def _batches(self) -> int:
        return self.log.read_text().count('{"event": "batch"')

    def _wait(self, until: Callable[[], bool]) -> None:
        end = time.monotonic() + _PATIENCE_SECONDS
        while not until():
            assert time.monotonic() < end, f"nothing happens: {self.last_words} ({self.log})"
            time.sleep(0.1)


@contextmanager
def running(job: Job, settings: Mapping[str, str], log: Path) -> Iterator[RunningJob]:
    """The job, started with these settings; what is left of it when the block ends is killed."""
    with log.open("w") as output, job.process(settings, output) as process:
        try:
            yield RunningJob(process, log)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
