"""The engines: this project's job and the naive one, each run over a folder of files to its end."""

import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.engine_process import EngineProcess, engine_process
from benchmarks.measurement import Measurement, measured

_JOB = "glue_jobs.streaming.mobile_coverage"
_NAIVE = "benchmarks.naive_job"
_TIMEOUT_SECONDS = 1800.0
_STOP_SECONDS = 120.0
_IDLE_TRIGGERS = 10


@dataclass(frozen=True)
class Input:
    """What an engine reads, and how much of it at once."""

    folder: Path
    records: int
    files_per_trigger: int


def run_naive(engine: str, data: Input, output: Path, *folders: str) -> Measurement:
    """The naive job; `folders` is "by_hour" to leave out the folders by postal code."""
    output.mkdir(parents=True)
    arguments = [str(data.folder), str(output), str(data.files_per_trigger), *folders]
    return _run(engine, _NAIVE, arguments, data, output)


def run_job(engine: str, data: Input, output: Path, keep_raw: bool) -> Measurement:
    """This project's job, until it has caught up."""
    output.mkdir(parents=True)
    options = {"keep_raw": str(keep_raw).lower(), "run_mode": "available_now"}
    return _run(engine, _JOB, _arguments(data, output, options), data, output)


@dataclass(frozen=True)
class IdleCost:
    """What a trigger costs that finds nothing new, as processor seconds of the whole process tree."""

    triggers: int
    cpu_seconds: float

    @property
    def cpu_seconds_each(self) -> float:
        return self.cpu_seconds / self.triggers


def run_idle(data: Input, output: Path) -> IdleCost:
    """The job with a trigger each second: let it take all there is, then watch it find nothing."""
    output.mkdir(parents=True)
    arguments = _arguments(data, output, {"run_mode": "continuous", "trigger": "1 second"})
    with engine_process(_JOB, arguments, output) as process:
        process.run_until(lambda: _is_idle(process), _TIMEOUT_SECONDS)
        before, began = process.cpu_seconds, time.monotonic()
        process.run_until(lambda: time.monotonic() - began >= _IDLE_TRIGGERS, _TIMEOUT_SECONDS)
        used = process.cpu_seconds - before
        process.stop(_STOP_SECONDS)
    return IdleCost(_IDLE_TRIGGERS, used)


def _is_idle(process: EngineProcess) -> bool:
    """The batch without records, which closes windows, is the last one."""
    events = process.events()
    return bool(events) and events[-1]["records_in"] == 0


def _run(engine: str, module: str, arguments: list[str], data: Input, output: Path) -> Measurement:
    with engine_process(module, arguments, output) as process:
        seconds = process.run_to_end(_TIMEOUT_SECONDS)
        return measured(engine, process, data.records, seconds)


def _arguments(data: Input, output: Path, more: dict[str, str]) -> list[str]:
    options = {
        "source": "files",
        "source_path": data.folder.as_uri(),
        "lake_uri": (output / "lake").as_uri(),
        "checkpoint_uri": (output / "checkpoint").as_uri(),
        "register_partitions": "false",
        "max_files_per_trigger": str(data.files_per_trigger),
        **more,
    }
    return [text for name, value in options.items() for text in (f"--{name}", value)]
