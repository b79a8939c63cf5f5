"""The rebuild job as it is called: over a lake on S3, and what it refuses before Spark starts."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from glue_jobs.batch.rebuild_windows import main
from glue_jobs.contracts.mobile_coverage import AGGREGATES
from glue_jobs.core.partitions import hour_values
from glue_jobs.core.runtime import run_job
from glue_jobs.core.storage import open_storage
from tests.batch_oracle import batch_rows, decoded, in_order
from tests.core.buckets import new_bucket, write
from tests.core.hours_lake import HoursLake, glue_client
from tests.faults.harness import ROOT
from tests.streaming.streamed_lake import ELEVEN, ONE, TEN, batches, copied, read, register

MODULE = "glue_jobs.batch.rebuild_windows"


def arguments(lake: HoursLake, **changes: str) -> list[str]:
    """All that is closed."""
    options = {"from": TEN.isoformat(), "to": ONE.isoformat(), **changes}
    named = {"lake_uri": lake.uri, "checkpoint_uri": lake.checkpoint, **options}
    return [text for name, value in named.items() for text in (f"--{name}", value)]


def test_a_lake_on_s3_is_rebuilt_by_a_process_of_its_own(streamed: Path, aws: str) -> None:
    """Without a client for S3 in the JVM; hours with late records alone, and no Spark where there is none."""
    lake = HoursLake(f"s3://{new_bucket()}/a prefix", glue_client())
    for part, uri in (("lake", lake.uri), ("checkpoint", lake.checkpoint)):
        for path in (path for path in (streamed / part).rglob("*") if path.is_file()):
            write(open_storage(uri), path.relative_to(streamed / part).as_posix(), path.read_bytes())
    register(lake)

    events = run(lake)
    again = run(lake, {"JAVA_HOME": "/nowhere", "PATH": "/nowhere"})

    assert {event["event"] for event in events} == {"hour_rebuilt"}
    assert {tuple(event["hour"]) for event in events} == {hour_values(TEN), hour_values(ELEVEN)}
    assert len(events) == 2 * len(AGGREGATES)
    assert [event["event"] for event in again] == ["nothing_is_late"]
    assert sum(event["late"] or 0 for event in events) == 5
    accepted = decoded([line for batch in batches() for line in batch])[0]
    for aggregate in AGGREGATES:
        assert in_order(read(lake, aggregate.table)) == in_order(batch_rows(accepted, aggregate, ONE))


def run(lake: HoursLake, environment: Mapping[str, str] = MappingProxyType({})) -> list[dict[str, Any]]:
    """Run the job over hours with late records to its end; its events."""
    done = subprocess.run(
        [sys.executable, "-m", MODULE, *arguments(lake, only_late="true")],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"to": (ONE + timedelta(hours=1)).isoformat()}, 1, "is still open"),
        ({"to": TEN.isoformat()}, 2, "--to: got 2026-11-20T10:00:00+00:00; give an hour after --from"),
        (
            {"tables": "status_count,speed"},
            2,
            "--tables: got 'speed'; there are: signal_strength_by_operator",
        ),
        ({"from": "yesterday"}, 2, "--from: got 'yesterday'; give a whole hour"),
    ],
)
def test_what_it_refuses_is_one_line(
    streamed: Path,
    aws: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, str],
    code: int,
    said: str,
) -> None:
    """Before Spark is started."""
    lake = copied(streamed, tmp_path, HoursLake(tmp_path.as_uri(), glue_client()))
    assert run_job(main, [sys.argv[0], *arguments(lake, **changes)]) == code
    assert said in capsys.readouterr().err
