"""A query is taken back to a batch with open windows and goes on in other batches: nothing lost or twice."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.main import main
from glue_jobs.contracts.mobile_coverage import AGGREGATES
from tests.batch_oracle import check_side_tables, check_tables
from tests.faults.harness import HERE, ROOT, Job, files_job, signal_at, write_events

BATCH = 3
"""The batch that the query is taken back to; the windows of its file are open then."""


def with_snapshots(often: bool) -> dict[str, str]:
    """Whether Spark snapshots the state with every other version, or hardly ever."""
    settings = {
        "spark.sql.streaming.stateStore.minDeltasForSnapshot": "2" if often else "1000",
        "spark.sql.streaming.stateStore.maintenanceInterval": "100ms",
    }
    submit = " ".join(f"--conf {name}={value}" for name, value in settings.items())
    return {"PYSPARK_SUBMIT_ARGS": f"{submit} pyspark-shell"}


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A job over nine files, one in each batch; the last closes the windows of all the others."""
    made = files_job(tmp_path, with_snapshots(often=True), tmp_path / "events")
    made.arguments = [*made.arguments, "--register_partitions", "false"]
    return made


@pytest.mark.timeout(600)  # four starts of Spark
def test_taken_back_and_run_in_other_batches_the_lake_equals_the_batch_result(
    job: Job, tmp_path: Path
) -> None:
    """The second half of the new line starts from the state anew, beside what the old line left of it."""
    lines = write_events(tmp_path / "events", files=8, events_a_file=80, seed=23)
    job.run()
    old_line = snapshots(job)
    assert max(old_line) > BATCH + 3, "the old line left no snapshot that the new one could meet"

    assert main(["doctor", *going_back(job)]) == 0
    assert max(snapshots(job), default=0) <= BATCH + 1
    job.environment = with_snapshots(often=False)
    job.arguments = [*job.arguments, "--max_files_per_trigger", "2"]
    with held_back(tmp_path / "events", first=BATCH + 5):
        job.run()
    job.run()
    check_tables(job.lake, lines, *AGGREGATES)
    check_side_tables(job.lake, lines)

    assert interrupted_after(30, job, tmp_path) == -9
    assert (
        f"run the same command again: `sluice doctor {' '.join(going_back(job)[:5])}`" in job.run_and_fail()
    )
    assert main(["doctor", *going_back(job)]) == 0
    job.run()
    check_tables(job.lake, lines, *AGGREGATES)
    check_side_tables(job.lake, lines)


@contextmanager
def held_back(folder: Path, first: int) -> Iterator[None]:
    """The files from number `first` on are not there yet within the block."""
    later = [path for path in sorted(folder.iterdir()) if int(path.stem.split("-")[1]) >= first]
    for path in later:
        path.rename(folder.parent / path.name)
    yield
    for path in later:
        (folder.parent / path.name).rename(path)


def going_back(job: Job) -> list[str]:
    """The arguments of the rewind, after the verb."""
    checkpoint = (job.folder / "checkpoint").as_uri()
    return [checkpoint, "--rewind", str(BATCH), "--lake_uri", job.lake.as_uri(), "--yes"]


def snapshots(job: Job) -> set[int]:
    """The versions of the state that have a snapshot."""
    return {int(path.stem) for path in (job.folder / "checkpoint/state").rglob("[0-9]*.zip")}


def interrupted_after(files: int, job: Job, folder: Path) -> int:
    """The exit code of a rewind that is killed when so many files are gone."""
    hits = folder / "hits-rewind"
    modules = {"PYTHONPATH": os.pathsep.join([str(HERE), str(ROOT)])}
    killed = signal_at("leftovers_half_removed", "SIGKILL", files, hits)
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "doctor", *going_back(job)],
        env={**os.environ, **modules, **killed},
        start_new_session=True,
        check=False,
    )
    return done.returncode
