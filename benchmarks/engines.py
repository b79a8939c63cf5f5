"""The engines, each run over a folder of files to its end, in a process of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from benchmarks.engine_process import Event, Sample, engine_process
from benchmarks.measurement import Measurement, measured

JOB = "glue_jobs.streaming.mobile_coverage"
STREAM_ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/benchmark"
"""Of no account: where the connector is stood in for, nobody is asked for the stream."""

_TIMEOUT_SECONDS = 3600.0


@dataclass(frozen=True)
class Input:
    """What an engine reads, and how much of it at once."""

    folder: Path
    records: int
    files_per_trigger: int


Command: TypeAlias = tuple[str, list[str]]
"""A module to be run as a program, and its arguments."""


@dataclass(frozen=True)
class Engine:
    """How an engine is called and run. `raw_kept`: it writes every record as it came, too."""

    name: str
    command: Callable[[Input, Path], Command]
    raw_kept: bool = False


@dataclass(frozen=True)
class Run:
    """A run that came to a good end."""

    measurement: Measurement
    events: list[Event]
    samples: list[Sample]


def run(engine: Engine, data: Input, output: Path) -> Run:
    """Run an engine into the new folder `output`.

    Raises:
        EngineFailed: it ended with an error, or not in time.
    """
    output.mkdir(parents=True)
    module, arguments = engine.command(data, output)
    with engine_process(module, arguments, output) as process:
        seconds = process.run_to_end(_TIMEOUT_SECONDS)
        return Run(measured(process, data.records, seconds), process.events(), process.samples)


def job_arguments(output: Path, **more: object) -> list[str]:
    """Arguments of this project's job that writes below `output`, and nothing to a catalogue."""
    options: dict[str, object] = {
        "lake_uri": (output / "lake").as_uri(),
        "checkpoint_uri": (output / "checkpoint").as_uri(),
        "register_partitions": "false",
        **more,
    }
    return [text for name, value in options.items() for text in (f"--{name}", str(value))]


def _naive(*folders: str) -> Callable[[Input, Path], Command]:
    def command(data: Input, output: Path) -> Command:
        return "benchmarks.naive_job", [str(data.folder), str(output), str(data.files_per_trigger), *folders]

    return command


def _from_json(data: Input, output: Path) -> Command:
    return "benchmarks.from_json_job", [str(data.folder), str(output), str(data.files_per_trigger)]


def _duckdb(data: Input, output: Path) -> Command:
    return "benchmarks.duckdb_batch", [str(data.folder), str(output)]


def _on_glue(keep_raw: bool) -> Callable[[Input, Path], Command]:
    def command(data: Input, output: Path) -> Command:
        arguments = job_arguments(
            output, stream_name=STREAM_ARN, keep_raw=str(keep_raw).lower(), run_mode="available_now"
        )
        glue = [str(data.folder), str(data.files_per_trigger), "--JOB_NAME", "benchmark"]
        return "benchmarks.job_on_glue", [*glue, *arguments]

    return command


def _own_source(keep_raw: bool, one_batch: bool = False, **more: str) -> Callable[[Input, Path], Command]:
    def command(data: Input, output: Path) -> Command:
        files = len(list(data.folder.iterdir())) if one_batch else data.files_per_trigger
        return JOB, job_arguments(
            output,
            source="files",
            source_path=data.folder.as_uri(),
            max_files_per_trigger=files,
            keep_raw=str(keep_raw).lower(),
            run_mode="available_now",
            **more,
        )

    return command


NAIVE = Engine("naive", _naive())
"""The naive job as it is described, with folders by hour and postal code."""

NAIVE_BY_HOUR = Engine("naive by hour", _naive("by_hour"))
"""The same without its folders by postal code: the harder one to beat."""

FROM_JSON = Engine("one query, from_json", _from_json)
ON_GLUE = Engine("this job on Glue", _on_glue(keep_raw=False))
ON_GLUE_RAW = Engine("this job on Glue, raw kept", _on_glue(keep_raw=True), raw_kept=True)
OWN_SOURCE = Engine("this job, own source", _own_source(keep_raw=False))
OWN_SOURCE_AT_ONCE = Engine("this job, own source, one batch", _own_source(keep_raw=False, one_batch=True))
"""All there is in a single batch, as a job that has to catch up may take it."""

OWN_SOURCE_NO_REPEATS = Engine(
    "this job, own source, repeats dropped", _own_source(keep_raw=False, deduplicate="payload")
)
OWN_SOURCE_RAW = Engine("this job, own source, raw kept", _own_source(keep_raw=True), raw_kept=True)
DUCKDB = Engine("DuckDB, one batch", _duckdb)
