"""A disk that is full: the job stops and says which file and why; when there is room again all is exact."""

import re
from pathlib import Path

import pytest

from glue_jobs.contracts.mobile_coverage import AGGREGATES
from tests.batch_oracle import check_side_tables, check_tables
from tests.faults.crash_matrix import cut_short_and_mend
from tests.faults.harness import disk_full_at, files_job, write_events


@pytest.mark.timeout(300)  # two starts of Spark
def test_a_disk_that_fills_up_in_the_middle_of_a_batch_costs_nothing(tmp_path: Path) -> None:
    """The run with four cores leaves half a batch, the next one has another number of tasks for it.

    In between, the newest entries of every log of the checkpoint are cut short, and mended.
    """
    lines = write_events(tmp_path / "events", files=8, events_a_file=100, seed=17)
    job = files_job(tmp_path, {}, tmp_path / "events")
    job.arguments = [*job.arguments, "--max_files_per_trigger", "4", "--register_partitions", "false"]
    job.cores = 4
    error = job.run_and_fail(disk_full_at(".parquet", after=18, hits=tmp_path / "files"))
    assert re.search(rf"cannot write {job.lake_uri}/\S+/part-\S+\.parquet: .*No space left on device", error)

    cut_short_and_mend(job, "offsets", "commits", "sources/0")
    job.cores = 1
    job.run()
    check_tables(job.lake, lines, *AGGREGATES)
    check_side_tables(job.lake, lines)


@pytest.mark.parametrize("file", ["_lease.json", "_definition.json"])
def test_a_disk_without_room_for_the_checkpoint_stops_the_start(tmp_path: Path, file: str) -> None:
    """In one line that names the option, before Spark is started."""
    job = files_job(tmp_path, {}, tmp_path)
    error = job.run_and_fail(disk_full_at(file, after=1, hits=tmp_path / "files"))
    assert error.startswith(f"mobile_coverage.py: --checkpoint_uri {job.checkpoint.as_uri()}: ")
    assert error.endswith("No space left on device")
