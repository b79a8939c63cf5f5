"""The jobs of the processed orders where something is wrong: nothing is published by halves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from glue_jobs.batch import orders_processed
from glue_jobs.contracts.orders import RAW
from glue_jobs.core.errors import SourceError
from glue_jobs.core.lease import LeaseHeld, writer_lease
from tests.faults.harness import signal_at
from tests.order_events import order
from tests.orders_tables import (
    OrdersLake,
    Row,
    assert_processed,
    commit_meanwhile,
    event_row,
    load,
    states_of,
    take_in,
)

ROOT = Path(__file__).parents[2]
LATER = "2024-11-20T10:04:00Z"
DOCS = "resources/data_docs/orders"
INSERT: Row = {}
UPDATE: Row = {"database_operation": "u", "amount": 5, "event_timestamp": LATER}


def test_a_maintenance_that_comes_between_costs_a_second_attempt(
    lake: OrdersLake, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Files that the upsert has read are gone meanwhile: it is done again over those that are there."""
    for number in range(2):
        lake.bring(f"{number}", order(order_id=f"order-{number}"))
        take_in(lake)
    lake.bring("2", order(order_id="order-1", **UPDATE))
    commit_meanwhile(monkeypatch, lake.rewrite_files)
    assert take_in(lake) == 0

    assert "processed_orders changed meanwhile; the upsert is done again" in caplog.text
    rows = [
        event_row(order_id="order-0"),
        event_row(order_id="order-1"),
        event_row(order_id="order-1", **UPDATE),
    ]
    assert_processed(lake, *states_of(rows))


def tamper(lake: OrdersLake, how: str) -> Path:
    """Change the one file of raw."""
    (path,) = lake.files(RAW)
    file = lake.folder / path
    if how == "gone":
        file.unlink()
    elif how == "cut short":
        file.write_bytes(file.read_bytes()[:-9])
    else:
        rows = lake.rows(RAW)
        lake.write_raw(path, rows * 2 if how == "more rows" else rows, nullable=how == "other columns")
    return file


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("gone", "No such file"),
        ("cut short", "Parquet magic bytes not found"),
        ("more rows", "it has 2 rows, not 1"),
        ("other columns", "its columns are order_id string"),
    ],
)
def test_a_file_of_raw_that_is_not_as_written_stops_the_job(
    lake: OrdersLake, capsys: pytest.CaptureFixture[str], how: str, told: str
) -> None:
    """It is named; the table is as it was, and goes on when the file is back."""
    lake.bring("1", order())
    (path,) = lake.files(RAW)
    content = (lake.folder / path).read_bytes()
    file = tamper(lake, how)

    assert take_in(lake) == 1
    errors = capsys.readouterr().err
    assert f"{path}: not as its run has written it: " in errors
    assert told in errors
    assert lake.processed().count() == 0

    file.write_bytes(content)
    assert take_in(lake) == 0
    assert lake.processed().count() == 1


def test_raw_that_was_made_anew_is_not_taken_for_the_old_one(
    lake: OrdersLake, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its runs have the old numbers; the initial load is the way."""
    lake.bring("1", order())
    take_in(lake)
    lake.remove_all("raw")
    lake.now = lake.now.replace(hour=13)
    lake.take()
    lake.bring("2", order(order_id="order-2"))

    assert take_in(lake) == 1
    assert "raw was made anew; run the initial load with --rebuild true" in capsys.readouterr().err
    assert load(lake, "--rebuild", "true") == 0
    assert lake.processed().count() == 2


def test_a_table_that_was_rolled_back_takes_in_again_what_it_has_lost(lake: OrdersLake) -> None:
    """How far it is stands with its rows."""
    for number in range(2):
        lake.bring(f"{number}", order(order_id=f"order-{number}"))
        take_in(lake)
    (first,) = lake.spark.sql(f"SELECT snapshot_id FROM {lake.table}.history ORDER BY made_current_at").take(
        1
    )
    lake.spark.sql(f"CALL lake.system.rollback_to_snapshot('orders.processed_orders', {first[0]})")
    take_in(lake)

    assert_processed(lake, *states_of([event_row(order_id="order-0"), event_row(order_id="order-1")]))


def test_a_lake_without_raw_is_refused(tmp_path: Path) -> None:
    """Before Spark starts; nothing is made there."""
    with pytest.raises(SourceError, match="no run has brought anything into raw/orders/; give the lake"):
        orders_processed.main(["orders-processed", "--lake_uri", (tmp_path / "lake").as_uri()])
    assert [*tmp_path.iterdir()] == []


def test_two_jobs_do_not_write_the_table_at_once(lake: OrdersLake) -> None:
    """The second is refused."""
    lake.bring("1", order())
    with writer_lease(f"{lake.uri}/processed/orders__writer"):
        for job in (take_in, load):
            assert job(lake) == 1
        with pytest.raises(LeaseHeld, match="another job that writes processed_orders is running"):
            orders_processed.main(["job", "--lake_uri", lake.uri])


@pytest.mark.parametrize(
    ("job", "point"),
    [
        ("orders_processed", "before_upsert"),
        ("orders_processed", "after_upsert"),
        ("orders_processed_initial_load", "after_load"),
    ],
)
def test_a_job_that_is_killed_is_done_again(lake: OrdersLake, tmp_path: Path, job: str, point: str) -> None:
    """By the next upsert: SIGKILL to all its processes before its commit, and after it."""
    events = [INSERT, UPDATE, {"order_id": "order-2"}]
    lake.bring("1", *(order(**event) for event in events))
    hits = tmp_path / "hits"
    killed = subprocess.run(
        [sys.executable, "-m", f"glue_jobs.batch.{job}", "--lake_uri", lake.uri],
        env={
            **os.environ,
            **signal_at(point, "SIGKILL", 1, hits),
            "PYTHONPATH": os.pathsep.join([str(ROOT / "tests" / "faults"), str(ROOT)]),
        },
        capture_output=True,
        text=True,
        start_new_session=True,
        timeout=120,
    )
    assert (killed.returncode, len(hits.read_text().splitlines())) == (-9, 1), killed.stderr

    assert lake.processed().count() == (0 if point == "before_upsert" else 2)
    assert take_in(lake) == 0
    assert_processed(lake, *states_of(event_row(**event) for event in events))


def test_rows_that_break_the_contract_stop_the_job_before_any_is_published(
    lake: OrdersLake, capsys: pytest.CaptureFixture[str]
) -> None:
    """An operation that nobody knows got into raw: it is named with its row, and the Data Docs show it."""
    lake.bring("1", order(), order(order_id="order-2"))
    (path,) = lake.files(RAW)
    known = lake.rows(RAW)
    lake.write_raw(path, [{**known[0], "database_operation": "d"}, known[1]])

    assert (load(lake), take_in(lake)) == (1, 1)

    errors = capsys.readouterr().err
    assert "expect_column_values_to_be_in_set (database_operation: is one of i, u), broken by 1 row" in errors
    assert "order_id order-1, landing_file landing/orders/1, landing_line 1, database_operation d" in errors
    assert lake.processed().count() == 0
    assert "expect_column_values_to_be_in_set" in (lake.folder / DOCS / "index.html").read_text()
