"""The schedules call jobs that there are, with arguments that these take."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.run import JOBS
from glue_jobs.batch import orders_maintenance, orders_processed, orders_raw, rebuild_windows
from glue_jobs.batch.schedules import (
    COMPACT,
    FILE,
    ORDERS,
    REBUILD,
    SCHEDULES,
    Schedule,
    as_json,
    write_file,
)
from glue_jobs.core.batch_options import (
    CompactOptions,
    LandingOptions,
    RebuildOptions,
    UpkeepOptions,
    UpsertOptions,
)
from glue_jobs.core.options import parse_options

ROOT = Path(__file__).resolve().parents[2]
OPTIONS: dict[str, type[Any]] = {
    REBUILD.job: RebuildOptions,
    COMPACT.job: CompactOptions,
    orders_raw.JOB: LandingOptions,
    orders_processed.JOB: UpsertOptions,
    orders_maintenance.JOB: UpkeepOptions,
}
ALL = (*SCHEDULES, *ORDERS)


@pytest.mark.parametrize("schedule", ALL, ids=lambda schedule: schedule.job)
@pytest.mark.parametrize("platform", [(), ("--JOB_NAME", "etl")], ids=["laptop", "Glue"])
def test_a_job_takes_the_arguments_of_its_schedule(schedule: Schedule, platform: tuple[str, ...]) -> None:
    """With where the lake is, which Terraform adds."""
    where = ["--lake_uri", "file:///lake"]
    where += ["--checkpoint_uri", "file:///checkpoint"] if schedule.has_checkpoint else []
    given = [text for name, value in schedule.arguments.items() for text in (f"--{name}", value)]
    options = parse_options(OPTIONS[schedule.job], ["job", *platform, *where, *given], "A job.")
    assert all(hasattr(options, name) for name in schedule.arguments)


@pytest.mark.parametrize("schedule", ALL, ids=lambda schedule: schedule.job)
def test_a_schedule_names_a_job_that_there_is(schedule: Schedule) -> None:
    """By its file; and a time in AWS's notation of six parts."""
    assert (ROOT / schedule.script).is_file()
    assert schedule.module in JOBS.values()
    assert re.fullmatch(r"cron\(\d+ (\*|\d+) \* \* \? \*\)", schedule.cron)


def test_the_jobs_have_the_names_that_they_run_under() -> None:
    """On Glue."""
    assert REBUILD.job == rebuild_windows.JOB


def test_a_daily_rebuild_looks_back_for_more_than_a_day() -> None:
    """What came late in an hour that was still open then is found by the next one."""
    options = parse_options(
        RebuildOptions,
        [
            *("job", "--lake_uri", "file:///lake", "--checkpoint_uri", "file:///checkpoint"),
            *("--only_late", REBUILD.arguments["only_late"]),
            *("--ingested_within", REBUILD.arguments["ingested_within"]),
        ],
        "A job.",
    )
    assert options.only_late
    assert options.ingested_within >= timedelta(hours=25)


def test_the_json_file_is_written_as_data(tmp_path: Path) -> None:
    """Terraform reads it."""
    write_file(tmp_path / "schedules.json")
    assert (tmp_path / "schedules.json").read_text() == FILE.read_text() == as_json()
