"""A small report with every section."""

from typing import Any

from benchmarks.comparison import REPEATED
from benchmarks.engines import NAIVE, NAIVE_BY_HOUR, ON_GLUE, OWN_SOURCE
from benchmarks.orders_speed import LOAD, RAW, REBUILD, UPSERT
from benchmarks.prices import usd_per_million
from benchmarks.producers_speed import TO_FILES
from benchmarks.section import Figures

TAKEN = {
    "date": "2026-11-22",
    "commit": "abc1234",
    "quick": False,
    "machine": {
        "cores": 2,
        "processor": "a processor",
        "memory_gib": 24,
        "system": "Linux",
        "python": "3.13",
    },
}


def spread(median: float) -> Figures:
    """Three runs a tenth apart."""
    return {"median": median, "least": median * 0.9, "most": median * 1.1}


def engine(rate: float, records: int = 6_000_000) -> Figures:
    """An engine of that steady rate that takes 12 s to start."""
    return {
        "records": records,
        "runs": 3,
        "seconds": spread(12 + records / rate),
        "records_per_second": spread(records / (12 + records / rate)),
        "startup_seconds": spread(12.0),
        "steady_records_per_second": spread(rate),
        "cpu_seconds_per_million": spread(2e6 / rate + 4),
        "steady_cpu_seconds_per_million": spread(2e6 / rate),
        "empty_batch_seconds": spread(1.0),
        "peak_bytes": spread(2**30),
        "usd_per_million": usd_per_million(2e6 / rate),
    }


def engines() -> Figures:
    """Each faster than the one before."""
    rates = {NAIVE.name: 20.0, NAIVE_BY_HOUR.name: 10_000.0}
    rates |= {one.name: 500_000.0 + 150_000 * place for place, one in enumerate(REPEATED)}
    return {
        "taken": TAKEN,
        "records": 6_000_000,
        "files": 60,
        "files_per_trigger": 20,
        "rows_compared": dict.fromkeys(rates, 1000),
        "engines": {name: engine(rate) for name, rate in rates.items()},
    }


def batches(empty: float = 0.4, small: float = 0.9) -> Figures:
    """Single batches of these seconds."""
    return {
        "taken": TAKEN,
        "records": 20_000,
        "batches": 15,
        "state_rows": 3_000,
        "empty_batch_seconds": spread(empty),
        "small_batch_seconds": spread(small),
        "idle_trigger_cpu_seconds": 0.05,
    }


def point(rate: float, engine: str = OWN_SOURCE.name, **what: Any) -> Figures:
    """One point of an axis, of a job with four batches of the same memory."""
    return what | {
        "engine": engine,
        "records_per_second": rate / 2,
        "steady_records_per_second": rate,
        "bytes_per_record": 300.0,
        "peak_bytes": 2**30,
        "batch_peak_bytes": [2**29, 2**30, 2**30, 2**30],
    }


def growth(with_rejects: float = 0.6) -> Figures:
    """Two points on each axis; with 10 % rejects the rate is that share of the clean one."""
    return {
        "taken": TAKEN,
        "records": [point(9e5, records=500_000), point(9e5, records=10_000_000)],
        "keys": [point(9e5, keys=10), point(4e5, keys=100_000)],
        "record_bytes": [point(9e5, record_bytes=300), point(1e5, record_bytes=10_000)],
        "rejects": [
            point(rate, engine, rejects=share)
            for engine in (OWN_SOURCE.name, ON_GLUE.name)
            for share, rate in ((0.0, 1e6), (0.1, 1e6 * with_rejects))
        ],
    }


def latency(windows_p99: float = 41.9) -> Figures:
    """One run with a trigger of 20 seconds."""
    rejects = {"samples": 100, "p50": 11.0, "p99": 22.1, "most": 23.0}
    windows = {"samples": 30, "p50": 30.0, "p99": windows_p99, "most": windows_p99}
    run = {
        "records_per_second": 1_000,
        "trigger_seconds": 20,
        "source": "kinesis",
        "late_seconds": 0.1,
        "windows": windows,
        "rejects": rejects,
    }
    return {"taken": TAKEN, "look_seconds": 0.1, "runs": [run]}


def producers(client_cpu_per_million: float = 8.0) -> Figures:
    """Records into files, and into one shard."""
    taken = {"records_per_second": 100_000.0, "server_cpu_per_million": 0.0}
    feeds = {
        TO_FILES: taken | {"client_cpu_per_million": client_cpu_per_million},
        "put": taken | {"client_cpu_per_million": 3.0, "server_cpu_per_million": 11.0},
    }
    return {"taken": TAKEN, "records": 200_000, "feeds": feeds}


def orders() -> Figures:
    """Jobs over a hundred thousand events."""
    ran = {"events": 100_000, "seconds": 2.0, "whole": 8.0}
    anew = ran | {"seconds": 9.0}
    jobs = {RAW: ran, LOAD: ran, UPSERT: ran | {"events": 1_000}, REBUILD: anew}
    return {"taken": TAKEN, "sizes": [{"events": 100_000, "jobs": jobs}]}


def report() -> Figures:
    """Every section."""
    return {
        "engines": engines(),
        "batches": batches(),
        "growth": growth(),
        "latency": latency(),
        "producers": producers(),
        "orders": orders(),
    }
