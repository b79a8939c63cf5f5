"""The maintenance of processed orders changes files, and no row; what readers and jobs need stays."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from cli.main import main as sluice
from glue_jobs.batch import orders_maintenance
from glue_jobs.contracts.orders import PROCESSED
from glue_jobs.core.errors import CatalogError, OptionError, SetupError
from glue_jobs.core.iceberg_table import ensure_iceberg_table, newest_stamp, spark_name, stamped
from glue_jobs.core.iceberg_upkeep import Step, Upkeep, upkeep
from glue_jobs.core.runtime import Runtime
from tests.conftest import IcebergLake
from tests.lake import folder_of
from tests.orders_tables import commit_meanwhile

NAME = spark_name(PROCESSED)
NOW = datetime.now(UTC) + timedelta(days=30)
"""So that all snapshots of the tests are old: Iceberg gives them the machine's own time."""
PLAN = Upkeep(timedelta(days=7), 1, timedelta(days=33), 128 * 2**20)
"""Files of no snapshot go three days before today, for Iceberg refuses to look at later ones."""


def insert(lake: IcebergLake, order_id: str) -> None:
    """An order, in a file of its own."""
    moment = "TIMESTAMP '2026-01-05 00:00:00'"
    values = f"('{order_id}', 'u', 'p', 'i', 1.00, 'pix', {moment}, {moment})"
    lake.spark.sql(f"INSERT INTO {NAME} VALUES {values}")


def change(lake: IcebergLake, order_id: str, amount: int) -> None:
    """The order costs something else."""
    lake.spark.sql(f"UPDATE {NAME} SET amount = {amount} WHERE order_id = '{order_id}'")


@pytest.fixture
def lake(iceberg_lake: IcebergLake) -> IcebergLake:
    """Six orders in as many files, two of them changed."""
    ensure_iceberg_table(iceberg_lake.spark, PROCESSED, iceberg_lake.uri)
    for number in range(6):
        insert(iceberg_lake, f"o{number}")
    change(iceberg_lake, "o0", 7)
    change(iceberg_lake, "o1", 8)
    return iceberg_lake


def rows(lake: IcebergLake) -> list[tuple[Any, ...]]:
    """Orders and what they cost."""
    return sorted((row.order_id, int(row.amount)) for row in lake.spark.table(NAME).collect())


def files(lake: IcebergLake, kind: str = "data") -> list[Path]:
    """What lies in a folder of the table, checksums left out."""
    folder = folder_of(lake.uri) / PROCESSED.path / kind
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def run(lake: IcebergLake, plan: Upkeep = PLAN, now: datetime = NOW) -> dict[str, Step]:
    """One upkeep: what each procedure came to."""
    return {step.procedure: step for step in upkeep(lake.spark, PROCESSED, plan, now)}


def test_small_files_and_files_of_deletes_become_one_file(lake: IcebergLake) -> None:
    """Of the same rows; once their snapshots have expired only it is left, and a second run finds nothing."""
    before, many = rows(lake), files(lake)
    steps = run(lake)
    left = files(lake)
    again = run(lake)

    assert rows(lake) == before == [("o0", 7), ("o1", 8), ("o2", 1), ("o3", 1), ("o4", 1), ("o5", 1)]
    assert (len(many), len(left)) == (10, 2)  # the newest deletes go with those that come after them
    assert lake.spark.sql(f"SELECT * FROM {NAME}.data_files").count() == 1
    assert steps["rewrite_data_files"].counts["rewritten_data_files_count"] == 8
    assert steps["expire_snapshots"].counts["deleted_data_files_count"] == 8
    assert again["rewrite_data_files"].counts["rewritten_data_files_count"] == 0
    assert files(lake) == left


def test_snapshots_stay_as_long_as_they_shall_be_readable(lake: IcebergLake) -> None:
    """And a number of them however old they are."""
    before = lake.spark.sql(f"SELECT * FROM {NAME}.snapshots").count()
    run(lake, replace(PLAN, orphans_after=timedelta(days=3)), datetime.now(UTC))
    assert lake.spark.sql(f"SELECT * FROM {NAME}.snapshots").count() >= before

    run(lake, replace(PLAN, keep_snapshots=3))
    assert lake.spark.sql(f"SELECT * FROM {NAME}.snapshots").count() == 3


