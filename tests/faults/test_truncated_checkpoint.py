"""A machine that died has cut the newest entries of the checkpoint short."""

from pathlib import Path

import pytest

from cli.main import main
from glue_jobs.contracts.mobile_coverage import AGGREGATES
from tests.batch_oracle import check_side_tables, check_tables
from tests.faults.harness import files_job, write_events


@pytest.mark.timeout(300)
def test_after_a_repair_the_lake_equals_the_batch_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Plan and commit of the last batch are lost, its files are there; the job says what to do about it."""
    lines = write_events(tmp_path / "events", files=5, events_a_file=60, seed=23)
    job = files_job(tmp_path, {}, tmp_path / "events")
    job.arguments = [*job.arguments, "--register_partitions", "false"]
    job.run_until_killed("after_commit", after=3)
    checkpoint = tmp_path / "checkpoint"
    for log in ("offsets", "commits", "sources/0"):
        newest = max((checkpoint / log).glob("[0-9]*"), key=lambda entry: int(entry.name))
        newest.write_bytes(newest.read_bytes()[:10])

    refusal = job.run_and_fail()
    assert f"`sluice doctor {checkpoint.as_uri()} --repair`" in refusal
    assert main(["doctor", checkpoint.as_uri()]) == 1
    assert main(["doctor", checkpoint.as_uri(), "--repair"]) == 0
    assert "removed offsets/" in capsys.readouterr().err

    job.run()
    check_tables(job.lake, lines, *AGGREGATES)
    check_side_tables(job.lake, lines)
