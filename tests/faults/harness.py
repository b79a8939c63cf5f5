"""A job as a real process that is killed at named points and started again each time."""

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.events import payload

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
JOB = "glue_jobs.streaming.mobile_coverage"
START = datetime(2026, 11, 20, 10, tzinfo=UTC)

_QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""These jobs live for seconds: not worth the JVM's second compiler."""


@dataclass
class Job:
    """A job over a lake in `folder`, run as often as needed."""

    folder: Path
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    module: str = JOB
    hits: Counter[str] = field(default_factory=Counter)

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    def run(self) -> None:
        """Run to the end."""
        done = self._start({})
        assert done.returncode == 0, done.stderr[-3000:]

    def run_until_killed(self, point: str, after: int = 1) -> None:
        """Run until the kill point is reached for the `after`-th time; it must be."""
        hits = self.folder / f"hits-{self.hits.total()}-{point}"
        hits.touch()
        settings = {"SLUICE_KILL_AT": point, "SLUICE_KILL_AFTER": str(after), "SLUICE_KILL_HITS": str(hits)}
        done = self._start(settings)
        assert done.returncode == -9, f"{point} was not reached: {done.stderr[-3000:]}"
        self.hits[point] += hits.read_text().splitlines().count(point)

    def _start(self, settings: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
        uris = ["--lake_uri", self.lake.as_uri(), "--checkpoint_uri", (self.folder / "checkpoint").as_uri()]
        modules = {"PYTHONPATH": os.pathsep.join([str(HERE), str(ROOT)]), "JAVA_TOOL_OPTIONS": _QUICK_START}
        return subprocess.run(
            [sys.executable, "-m", self.module, *uris, *self.arguments],
            env={**os.environ, **self.environment, **settings, **modules},
            capture_output=True,
            text=True,
            start_new_session=True,
            check=False,
        )


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
