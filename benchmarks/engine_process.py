"""An engine as a process of its own, so that its memory and its start are its own."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from benchmarks import process_tree
from benchmarks.session_guard import session_guard

Event: TypeAlias = dict[str, Any]

_SAMPLE_SECONDS = 0.2


class EngineFailed(Exception):
    """An engine has ended with an error, or does not come to an end."""


class Sample(NamedTuple):
    """What an engine used at one moment: time of day, memory, and processor time since its start."""

    time: float
    resident_bytes: int
    cpu_seconds: float


class EngineProcess:
    """A running engine, the events it has printed, and what it has used so far."""

    def __init__(self, process: "subprocess.Popen[bytes]", folder: Path) -> None:
        self._process = process
        self._folder = folder
        self._others_cpu_seconds = _cpu_seconds_of_ended_children()
        self.started = time.time()  # events carry the time of day
        self.samples: list[Sample] = []
        self.cpu_seconds = 0.0

    @property
    def session(self) -> int:
        """What all its processes have in common."""
        return self._process.pid

    @property
    def peak_bytes(self) -> int:
        return max((sample.resident_bytes for sample in self.samples), default=0)

    def events(self) -> list[Event]:
        """The events of all batches so far."""
        lines = _output(self._folder).read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]

    def run_until(
        self, reached: Callable[[], bool], timeout_seconds: float, poll_seconds: float = _SAMPLE_SECONDS
    ) -> None:
        """Let it run until `reached`, or to its end.

        Raises:
            EngineFailed: it ended with an error, or neither came in time.
        """
        until = time.monotonic() + timeout_seconds
        while self._process.poll() is None and not reached():
            if time.monotonic() > until:
                raise EngineFailed(
                    f"not done after {timeout_seconds:.0f} s; its output is {self._last_words()}"
                )
            if not self.samples or time.time() - self.samples[-1].time >= _SAMPLE_SECONDS:
                self._sample()
            time.sleep(poll_seconds)
        if self._process.returncode:
            raise EngineFailed(f"ended with {self._process.returncode}: {self._last_words()}")

    def run_to_end(self, timeout_seconds: float) -> float:
        """Let it run to its end; the seconds from its start."""
        self.run_until(lambda: False, timeout_seconds)
        seconds = time.time() - self.started
        # What it used after the last sample; and of children that nobody waited for, only a sample tells.
        ended = _cpu_seconds_of_ended_children() - self._others_cpu_seconds
        self.cpu_seconds = max(self.cpu_seconds, ended)
        return seconds

    def stop(self, timeout_seconds: float) -> None:
        """Ask it to end, and wait for that."""
        self._process.send_signal(signal.SIGTERM)
        self.run_to_end(timeout_seconds)

    def _sample(self) -> None:
        used = process_tree.cpu_seconds(self.session)
        self.cpu_seconds = max(self.cpu_seconds, used)
        resident = process_tree.resident_bytes(self.session)
        self.samples.append(Sample(time.time(), resident, self.cpu_seconds))

    def _last_words(self) -> str:
        lines = [
            line for line in _errors(self._folder).read_text(errors="replace").splitlines() if line.strip()
        ]
        said = [line for line in lines if not line.startswith(("\t", " "))]
        return said[-1] if said else "nothing"


@contextmanager
def engine_process(
    module: str, arguments: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[EngineProcess]:
    """Run `module` as a program that prints its events; what it leaves when the block ends is killed.

    So it is, too, when this process is killed.
    """
    with _output(folder).open("wb") as output, _errors(folder).open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
    try:
        with session_guard(process.pid):
            yield EngineProcess(process, folder)
    finally:
        process_tree.end(process.pid)
        process.wait()


def _cpu_seconds_of_ended_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _output(folder: Path) -> Path:
    return folder / "events.jsonl"


def _errors(folder: Path) -> Path:
    return folder / "errors.log"
