"""The rebuild job as Glue runs it, over raw whose arrival Glue hides."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from glue_jobs.batch.rebuild_windows import main
from glue_jobs.contracts.mobile_coverage import AGGREGATES, RAW
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.batch_files import Batch, with_batch_time
from glue_jobs.core.hours import HOUR as ONE_HOUR
from glue_jobs.core.partitions import partition_folder
from tests.core.hours_lake import HOUR, QUERY, SEVEN, STEP, TABLE, HoursLake, glue_client
from tests.events import payload


def test_an_hour_that_nobody_has_published_is_made_of_raw(
    glue: Any, run_on_glue: Callable[..., None], aws: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Records count up to five minutes after the time of their batch; the run of the job is committed."""
    lake = HoursLake(tmp_path.as_uri(), glue_client())
    lake.catalog.ensure_table(RAW)
    schema = with_batch_time(arrow_schema(RAW.schema), SEVEN + timedelta(minutes=10))
    events = [{"data": payload(timestamp=f"2026-03-01T07:{time}Z")} for time in ("02:59", "15:00", "15:01")]
    path = f"{partition_folder(RAW, HOUR)}/{Batch(QUERY, 3).file_name(0)}"
    with lake.storage.new_file(path) as file:
        pq.write_table(pa.Table.from_pylist(events, schema), file)
    lake.done(3, SEVEN + ONE_HOUR)

    hours = {"from": SEVEN.isoformat(), "to": (SEVEN + ONE_HOUR).isoformat()}
    run_on_glue(main, lake_uri=lake.uri, checkpoint_uri=lake.checkpoint, **hours)

    told = told_by(capsys)
    assert glue.run == "committed"
    assert [(event["event"], event["hour"], event["records"]) for event in told] == [
        ("hour_rebuilt", [*HOUR], 2)
    ] * len(AGGREGATES)
    assert {event["table"] for event in told} == {aggregate.table.name for aggregate in AGGREGATES}
    assert [row["window_start"] for row in lake.read(HOUR, TABLE)] == [SEVEN + STEP, SEVEN + 7 * STEP]

    run_on_glue(main, lake_uri=lake.uri, checkpoint_uri=lake.checkpoint, **hours)
    assert {event["event"] for event in told_by(capsys)} == {"nothing_to_do"}


def told_by(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What the job has told."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
