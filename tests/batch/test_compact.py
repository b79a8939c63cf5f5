"""The compaction job as it is called, on a laptop and on Glue."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from glue_jobs.batch.compact import main
from glue_jobs.contracts.mobile_coverage import AGGREGATES, QUARANTINE, RAW
from glue_jobs.core.hours import HOUR as ONE_HOUR
from glue_jobs.core.runtime import run_job
from tests.core.hours_lake import SEVEN, TABLE, HoursLake, by_key, counts, glue_client


@pytest.fixture
def lake(aws: str, tmp_path: Path) -> HoursLake:
    """A closed hour of two files."""
    made = HoursLake((tmp_path / "a lake").as_uri(), glue_client())
    for aggregate in AGGREGATES:
        made.catalog.ensure_table(aggregate.table)
    made.publish(3, counts(2, 1))
    made.publish(4, counts(0, 1))
    made.done(4, SEVEN + ONE_HOUR)
    return made


def call(lake: HoursLake, *more: str) -> int:
    """Run the job as a program; its exit code."""
    where = ["--lake_uri", lake.uri, "--checkpoint_uri", lake.checkpoint]
    return run_job(main, [sys.argv[0], *where, *more])


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What it printed: an event a line."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("platform", [(), ("--JOB_NAME", "compact")], ids=["laptop", "Glue"])
def test_it_compacts_and_sweeps(
    lake: HoursLake, platform: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Telling of each hour; without grace the files that were replaced go at once. It needs no Spark."""
    rows = by_key(lake.read())

    assert call(lake, *platform, "--grace", "0 seconds") == 0

    compacted, swept = told(capsys)
    assert compacted.pop("bytes_before") > compacted.pop("bytes_after") > 0
    assert compacted == {
        "event": "hour_compacted",
        "table": TABLE.name,
        "hour": ["2026-03-01", "07"],
        "rows": 2,
        "files_before": 2,
        "files_after": 1,
    }
    assert (swept["event"], swept["removed"], swept["left"]) == ("hour_swept", 2, [])
    assert lake.read() == rows
    assert len(lake.paths()) == 2

    assert call(lake, *platform) == 0
    assert told(capsys) == []


def test_raw_and_quarantine_are_compacted_as_well(
    lake: HoursLake, capsys: pytest.CaptureFixture[str]
) -> None:
    """And swept; the checkpoint says when their hour is over."""
    for batch, table in [(1, RAW), (2, RAW), (1, QUARANTINE), (2, QUARANTINE)]:
        row = dict.fromkeys(("data", "payload"), b"no json") | {"reason": "malformed_json"}
        lake.publish(batch, [{name: row.get(name) for name in table.schema.fieldNames()}], table=table)
    lake.done(5, SEVEN + ONE_HOUR, time=SEVEN + ONE_HOUR)

    assert call(lake, "--grace", "0 seconds") == 0

    *_, raw, quarantine, _, swept_raw, _ = told(capsys)
    assert [(one["table"], one["files_before"], one["files_after"]) for one in (raw, quarantine)] == [
        (RAW.name, 2, 1),
        (QUARANTINE.name, 2, 1),
    ]
    assert (swept_raw["table"], swept_raw["removed"]) == (RAW.name, 2)
    assert [len(lake.read(table=table)) for table in (RAW, QUARANTINE)] == [2, 2]


def test_it_may_only_sweep(lake: HoursLake, capsys: pytest.CaptureFixture[str]) -> None:
    """Then no hour is replaced."""
    before = lake.paths()
    assert call(lake, "--sweep_only", "true") == 0
    assert (told(capsys), lake.paths()) == ([], before)


def test_a_checkpoint_that_was_mistyped_is_refused(
    lake: HoursLake, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It would look as if no hour was closed."""
    nowhere = (tmp_path / "nowhere").as_uri()
    assert run_job(main, [sys.argv[0], "--lake_uri", lake.uri, "--checkpoint_uri", nowhere]) == 1
    assert f"--checkpoint_uri {nowhere}: no query has begun there" in capsys.readouterr().err


def test_what_it_refuses_is_one_line(lake: HoursLake, capsys: pytest.CaptureFixture[str]) -> None:
    """And the exit code says that it failed."""
    lake.put(f"{TABLE.path}/event_date=2026-03-01/hour=07/by-hand.parquet", counts(4, 1))
    assert call(lake) == 1
    assert "files of no micro-batch" in capsys.readouterr().err
