"""A job as a real process that is killed or paused at named points, and started again."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Literal

from glue_jobs.core import lease
from tests.events import payload
from tests.faults.hits import processes

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
JOB = "glue_jobs.streaming.mobile_coverage"
START = datetime(2026, 11, 20, 10, tzinfo=UTC)

_QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""These jobs live for seconds: not worth the JVM's second compiler."""


@dataclass
class Job:
    """A job over a lake in `folder`, or over the one at `s3_lake`, run as often as needed.

    With `cores` Spark takes the machine for one with so many. A `launcher` gets the job's file, as on Glue.
    """

    folder: Path
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    module: str = JOB
    s3_lake: str | None = None
    cores: int | None = None
    launcher: Sequence[str] = ()
    hits: Counter[str] = field(default_factory=Counter)

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    @property
    def lake_uri(self) -> str:
        return self.s3_lake or self.lake.as_uri()

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint"

    def run(self) -> None:
        """Run to the end."""
        done = self._start({})
        assert done.returncode == 0, done.stderr[-3000:]

    def run_and_fail(self, settings: Mapping[str, str] | None = None) -> str:
        """Run to an end that is an error; its last words."""
        done = self._start(settings or {})
        assert done.returncode == 1, done.stderr[-3000:]
        return done.stderr.splitlines()[-1]

    def run_until_killed(self, point: str, after: int = 1) -> None:
        """Run until the kill point is reached for the `after`-th time; it must be."""
        hits = self.folder / f"hits-{self.hits.total()}-{point}"
        done = self._start(signal_at(point, "SIGKILL", after, hits))
        assert done.returncode == -9, f"{point} was not reached: {done.stderr[-3000:]}"
        self.hits[point] += len(hits.read_text().splitlines())

    @contextmanager
    def paused_at(self, point: str) -> Iterator["PausedJob"]:
        """Another run of the job, paused as a whole at the point; what is left of it in the end is killed."""
        hits = self.folder / f"hits-paused-{point}"
        with self.process(signal_at(point, "SIGSTOP", 1, hits)) as process:
            paused = PausedJob(process, hits)
            try:
                paused.wait_until_paused()
                yield paused
            finally:
                paused.kill()

    def _start(self, settings: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
        with self.process(settings) as process:
            output, errors = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def process(
        self, settings: Mapping[str, str], output: int | IO[str] = subprocess.PIPE
    ) -> "subprocess.Popen[str]":
        """A run of the job, just started; into a file go its output and its errors alike."""
        uris = ["--lake_uri", self.lake_uri, "--checkpoint_uri", self.checkpoint.as_uri()]
        return subprocess.Popen(
            [*self.program, *uris, *self.arguments],
            env={**os.environ, **self.environment, **self.own_environment, **settings},
            stdout=output,
            stderr=subprocess.PIPE if output == subprocess.PIPE else subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    @property
    def program(self) -> list[str]:
        if self.launcher:
            return [*self.launcher, str(ROOT / f"{self.module.replace('.', '/')}.py")]
        return [sys.executable, "-m", self.module]

    @property
    def own_environment(self) -> dict[str, str]:
        """What lets its processes find our modules and the faults, and its Java start quickly."""
        cores = [] if self.cores is None else [f"-XX:ActiveProcessorCount={self.cores}"]
        return {
            "PYTHONPATH": os.pathsep.join([str(HERE), str(ROOT)]),
            "JAVA_TOOL_OPTIONS": " ".join([_QUICK_START, *cores]),
        }


@dataclass
class PausedJob:
    """A run whose processes all stand still."""

    process: "subprocess.Popen[str]"
    hits: Path

    def wait_until_paused(self) -> None:
        """Until the point is reached and the driver stopped; it must not end before."""
        while process_state(self.process.pid) != "T":
            assert self.process.poll() is None, f"not paused: {self.process.communicate()}"
            time.sleep(0.05)

    def wait_until_lease_expires(self, checkpoint: Path) -> None:
        """Until the right of the paused run is over, as nobody renews it."""
        until = datetime.fromisoformat(json.loads((checkpoint / lease.PATH).read_text())["until"])
        while datetime.now(UTC) <= until:
            time.sleep(0.05)

    def wake(self) -> tuple[int, str]:
        """Let it go on to its end: exit code, and what it said of errors."""
        self.let_go_on()
        errors = self.process.communicate()[1]
        return self.process.returncode, errors

    def let_go_on(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it, wherever it is."""
        self._signal(signal.SIGKILL)
        self.process.wait()

    def _signal(self, number: signal.Signals) -> None:
        """Spark's workers have left the group; the one that reached the point noted its number."""
        for worker in processes(self.hits):
            with suppress(ProcessLookupError):
                os.kill(worker, number)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


def signal_at(
    point: str, signal_name: str, after: int, hits: Path, whom: Literal["all", "one"] = "all"
) -> dict[str, str]:
    """The settings that make a job send itself a signal when it reaches a point; `hits` notes each time.

    `one` is the process that reaches it: the driver, or a worker of Spark's.
    """
    hits.touch()
    return {
        "SLUICE_KILL_AT": point,
        "SLUICE_KILL_AFTER": str(after),
        "SLUICE_KILL_HITS": str(hits),
        "SLUICE_KILL_SIGNAL": signal_name,
        "SLUICE_KILL_WHOM": whom,
    }


def disk_full_at(ending: str, after: int, hits: Path) -> dict[str, str]:
    """The settings that make the disk full for the `after`-th file with this ending, and those after it."""
    return {
        "SLUICE_FULL_DISK_ENDING": ending,
        "SLUICE_FULL_DISK_AFTER": str(after),
        "SLUICE_FULL_DISK_HITS": str(hits),
    }


def process_state(pid: int) -> str:
    """One letter: `T` where it is stopped (proc(5))."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def files_job(folder: Path, environment: Mapping[str, str], events: Path, module: str = JOB) -> Job:
    """A job that reads one file in each batch, to the end of what is there."""
    arguments = [
        *("--source", "files", "--source_path", events.as_uri(), "--max_files_per_trigger", "1"),
        *("--run_mode", "available_now"),
    ]
    return Job(folder, arguments, environment, module)


def write_events(folder: Path, files: int, events_a_file: int, seed: int) -> list[bytes]:
    """Files of events in order of time, six minutes each, with some that are rejected; all their lines.

    The last file holds one event much later than the others, which closes their windows.
    """
    folder.mkdir(parents=True)
    rng = random.Random(seed)
    lines: list[bytes] = []
    for number in range(files):
        begins = START + timedelta(minutes=6 * number)
        some = [some_line(rng, begins + timedelta(seconds=rng.randrange(360))) for _ in range(events_a_file)]
        lines += write_file(folder, number, some)
    return lines + write_file(folder, files, [some_event(rng, START + timedelta(days=1))])


def write_file(folder: Path, number: int, lines: list[bytes]) -> list[bytes]:
    """The lines as a file that the source `files` takes at its place; the lines."""
    path = folder / f"events-{number:03d}.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    os.utime(path, (1_000_000 + number, 1_000_000 + number))
    return lines


def some_line(rng: random.Random, moment: datetime) -> bytes:
    """An event, or now and then something that is none."""
    kind = rng.random()
    if kind < 0.03:
        return rng.choice([b"not json", b"[]", b'{"signal": 3}'])
    return some_event(rng, moment, **({"signal": "strong"} if kind < 0.06 else {}))


def some_event(rng: random.Random, moment: datetime, **changes: object) -> bytes:
    """A valid event at `moment`; measured values that add up without rounding."""
    drawn = {
        "signal": rng.choice([3, 11, 25, 99]),
        "operator": rng.choice(["Movistar", "movistar", "vodafone ES", None]),
        "status": rng.choice([0, 2]),
        "satellites": rng.choice([0, 4, None]),
        "precission": rng.choice([8.5, 51.0]),
        "provider": rng.choice(["gps", "fused"]),
        "postal_code": rng.choice(["080193", "250236", None]),
    }
    return payload(timestamp=f"{moment:%Y-%m-%dT%H:%M:%SZ}", **{**drawn, **changes})
