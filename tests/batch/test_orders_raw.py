"""The raw job of the orders as its user runs it: with Spark, killed by the system, on a disk and on S3."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from chispa import assert_df_equality
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from glue_jobs.batch import orders_raw
from glue_jobs.contracts.orders import QUARANTINE, RAW
from glue_jobs.core.errors import OptionError, SourceError
from glue_jobs.core.landing.take import RunFailed, Work, spark_takes
from glue_jobs.core.lease import LeaseHeld, writer_lease
from tests.core.buckets import new_bucket
from tests.faults.harness import signal_at
from tests.landed_lake import LandedLake, catalogued_lake, lake_on_disk, model
from tests.order_events import order

ROOT = Path(__file__).parents[2]


def events(ended: "subprocess.CompletedProcess[str]") -> list[dict[str, Any]]:
    """What a job has told that ended well."""
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


def start(lake: LandedLake, **settings: str) -> "subprocess.CompletedProcess[str]":
    """The job as a program of its own, which finds the AWS of the tests."""
    path = os.pathsep.join([str(ROOT / "tests" / "faults"), str(ROOT)])
    return subprocess.run(
        [sys.executable, "-m", orders_raw.__name__, "--lake_uri", lake.uri],
        env={**os.environ, **settings, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        start_new_session=True,
        timeout=120,
    )


@pytest.mark.parametrize("where", ["file", "s3"])
def test_the_job_takes_what_has_landed(where: str, spark: SparkSession, aws: str, tmp_path: Path) -> None:
    """A run tells what it came to; the next start has nothing to do."""
    lake = catalogued_lake((tmp_path / "lake").as_uri() if where == "file" else f"s3://{new_bucket()}/lake")
    contents = [order() + b"\n\n" + order(amount=-1) + b"\n", gzip.compress(order(amount=5) + b"\n")]
    paths = [lake.land(f"2024/11/20/10/{number}", content) for number, content in enumerate(contents)]

    (done,), (nothing,) = [events(start(lake)) for _ in range(2)]

    assert {**done, "seconds": 0} == {
        "event": "run_done",
        "run": 1,
        "resumed": False,
        "objects": 2,
        "bytes": sum(map(len, contents)),
        "records": 3,
        "accepted": 2,
        "rejected": {"out_of_range": 1},
        "empty_lines": 1,
        "seconds": 0,
    }
    assert nothing == {"event": "nothing_to_take", "lake_uri": lake.uri}
    modelled = [model(path, content) for path, content in zip(paths, contents, strict=True)]
    assert lake.rows(RAW) == [row for raw, _ in modelled for row in raw]
    assert lake.rows(QUARANTINE) == [row for _, quarantine in modelled for row in quarantine]
    if where == "file":
        assert_what_spark_reads(spark, lake, [row for raw, _ in modelled for row in raw])


def assert_what_spark_reads(spark: SparkSession, lake: LandedLake, rows: list[dict[str, Any]]) -> None:
    """The files of raw give Spark the rows, in the types of the contract."""
    files = [str(Path(lake.uri.removeprefix("file://"), path)) for path in lake.files(RAW)]
    found = spark.read.parquet(*files).orderBy("landing_file")
    nullable = StructType([*RAW.schema])
    expected = spark.createDataFrame([tuple(row.values()) for row in rows], nullable)
    assert_df_equality(found, expected, ignore_nullable=True, ignore_metadata=True)


@pytest.mark.parametrize("arguments", [[], ["--max_objects", "0"], ["--lake_uri", "nowhere"]])
def test_wrong_arguments_are_refused(arguments: list[str]) -> None:
    """By name, before anything is looked at."""
    with pytest.raises(OptionError, match=r"^--(lake_uri|max_objects): "):
        orders_raw.main(["orders-raw", *arguments])


def test_a_lake_where_nothing_lands_is_refused(tmp_path: Path) -> None:
    """Before Spark starts; the job makes nothing there."""
    uri = (tmp_path / "lake").as_uri()
    with pytest.raises(SourceError, match=f"^--lake_uri {uri}: there is no landing/orders/ in it"):
        orders_raw.main(["orders-raw", "--lake_uri", uri])
    assert [*tmp_path.iterdir()] == []


def test_a_second_job_is_refused_while_one_runs(aws: str, tmp_path: Path) -> None:
    """It names the other and what to do."""
    lake = catalogued_lake(tmp_path.as_uri())
    lake.land("a.json", order() + b"\n")
    with writer_lease(f"{lake.uri}/raw/orders__taken"):
        words = (
            rf"another gluejob-raw-orders is running \(process {os.getpid()} on .*run this again when it has"
        )
        with pytest.raises(LeaseHeld, match=words):
            orders_raw.main(["orders-raw", "--lake_uri", lake.uri])
    assert lake.files(RAW) == []


def test_what_stops_a_task_is_told_in_one_line(spark: SparkSession, tmp_path: Path) -> None:
    """An object that vanished between the driver's look and the task's."""
    lake = lake_on_disk(tmp_path)
    path = lake.land("a.json", order() + b"\n")
    work = Work(lake.taking())
    lake.remove(path)

    with pytest.raises(
        RunFailed, match=f"/{path} is gone, not as the run that takes it has planned; put back"
    ):
        [*work.runs(spark_takes(spark, lake.taking()))]


def test_many_parts_run_in_tasks_of_their_own(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has its files; together they are what one process makes of them."""
    monkeypatch.setattr("glue_jobs.core.landing.take._PART_BYTES", 1)
    lakes = [lake_on_disk(tmp_path / name) for name in ("spark", "here")]
    for lake in lakes:
        for number in range(7):
            lake.land(f"{number}.json", order(amount=number) + b"\n[]\n")

    runs = [*Work(lakes[0].taking()).runs(spark_takes(spark, lakes[0].taking()))]

    assert runs == lakes[1].take()
    assert lakes[0].state() == lakes[1].state()
    assert len(lakes[0].files(RAW)) == 7


@pytest.mark.parametrize(
    ("point", "after"), [("raw_planned", 1), ("raw_file_written", 3), ("before_raw_done", 1), ("raw_done", 1)]
)
def test_a_job_that_is_killed_is_done_again(aws: str, tmp_path: Path, point: str, after: int) -> None:
    """After its plan, amid its tasks, before and after it is done: SIGKILL to all its processes."""
    lake = catalogued_lake((tmp_path / "lake").as_uri())
    contents = {
        lake.land(f"{number}.json", line): line for number in range(4) for line in [order() + b"\n{}\n"]
    }
    hits = tmp_path / "hits"

    killed = start(lake, **signal_at(point, "SIGKILL", after, hits), SLUICE_PART_BYTES="1")
    assert killed.returncode == -9, killed.stderr
    assert len(hits.read_text().splitlines()) >= after
    runs = lake.take()

    assert len(runs) == (0 if point == "raw_done" else 1)
    assert lake.rows(RAW) == [row for path, content in contents.items() for row in model(path, content)[0]]
    assert len(lake.rows(QUARANTINE)) == 4
    assert sorted(file.path for run in lake.ledger.done_after(0) for file in run.raw) == lake.files(RAW)
