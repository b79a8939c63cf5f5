"""The section `batches`: what a batch costs whatever is in it, with open windows in the state.

The job runs with its defaults and a short trigger, and is fed a file at a time: 20,000 records of one window.
Each file makes two batches, one with the records, and one without, which moves the watermark and closes a
window. The next file comes when both are committed. In the end it is watched while it finds nothing.
"""

import time
from dataclasses import asdict
from functools import partial
from pathlib import Path

from benchmarks.engine_process import EngineProcess, Event, engine_process
from benchmarks.engines import JOB, job_arguments
from benchmarks.retimed import records_between, sample_records
from benchmarks.section import Bench, Figures
from benchmarks.spread import spread_of
from glue_jobs.contracts.mobile_coverage import EVENT

RECORDS = 20_000
_WARM_UP = 9
"""Batches before the first that counts: more than windows stay open, and the JVM has compiled by then."""
_IDLE_SECONDS = 10
_TIMEOUT_SECONDS = 600.0
_STOP_SECONDS = 120.0
_POLL_SECONDS = 0.1


def measure_batches(bench: Bench) -> Figures:
    """`small_batch_seconds` of 20,000 records, `empty_batch_seconds` without, `idle_trigger_cpu_seconds`.

    Raises:
        EngineFailed: the job did not come to a good end, or stood still.
    """
    source, output = bench.folder / "source", bench.folder / "output"
    source.mkdir()
    output.mkdir()
    arguments = job_arguments(output, source="files", source_path=source.as_uri(), trigger="1 second")
    with (
        bench.show("batches of 20,000 records and of none"),
        engine_process(JOB, arguments, output) as process,
    ):
        _feed(process, bench, source)
        events = process.events()
        idle = _idle_cpu_seconds(process)
        process.stop(_STOP_SECONDS)
    counted = events[2 * _WARM_UP :]
    return {
        "records": RECORDS,
        "small_batch_seconds": _spread([event for event in counted if event["records_in"]]),
        "empty_batch_seconds": _spread([event for event in counted if not event["records_in"]]),
        "batches": len(counted) // 2,
        "state_rows": max(event["state_rows"] for event in counted),
        "idle_trigger_cpu_seconds": idle / _IDLE_SECONDS,
    }


def _feed(process: EngineProcess, bench: Bench, source: Path) -> None:
    records = sample_records(bench.first_files(1)[0], RECORDS)
    length = EVENT.window.total_seconds()
    for place in range(_WARM_UP + bench.options.batches):
        draft = source / f".records-{place:05}.json"
        draft.write_bytes(records_between(records, place * length, (place + 1) * length))
        draft.rename(source / f"records-{place:05}.json")
        done = partial(_has_done, process, 2 * (place + 1))
        process.run_until(done, _TIMEOUT_SECONDS, _POLL_SECONDS)


def _has_done(process: EngineProcess, batches: int) -> bool:
    return len(process.events()) >= batches


def _idle_cpu_seconds(process: EngineProcess) -> float:
    """Of the whole process tree, while triggers find nothing, one each second."""
    before, began = process.cpu_seconds, time.monotonic()
    process.run_until(lambda: time.monotonic() - began >= _IDLE_SECONDS, _TIMEOUT_SECONDS)
    return process.cpu_seconds - before


def _spread(events: list[Event]) -> Figures:
    found = spread_of([event["duration_seconds"] for event in events])
    assert found is not None
    return asdict(found)