def test_the_newest_stamp_outlives_its_age(lake: IcebergLake) -> None:
    """Compaction and expiry after it take nothing from what the upsert has to know."""
    with stamped(lake.spark, {"raw_run": "1"}):
        change(lake, "o2", 9)
    with stamped(lake.spark, {"raw_run": "2"}):
        change(lake, "o3", 10)
    run(lake)
    run(lake)

    assert newest_stamp(lake.spark, PROCESSED, "raw_run") == "2"
    summaries = lake.spark.sql(f"SELECT summary['sluice.raw_run'] FROM {NAME}.snapshots").collect()
    assert [row[0] for row in summaries if row[0]] == ["2"]


def test_files_of_no_snapshot_go_when_they_are_old(lake: IcebergLake) -> None:
    """A job that died has left them; younger ones may be those of one that runs. Live files stay."""
    old, young = files(lake)[0].with_name("old.parquet"), files(lake)[0].with_name("young.parquet")
    old.write_bytes(b"left")
    young.write_bytes(b"being written")
    now = datetime.now(UTC)
    for path in {*files(lake), *files(lake, "metadata")} - {young}:
        os.utime(path, (now.timestamp() - 10 * 86400,) * 2)
    before = rows(lake)

    steps = run(lake, replace(PLAN, orphans_after=timedelta(days=3)), now)

    assert steps["remove_orphan_files"].counts == {"removed_files_count": 1}
    assert (old.exists(), young.exists()) == (False, True)
    assert rows(lake) == before
    first = lake.spark.sql(f"SELECT snapshot_id FROM {NAME}.snapshots ORDER BY committed_at").first()
    assert first is not None
    assert lake.spark.sql(f"SELECT * FROM {NAME} VERSION AS OF {first[0]}").count() == 1


def test_a_change_that_comes_between_is_told_and_the_rest_is_done(
    lake: IcebergLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rewriting gives way: the changed row is there, and the next run does the work."""
    commit_meanwhile(monkeypatch, lambda: change(lake, "o5", 50))
    steps = run(lake)
    monkeypatch.undo()
    again = run(lake)

    assert rows(lake)[5] == ("o5", 50)
    assert list(steps) == list(again)
    assert "1 rewrite commits failed" in str(steps["rewrite_data_files"].conflict)
    assert again["rewrite_data_files"].counts["rewritten_data_files_count"] == 9
    assert lake.spark.sql(f"SELECT * FROM {NAME}.data_files").count() == 1


def test_a_table_that_is_not_there_is_an_error(iceberg_lake: IcebergLake) -> None:
    """By its name."""
    with pytest.raises(CatalogError, match=r"table orders\.processed_orders: "):
        run(iceberg_lake)


@pytest.fixture
def spark_of_the_tests(lake: IcebergLake, monkeypatch: pytest.MonkeyPatch) -> SparkSession:
    """Let the job use the session of the lake, which does not end with it."""

    @contextmanager
    def runtime(job: str, argv: list[str], settings: dict[str, str]) -> Iterator[Runtime]:
        yield Runtime(lake.spark)

    monkeypatch.setattr(orders_maintenance, "open_runtime", runtime)
    return lake.spark


def test_the_job_tells_of_each_procedure(
    lake: IcebergLake, spark_of_the_tests: SparkSession, aws: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line of JSON each."""
    os.environ["AWS_ENDPOINT_URL_GLUE"] = aws  # the catalogue that the lake has already; `aws` puts it back
    assert sluice(["run", "orders-maintenance", "--lake_uri", lake.uri]) == 0

    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["event"], one["procedure"]) for one in told] == [
        ("table_maintained", "rewrite_data_files"),
        ("table_maintained", "rewrite_position_delete_files"),
        ("table_maintained", "rewrite_manifests"),
        ("table_maintained", "expire_snapshots"),
        ("table_maintained", "remove_orphan_files"),
    ]
    assert told[0]["rewritten_data_files_count"] == 8


def test_without_the_jars_the_job_ends_before_spark_starts(
    tmp_path: Path, aws: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the command that fetches them."""
    monkeypatch.setattr("glue_jobs.core.iceberg.JARS", tmp_path / "none")
    with pytest.raises(SetupError, match="`make iceberg` fetches them"):
        orders_maintenance.main(["job", "--lake_uri", tmp_path.as_uri()])


def test_orphans_of_less_than_a_day_are_refused() -> None:
    """They may be files that a running job will name."""
    with pytest.raises(OptionError, match="--orphans_after: got 60 minutes; give a day at least"):
        orders_maintenance.main(["job", "--lake_uri", "file:///x", "--orphans_after", "1 hour"])
