"""Two runs of one job: the second waits its turn, and the first can do no harm when it comes back."""

from pathlib import Path

import pytest

from glue_jobs.contracts.mobile_coverage import AGGREGATES
from tests.batch_oracle import check_side_tables, check_tables
from tests.faults.harness import files_job, write_events


@pytest.mark.timeout(300)
def test_a_paused_run_that_was_overtaken_changes_nothing_when_it_wakes_up(tmp_path: Path) -> None:
    """It stops at the next file it wants to publish; the lake is what the run that took over made of it."""
    lines = write_events(tmp_path / "events", files=4, events_a_file=60, seed=17)
    short_lease = {"SLUICE_LEASE_SECONDS": "3"}
    job = files_job(tmp_path, short_lease, tmp_path / "events")
    job.arguments = [*job.arguments, "--register_partitions", "false"]
    with job.paused_at("between_tables") as paused:
        paused.wait_until_lease_expires(tmp_path / "checkpoint")
        job.run()
        made = {path: path.stat().st_mtime_ns for path in job.lake.rglob("*.parquet")}
        code, errors = paused.wake()
    assert (code, "taken over by process" in errors.splitlines()[-1]) == (1, True), errors[-3000:]
    assert {path: path.stat().st_mtime_ns for path in job.lake.rglob("*.parquet")} == made
    check_tables(job.lake, lines, *AGGREGATES)
    check_side_tables(job.lake, lines)
