"""`sluice maintain` over a lake that a stream with late records has written."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import pytest
from pyspark.sql import SparkSession

from cli.main import main
from glue_jobs.batch import rebuild_windows
from glue_jobs.contracts.mobile_coverage import AGGREGATES, RAW
from glue_jobs.core.partitions import hour_values, partition_folder
from glue_jobs.core.runtime import Runtime
from glue_jobs.core.table_hours import hours_of
from tests.core.hours_lake import HoursLake, stepping
from tests.streaming.rebuilding import check, lines
from tests.streaming.streamed_lake import ELEVEN, LATE, TEN

Maintain: TypeAlias = Callable[..., dict[str, Any]]

TABLES = [aggregate.table for aggregate in AGGREGATES]
TO_REBUILD = {"2026-11-20 10": 3, "2026-11-20 11": 2}


@pytest.fixture
def starts(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The runs that took Spark, which is that of the tests and does not end with them."""
    taken: list[str] = []

    @contextmanager
    def runtime(job: str, argv: list[str]) -> Iterator[Runtime]:
        taken.append(job)
        yield Runtime(spark)

    monkeypatch.setattr(rebuild_windows, "open_runtime", runtime)
    return taken


@pytest.fixture
def maintain(
    lake: HoursLake,
    starts: list[str],
    aws: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Maintain:
    """Calls `sluice maintain`; what it says."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_GLUE", aws)  # the catalogue that the lake has already

    def call(*more: str, code: int = 0) -> dict[str, Any]:
        where = ["--lake_uri", lake.uri, "--checkpoint_uri", lake.checkpoint, "--format", "json"]
        assert main(["maintain", *where, *more]) == code
        told: dict[str, Any] = json.loads(capsys.readouterr().out)
        return told

    return call


def test_late_records_are_taken_in_and_files_merged(
    lake: HoursLake, maintain: Maintain, starts: list[str]
) -> None:
    """Hours without late records are not rebuilt; a second pass changes nothing and needs no Spark."""
    files = len(lake.paths())

    done = maintain("--grace", "0 seconds")

    assert done["rebuilt"] == {
        "hours": 2,
        "late_taken_in": sum(LATE.values()),
        "left_open": {},
        "left_old": {},
    }
    assert {hour for hour, late in LATE.items() if late} == {TEN, ELEVEN}
    assert done["compacted"]["files_before"] > done["compacted"]["files_after"] > 0
    assert done["removed"]["files"] > 0
    assert set(done["seconds"]) == {"etl_rebuild_mobile_logs", "etl_compact_mobile_logs"}
    check(lake, lines())
    before = lake.paths()
    assert len(before) < files

    again = maintain("--grace", "0 seconds")

    assert (again["rebuilt"]["hours"], again["compacted"]["hours"], again["removed"]["files"]) == (0, 0, 0)
    assert (lake.paths(), starts) == (before, ["etl_rebuild_mobile_logs"])


def test_where_a_rebuild_is_refused_files_are_merged_all_the_same(
    lake: HoursLake, maintain: Maintain
) -> None:
    """And the exit code says that something is to be looked at."""
    (hour, *_) = hours_of(lake.uri, RAW, None)
    lake.storage.delete_files([f"{partition_folder(RAW, hour_values(hour.begins))}/{hour.files[0]}"])

    done = maintain("--grace", "0 seconds", code=1)

    assert done["rebuilt"]["hours"] == 0
    assert done["compacted"]["hours"] > 0


def test_a_dry_run_says_what_there_is_to_do(lake: HoursLake, maintain: Maintain, starts: list[str]) -> None:
    """And changes nothing; after a pass there is nothing."""
    before = [lake.paths(), *map(lake.catalog.locations, TABLES)]

    plan = maintain("--dry_run")

    assert (plan["rebuild"], plan["left_open"], plan["restore"]) == (TO_REBUILD, {}, [])
    assert plan["several_files"]["files"] > plan["several_files"]["hours"] > 0
    assert ([lake.paths(), *map(lake.catalog.locations, TABLES)], starts) == (before, [])

    maintain()
    plan = maintain("--dry_run")
    assert (plan["rebuild"], plan["several_files"]["hours"]) == ({}, 0)


def test_ctrl_c_ends_it_between_two_hours_and_the_same_again_goes_on(
    lake: HoursLake, maintain: Maintain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is done is said; the hour that was under way stands as it stood."""
    switches = 0

    def interrupted(step: str) -> None:
        nonlocal switches
        switches += step == "switch"
        if step == "switch" and switches == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        stepping(lake.storage, interrupted, patch)
        done = maintain(code=130)
    assert (done["rebuilt"]["hours"], done["compacted"]["hours"]) == (1, 0)
    switched = [values for table in TABLES for values in lake.catalog.locations(table).items()]
    assert [values for values, location in switched if location.switched_at] == [hour_values(TEN)]

    maintain()

    check(lake, lines())


def test_a_catalogue_that_was_lost_is_restored_first(lake: HoursLake, maintain: Maintain) -> None:
    """Before anything is rebuilt or merged: readers get what they got before."""
    maintain("--grace", "0 seconds")
    lake.glue.delete_database(Name=TABLES[0].database)
    lake.register(*TABLES, RAW)
    assert maintain("--dry_run")["restore"]

    done = maintain("--grace", "0 seconds")

    assert done["hours_restored"] > 0
    assert (done["rebuilt"]["hours"], done["compacted"]["hours"]) == (0, 0)
    check(lake, lines())
