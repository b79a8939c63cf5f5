"""Floods: however much comes, and whatever it is, each record is accounted for and memory stays bounded.

The bounds are far above what was measured and far below what a part would need that holds a flood as a whole.
With `SLUICE_FLOOD=10` in the environment the floods are ten times as large; the bounds are the same.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from benchmarks.engine_process import engine_process
from glue_jobs.contracts.contract import MAX_RECORD_BYTES, TableContract
from glue_jobs.contracts.mobile_coverage import QUARANTINE, RAW
from tests.faults.flood_files import GARBAGE, LARGE, write_bomb, write_garbage, write_large
from tests.faults.harness import JOB, ROOT

MIB = 2**20
TASK_MIB = 600
"""For one Python process; a line of 2 GiB does not fit in."""
JOB_MIB = 3072
"""For all processes of a job on two cores: the JVM with its heap of 1 GiB, and some Python processes."""
TWO_CORES = "-XX:ActiveProcessorCount=2 -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


@pytest.mark.parametrize(
    ("write", "outcome"),
    [
        (write_garbage, {"malformed_json": GARBAGE * 765 // 1000, "missing_field": GARBAGE * 235 // 1000}),
        (write_large, {"malformed_json": LARGE // 2, "future_event_time": LARGE // 2}),
        (write_bomb, {"too_large": 1}),
    ],
)
def test_a_task_reads_a_flood_in_bounded_memory(
    tmp_path: Path, write: Callable[[Path], Path], outcome: dict[str, int]
) -> None:
    """A file of a few megabytes with a million lines, hundreds of large ones, or one of gigabytes."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.flood_reader", str(write(tmp_path))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout)
    print(f"{write.__name__}: peak {said['peak_mib']:.0f} MiB")

    assert said["outcome"] == {**outcome, "accepted": 0}
    assert said["peak_mib"] < TASK_MIB


def test_a_job_takes_all_floods_at_once_in_bounded_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every record is in raw, every rejected one in the quarantine with its reason."""
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", TWO_CORES)
    events = tmp_path / "events"
    events.mkdir()
    for write in (write_garbage, write_large, write_bomb):
        write(events)
    arguments = {
        "source": "files",
        "source_path": events.as_uri(),
        "lake_uri": (tmp_path / "lake").as_uri(),
        "checkpoint_uri": (tmp_path / "checkpoint").as_uri(),
        "run_mode": "available_now",
        "register_partitions": "false",
    }
    given = [text for name, value in arguments.items() for text in (f"--{name}", value)]
    with engine_process(JOB, given, tmp_path) as process:
        seconds = process.run_to_end(timeout_seconds=280)
        taken = sum(event["records_in"] for event in process.events())
        print(f"{taken:,} records in {seconds:.0f} s, peak {process.peak_bytes / MIB:.0f} MiB")

    assert taken == GARBAGE + LARGE + 1
    assert rows(tmp_path / "lake", RAW) == taken
    assert reasons(tmp_path / "lake") == {
        "malformed_json": GARBAGE * 765 // 1000 + LARGE // 2,
        "missing_field": GARBAGE * 235 // 1000,
        "too_large": 1,
    }
    assert longest_payload(tmp_path / "lake") == MAX_RECORD_BYTES + 1
    assert process.peak_bytes < JOB_MIB * MIB


def rows(lake: Path, table: TableContract) -> int:
    """How many rows a table has, by the footers of its files."""
    return sum(pq.read_metadata(file).num_rows for file in (lake / table.path).rglob("*.parquet"))


def reasons(lake: Path) -> Counter[str]:
    """How many rejects there are of each reason."""
    rejects = ds.dataset(lake / QUARANTINE.path, format="parquet").to_table(columns=["reason"])
    return Counter(rejects["reason"].to_pylist())


def longest_payload(lake: Path) -> int:
    """The bytes of the longest rejected record."""
    large = ds.dataset(lake / QUARANTINE.path, format="parquet").to_table(
        columns=["payload"], filter=ds.field("reason") == "too_large"
    )
    return max(len(payload) for payload in large["payload"].to_pylist())
