"""A job from Kinesis to a lake on a disk is killed hard at every named point; nothing is lost or doubled."""

from pathlib import Path
from random import Random

import pytest

from tests.faults.crash_matrix import (
    TABLES,
    check,
    cut_short_and_mend,
    die_at_every_point,
    kinesis_job,
    run_to_the_end,
)
from tests.faults.kill_points import POINTS
from tests.faults.kinesis_stream import kinesis_stream
from tests.faults.polling_reader import polling_reader
from tests.spark4 import KINESIS_READER


@KINESIS_READER
@pytest.mark.timeout(900)  # ten starts of Spark
def test_killed_at_every_named_point_the_lake_on_disk_equals_the_batch_result(tmp_path: Path) -> None:
    """Each start finds other cores and shards, dies at the next point, and the last one runs to the end.

    Before that the newest entries of the checkpoint are cut short, as by a machine that dies, and mended.
    Whoever reads the tables meanwhile never meets a file that is not whole, nor a row twice. One more start,
    with nothing left to do, changes nothing.
    """
    rng = Random(3)
    with kinesis_stream(tmp_path) as stream:
        job = kinesis_job(tmp_path, stream)
        with polling_reader(job.lake_uri, TABLES) as reader:
            die_at_every_point(job, stream, rng)
            cut_short_and_mend(job, "offsets", "commits")
            run_to_the_end(job, stream, rng)
        assert (reader.faults, reader.looks > len(POINTS)) == ([], True)
        check(job, stream.lines)
        files = files_of(job.lake)
        job.run()
        assert files_of(job.lake) == files


def files_of(lake: Path) -> dict[Path, int]:
    """Every file of the tables, and when it was written."""
    return {path: path.stat().st_mtime_ns for path in lake.rglob("*.parquet")}
