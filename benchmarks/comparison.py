"""The section `engines`: all engines side by side, one after the other and round after round.

What disturbs the machine for a while hits all of them. Each result is compared with that of DuckDB before the
next engine runs.
"""

import shutil
from pathlib import Path

from benchmarks.engines import (
    DUCKDB,
    FROM_JSON,
    NAIVE,
    NAIVE_BY_HOUR,
    ON_GLUE,
    ON_GLUE_RAW,
    OWN_SOURCE,
    OWN_SOURCE_AT_ONCE,
    OWN_SOURCE_NO_REPEATS,
    OWN_SOURCE_RAW,
    Engine,
    Input,
    run,
)
from benchmarks.equality import check_side_tables, check_tables
from benchmarks.input_files import input_folder
from benchmarks.input_variants import first_files
from benchmarks.measurement import Measurement, summary
from benchmarks.naive_equality import check_counts
from benchmarks.prices import usd_per_million
from benchmarks.section import Bench, Figures

REPEATED = (
    DUCKDB,
    FROM_JSON,
    ON_GLUE,
    ON_GLUE_RAW,
    OWN_SOURCE,
    OWN_SOURCE_RAW,
    OWN_SOURCE_AT_ONCE,
    OWN_SOURCE_NO_REPEATS,
)

_NAIVE_FILES = 4
_NAIVE_BY_HOUR_PARTS = 6
"""It reads a sixth of the input: all of it would take a quarter of an hour."""


def compare_engines(bench: Bench) -> Figures:
    """`engines`: for each its records, runs and figures; `rows_compared`: rows found equal to DuckDB's.

    Raises:
        EngineFailed: an engine did not come to a good end.
        ResultsDiffer: an engine has published something else than DuckDB.
    """
    measured: dict[str, tuple[Input, list[Measurement]]] = {}
    compared: dict[str, int] = {}
    with bench.show("DuckDB, for the results"):
        reference = _reference(bench.base, bench.folder / "reference")
    for place in range(bench.options.repeats):
        for engine in REPEATED:
            with bench.show(f"{engine.name}, run {place + 1} of {bench.options.repeats}"):
                output = bench.folder / "output"
                taken = run(engine, bench.base, output).measurement
                compared[engine.name] = check_tables(engine.name, output, reference)
                check_side_tables(engine.name, output, bench.base.records if engine.raw_kept else 0)
                shutil.rmtree(output)
            measured.setdefault(engine.name, (bench.base, []))[1].append(taken)
    for engine, data in _naive_inputs(bench):
        with bench.show(engine.name):
            taken, compared[engine.name] = _run_naive(engine, data, bench.folder)
        measured[engine.name] = data, [taken]
    shutil.rmtree(reference)
    return {
        "records": bench.base.records,
        "files": bench.options.files,
        "files_per_trigger": bench.base.files_per_trigger,
        "rows_compared": compared,
        "engines": {name: _figures(data, runs) for name, (data, runs) in measured.items()},
    }


def _reference(data: Input, output: Path) -> Path:
    run(DUCKDB, data, output)
    return output


def _naive_inputs(bench: Bench) -> list[tuple[Engine, Input]]:
    """Few records for the slow ones; spread over a day where the files are by postal code."""
    few = bench.options.naive_records
    sparse = input_folder(bench.base.folder.parent, few, _NAIVE_FILES, few, lambda made: None)
    files = bench.options.files // _NAIVE_BY_HOUR_PARTS
    dense = first_files(bench.base.folder, bench.folder / "naive-by-hour-input", files)
    return [
        (NAIVE, Input(sparse, few, _NAIVE_FILES // 2)),
        (NAIVE_BY_HOUR, Input(dense, files * bench.records_per_file, (files + 1) // 2)),
    ]


def _run_naive(engine: Engine, data: Input, folder: Path) -> tuple[Measurement, int]:
    """What it took, and the groups found equal."""
    reference = _reference(data, folder / "naive-reference")
    output = folder / "output"
    taken = run(engine, data, output).measurement
    compared = check_counts(engine.name, output, reference)
    shutil.rmtree(output)
    shutil.rmtree(reference)
    return taken, compared


def _figures(data: Input, runs: list[Measurement]) -> Figures:
    figures = summary(runs)
    cpu = figures["steady_cpu_seconds_per_million"] or figures["cpu_seconds_per_million"]
    return {
        "records": data.records,
        "runs": len(runs),
        **figures,
        "usd_per_million": usd_per_million(cpu["median"]),
    }
