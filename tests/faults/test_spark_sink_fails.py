"""The check that the exactly-once sink passes can fail: Spark's own Parquet sink fails it."""

from pathlib import Path

import pytest

from glue_jobs.contracts.mobile_coverage import STATUS_COUNT
from tests.batch_oracle import RowTwice, check_tables
from tests.faults.harness import files_job, write_events
from tests.faults.polling_reader import polling_reader


@pytest.mark.xfail(strict=True, raises=RowTwice, reason="a listing shows what a killed batch had written")
def test_sparks_own_parquet_sink_fails_the_same_check(tmp_path: Path) -> None:
    """Killed between two parts of a batch and started again, it shows rows twice."""
    lines = write_events(tmp_path / "events", files=5, events_a_file=40, seed=5)
    job = files_job(tmp_path, {}, tmp_path / "events", module="tests.faults.spark_sink_job")
    with polling_reader(job.lake, (STATUS_COUNT.table,)) as reader:
        job.run_until_killed("between_parts", after=5)
        job.run()
        reader.look()
    assert reader.faults, "the polling reader does not see what the listing shows"
    check_tables(job.lake, lines, STATUS_COUNT)
