"""A job that drops repeats is killed hard in the middle; what it has seen it still knows."""

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from glue_jobs.contracts.mobile_coverage import AGGREGATES
from tests.batch_oracle import check_side_tables, check_tables
from tests.faults.harness import START, files_job, some_event, some_line, write_file


@pytest.mark.timeout(300)
def test_a_record_that_is_sent_again_after_a_kill_counts_once(tmp_path: Path) -> None:
    """Killed when a batch is written and not committed, and when one is planned that brings keys again."""
    rng = Random(14)
    files = [
        [some_line(rng, START + timedelta(seconds=12 * second)) for second in range(60)] for _ in range(3)
    ]
    events = [line for lines in files for line in lines]
    sent = [files[0], files[1] + files[0], files[0] + files[1] + files[2], files[2]]
    closing = [some_event(rng, START + timedelta(days=1))]
    (tmp_path / "events").mkdir()
    lines = [
        line
        for number, some in enumerate([*sent, closing])
        for line in write_file(tmp_path / "events", number, some)
    ]
    job = files_job(tmp_path, {}, tmp_path / "events")
    job.arguments = [*job.arguments, "--deduplicate", "payload", "--register_partitions", "false"]

    job.run_until_killed("before_commit", after=2)
    job.run_until_killed("offsets_planned", after=2)
    job.run()

    check_tables(job.lake, [*dict.fromkeys(events), *closing], *AGGREGATES)
    check_side_tables(job.lake, lines)
