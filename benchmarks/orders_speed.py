"""The section `orders`: landed orders into raw, all of raw into the processed table, and changes into that.

Each job runs as its user runs it, in a process of its own, over a lake on the disk. Its rate is of the time
that it tells of itself; the whole command also starts Python, Java and Spark. An upsert of changes of one
order in a hundred stands beside making the table anew.
"""

import gzip
import os
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from benchmarks.section import Bench, Figures
from glue_jobs.contracts.orders import LANDING
from laptop.embedded_aws import EmbeddedAws, embedded_aws
from laptop.job_process import run_to_the_end
from producers.orders_producer import main as produce_command

RAW, LOAD, UPSERT, REBUILD = "raw", "initial load", "upsert", "load anew"
"""What is measured, in this order."""

_A_FILE = 25_000
_DAYS = 60
_CHANGED = 100
"""One event of so many is changed; they lie all over the days."""

Ran: TypeAlias = dict[str, float]
"""`events`, and `seconds` of the job's own and of the `whole` command."""


def measure_orders(bench: Bench) -> Figures:
    """`sizes`: for each number of events what each job took (`Ran`)."""
    sizes = {events: _measure(bench, events) for events in bench.options.order_events}
    return {"sizes": [{"events": events, "jobs": jobs} for events, jobs in sizes.items()]}


def _measure(bench: Bench, events: int) -> dict[str, Ran]:
    folder = bench.folder / f"orders-{events}"
    lake = folder / "lake"
    landing = lake / LANDING
    landing.mkdir(parents=True)
    with bench.show(f"orders: {events:,} events"), embedded_aws(lake.as_uri()) as aws:
        job = _Jobs(lake, aws, folder)
        _land(landing, events)
        taken = {RAW: job.run("orders_raw", events), LOAD: job.run("orders_processed_initial_load", events)}
        changed = _land_changes(landing)
        job.run("orders_raw", changed)
        taken[UPSERT] = job.run("orders_processed", changed)
        taken[REBUILD] = job.run("orders_processed_initial_load", events + changed, "--rebuild", "true")
    return taken


class _Jobs:
    """The jobs, on one lake."""

    def __init__(self, lake: Path, aws: EmbeddedAws, folder: Path) -> None:
        self._lake_uri = lake.as_uri()
        self._environment = aws.environment
        self._log = folder / "job.log"

    def run(self, name: str, events: int, *more: str) -> Ran:
        arguments = ["--lake_uri", self._lake_uri, *more]
        begun = time.perf_counter()
        told = run_to_the_end(f"glue_jobs.batch.{name}", arguments, self._environment, self._log)
        whole = time.perf_counter() - begun
        assert sum(_events_of(one) for one in told) == events, told
        return {"events": events, "seconds": sum(one.get("seconds", 0) for one in told), "whole": whole}


def _events_of(told: dict[str, Any]) -> int:
    return int(told.get("events", told.get("accepted", 0)))


def _land(landing: Path, events: int) -> None:
    """Packed objects, as Firehose delivers them."""
    files = max(1, events // _A_FILE)
    argv = ["--total", str(events), "--days", str(_DAYS), "--output", str(landing), "--files", str(files)]
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        assert produce_command([*argv, "--start", "2026-01-01T00:00:00Z"]) == 0
    for file in sorted(landing.iterdir()):
        file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes(), 1))
        file.unlink()


def _land_changes(landing: Path) -> int:
    """An object with changes of every hundredth event there is; how many they are."""
    changes = [_changed(line) for line in _lines(landing)]
    (landing / "changes.json.gz").write_bytes(gzip.compress(b"\n".join(changes) + b"\n", 1))
    return len(changes)


def _lines(landing: Path) -> Iterator[bytes]:
    for file in sorted(landing.iterdir()):
        yield from gzip.decompress(file.read_bytes()).splitlines()[::_CHANGED]


def _changed(line: bytes) -> bytes:
    """The event, later than all others."""
    later = {"database_operation": "u", "amount": 1.25, "event_timestamp": "2026-03-15T00:00:00Z"}
    return orjson.dumps({**orjson.loads(line), **later})
