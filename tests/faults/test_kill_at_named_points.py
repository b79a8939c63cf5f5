"""The job is killed hard at every named point and started again; nothing is lost, nothing counts twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import main
from glue_jobs.contracts.mobile_coverage import AGGREGATES
from laptop.embedded_aws import embedded_aws
from tests.batch_oracle import check_side_tables, check_tables
from tests.faults.harness import Job, files_job, write_events
from tests.faults.kill_points import POINTS
from tests.faults.polling_reader import polling_reader


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment in which the job finds a catalogue that outlives it."""
    with embedded_aws((tmp_path / "catalogue").as_uri()) as aws:
        yield {**aws.environment}


@pytest.mark.timeout(900)  # nine starts of Spark
def test_killed_at_every_named_point_the_lake_equals_the_batch_result(
    tmp_path: Path, catalogue: dict[str, str]
) -> None:
    """One job, killed once at each point, run to the end, and run once more with nothing left to do.

    Before it runs to the end, the newest entries of its checkpoint are cut short, as by a machine that dies,
    and mended. Whoever reads the tables meanwhile never meets a file that is not whole, nor a row twice.
    """
    lines = write_events(tmp_path / "events", files=8, events_a_file=150, seed=3)
    job = files_job(tmp_path, catalogue, tmp_path / "events")
    with polling_reader(job.lake, tuple(aggregate.table for aggregate in AGGREGATES)) as reader:
        for point in POINTS:  # removing leftovers comes last: the point before it has left some
            job.run_until_killed(point)
        assert set(job.hits) == set(POINTS)
        cut_short_and_mend(job)
        job.run()
    assert (reader.faults, reader.looks > len(POINTS)) == ([], True)
    files = files_of(job)
    check_tables(job.lake, lines, *AGGREGATES)
    check_side_tables(job.lake, lines)
    job.run()
    assert files_of(job) == files


def cut_short_and_mend(job: Job) -> None:
    """Leave ten bytes of each newest entry; the job says what to do about it, and that is done."""
    checkpoint = job.folder / "checkpoint"
    for log in ("offsets", "commits", "sources/0"):
        newest = max((checkpoint / log).glob("[0-9]*"), key=lambda entry: int(entry.name))
        newest.write_bytes(newest.read_bytes()[:10])
    assert f"`sluice doctor {checkpoint.as_uri()} --repair`" in job.run_and_fail()
    assert main(["doctor", checkpoint.as_uri()]) == 1
    assert main(["doctor", checkpoint.as_uri(), "--repair"]) == 0


def files_of(job: Job) -> dict[Path, int]:
    """Every file of the lake, and when it was written."""
    return {path: path.stat().st_mtime_ns for path in job.lake.rglob("*") if path.is_file()}
