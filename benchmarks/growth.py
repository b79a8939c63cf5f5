"""The section `growth`: what becomes of speed and memory when one thing grows and the rest stays.

Each point is a run of this project's job without raw, in batches of half its files, except for the
number of records: there the batches stay and their number grows.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import TypeAlias

from benchmarks.engines import ON_GLUE, OWN_SOURCE, Engine, Input, Run, run
from benchmarks.equality import check_side_tables
from benchmarks.input_variants import (
    Change,
    broken,
    changed,
    first_files,
    with_postal_codes,
    with_rejects,
    with_size,
)
from benchmarks.measurement import peak_during
from benchmarks.section import Bench, Figures

_FILES_PER_TRIGGER = 10
_FILES = 20
_SEED = 0

Point: TypeAlias = tuple[Figures, Engine, Callable[[Path], Input]]
"""What names it, the engine, and how its input is made."""


def measure_growth(bench: Bench) -> Figures:
    """Axis → its points, each with what it is, engine, records, rates and memory.

    Raises:
        EngineFailed: the job did not come to a good end.
        ResultsDiffer: not as many records are in quarantine as were made to break the contract.
    """
    axes = {"records": _records, "keys": _keys, "record_bytes": _sizes, "rejects": _rejects}
    return {axis: [_measured(bench, point) for point in points(bench)] for axis, points in axes.items()}


def _records(bench: Bench) -> Iterator[Point]:
    for files in bench.options.growth_files:
        records = files * bench.records_per_file

        def make(folder: Path, files: int = files, records: int = records) -> Input:
            return Input(first_files(bench.base.folder, folder, files), records, _FILES_PER_TRIGGER)

        yield {"records": records}, OWN_SOURCE, make


def _keys(bench: Bench) -> Iterator[Point]:
    for count in bench.options.growth_keys:
        yield {"keys": count}, OWN_SOURCE, _changed(bench, with_postal_codes(count, Random(_SEED)))


def _sizes(bench: Bench) -> Iterator[Point]:
    """About as many bytes at each size, so fewer of the larger records."""
    for size in bench.options.growth_bytes:
        records_per_file = max(bench.records_per_file * bench.options.growth_bytes[0] // size, 1)
        yield {"record_bytes": size}, OWN_SOURCE, _changed(bench, with_size(size), records_per_file)


def _rejects(bench: Bench) -> Iterator[Point]:
    for share in bench.options.growth_rejects:
        for engine in (OWN_SOURCE, ON_GLUE):
            yield {"rejects": share}, engine, _changed(bench, with_rejects(share, Random(_SEED)))


def _changed(bench: Bench, change: Change, records_per_file: int | None = None) -> Callable[[Path], Input]:
    taken = records_per_file or bench.records_per_file

    def make(folder: Path) -> Input:
        made = changed(bench.base.folder, folder, _FILES, taken, change)
        return Input(made, _FILES * taken, _FILES // 2)

    return make


def _measured(bench: Bench, point: Point) -> Figures:
    what, engine, make = point
    source, output = bench.folder / "source", bench.folder / "output"
    with bench.show(", ".join([engine.name, *(f"{name} {value:,}" for name, value in what.items())])):
        data = make(source)
        size = sum(file.stat().st_size for file in source.iterdir())
        done = run(engine, data, output)
        check_side_tables(
            engine.name, output, 0, broken(what.get("rejects", 0.0), Random(_SEED), data.records)
        )
        shutil.rmtree(source)
        shutil.rmtree(output)
    return {**what, "engine": engine.name, "bytes_per_record": size / data.records, **_figures(done)}


def _figures(done: Run) -> Figures:
    peaks = [peak_during(done.samples, event) for event in done.events if event["records_in"]]
    return {**asdict(done.measurement), "batch_peak_bytes": [peak for peak in peaks if peak is not None]}
