"""Ctrl-C on a running job."""

import os
import signal
from pathlib import Path

import pytest

from glue_jobs.contracts.mobile_coverage import RAW
from tests.batch_oracle import listed
from tests.faults.harness import files_job, write_events


@pytest.mark.timeout(200)
def test_ctrl_c_ends_a_job_quietly_after_its_batch(tmp_path: Path) -> None:
    """Exit code 130, not a word, and what the batch has read is written."""
    lines = write_events(tmp_path / "events", files=1, events_a_file=30, seed=29)
    job = files_job(tmp_path, {}, tmp_path / "events")
    job.arguments = [*job.arguments, "--register_partitions", "false", "--run_mode", "continuous"]
    with job.process({}) as process:
        assert process.stdout is not None
        while '"records_in": 1,' not in process.stdout.readline():  # the last file
            assert process.poll() is None, process.communicate()[1]
        os.killpg(process.pid, signal.SIGINT)
        errors = process.communicate()[1]
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert len(listed(job.lake, RAW)) == len(lines)
