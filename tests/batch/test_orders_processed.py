"""Processed orders: the newest state of each, in whatever order its events come."""

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest
from chispa import assert_df_equality

from cli.main import main as sluice
from glue_jobs.batch import orders_processed
from glue_jobs.contracts.orders import PROCESSED, RAW
from glue_jobs.core.errors import SourceError
from glue_jobs.core.lease import LeaseHeld, writer_lease
from tests.conftest import IcebergLake
from tests.faults.harness import signal_at
from tests.order_events import order
from tests.orders_tables import (
    OrdersLake,
    Row,
    commit_meanwhile,
    event_row,
    jobs_in,
    orders_lake,
    states_of,
    told,
)

ROOT = Path(__file__).parents[2]
MONTH_BEFORE, LATER = "2024-10-31T23:59:59Z", "2024-11-20T10:04:00Z"
DOCS = "resources/data_docs/orders"
INSERT: Row = {}
UPDATE: Row = {"database_operation": "u", "amount": 5, "event_timestamp": LATER}
BEFORE: Row = {"user_id": "user-0", "amount": 1, "event_timestamp": MONTH_BEFORE}
TIE: Row = {"database_operation": "u", "amount": 1}
GREATER_TIE: Row = {"amount": 20}


@pytest.fixture
def lake(iceberg_lake: IcebergLake, aws: str) -> Iterator[OrdersLake]:
    """An empty one; jobs use its session."""
    made = orders_lake(iceberg_lake)
    with jobs_in(made, aws):
        yield made


def take_in(lake: OrdersLake, *more: str) -> int:
    """The job, as its user runs it."""
    return sluice(["run", "orders-processed", "--lake_uri", lake.uri, *more])


def load(lake: OrdersLake, *more: str) -> int:
    """The initial load, as its user runs it."""
    return sluice(["run", "orders-processed-initial-load", "--lake_uri", lake.uri, *more])


def assert_processed(lake: OrdersLake, *rows: Row) -> None:
    """The table is these rows, its schema that of the contract."""
    expected = lake.spark.createDataFrame([*rows], PROCESSED.schema)
    assert_df_equality(lake.processed(), expected, ignore_row_order=True, ignore_metadata=True)


def test_the_job_takes_in_what_is_new_in_raw(lake: OrdersLake, capsys: pytest.CaptureFixture[str]) -> None:
    """The first run makes the table; one that finds nothing new changes nothing."""
    lake.bring("1", order(), order(order_id="order-2"))
    assert take_in(lake) == 0
    lake.bring("2", order(**UPDATE))
    assert take_in(lake) == 0
    commits = lake.snapshots()
    assert take_in(lake) == 0

    assert lake.snapshots() == commits == 2
    assert told(capsys.readouterr().out) == [
        {"event": "runs_taken_in", "runs": [1, 1], "events": 2, "inserted": 2, "updated": 0},
        {"event": "runs_taken_in", "runs": [2, 2], "events": 1, "inserted": 0, "updated": 1},
        {"event": "nothing_to_take_in", "lake_uri": lake.uri},
    ]
    first, second = event_row(), event_row(order_id="order-2")
    ordered_at = first["event_timestamp"]
    assert_processed(
        lake, {**event_row(**UPDATE), "ordered_at": ordered_at}, {**second, "ordered_at": ordered_at}
    )


@pytest.mark.parametrize(
    ("files", "newest", "earliest"),
    [
        pytest.param([INSERT, UPDATE], UPDATE, INSERT, id="an update after its insert, or before it"),
        pytest.param([UPDATE], UPDATE, UPDATE, id="an update without an insert"),
        pytest.param([INSERT, UPDATE, UPDATE], UPDATE, INSERT, id="an update that comes twice"),
        pytest.param([INSERT, UPDATE, BEFORE], UPDATE, BEFORE, id="one of the month before that comes last"),
        pytest.param([INSERT, TIE], TIE, INSERT, id="an insert and an update of the same time"),
        pytest.param([INSERT, GREATER_TIE], GREATER_TIE, INSERT, id="two inserts of the same time"),
    ],
)
def test_the_newest_event_wins_in_whatever_order_they_come(
    lake: OrdersLake, files: list[Row], newest: Row, earliest: Row
) -> None:
    """Each in a run of its own; ordered_at is the time of the earliest, whichever brought it."""
    ways = {f"order-{number}": way for number, way in enumerate(permutations(files))}
    for step in range(len(files)):
        lake.bring(f"{step}", *(order(order_id=order_id, **way[step]) for order_id, way in ways.items()))
        assert take_in(lake) == 0

    ordered_at = event_row(**earliest)["event_timestamp"]
    rows = [{**event_row(**newest), "order_id": order_id, "ordered_at": ordered_at} for order_id in ways]
    assert_processed(lake, *rows)


def test_what_is_in_the_table_already_changes_no_row(lake: OrdersLake) -> None:
    """A repeated file makes no file of the table anew; the commit only says that its run is taken in."""
    lake.bring("1", order(), order(order_id="order-2", **UPDATE))
    take_in(lake)
    files = lake.data_files()
    lake.bring("2", order(order_id="order-2", **UPDATE), order())
    take_in(lake)

    assert lake.data_files() == files
    assert lake.position() == 2


def test_an_order_in_capitals_or_with_more_digits_is_compared_as_python_compares_it(lake: OrdersLake) -> None:
    """By code points and by value: as the model of the tests does."""
    events: list[Row] = [
        {"user_id": user, "amount": amount} for user in ("a", "B") for amount in (9.5, 10, 100)
    ]
    for number, event in enumerate(events):
        lake.bring(f"{number}", order(**event))
        take_in(lake)

    assert_processed(lake, *states_of(event_row(**event) for event in events))


def test_many_runs_are_taken_in_together_a_few_at_a_time(
    lake: OrdersLake, capsys: pytest.CaptureFixture[str]
) -> None:
    """A commit for each group of them."""
    for number in range(6):
        lake.bring(f"{number}", order(order_id=f"order-{number}"))
    assert take_in(lake, "--max_runs", "4") == 0

    assert [one["runs"] for one in told(capsys.readouterr().out)] == [[1, 4], [5, 6]]
    assert (lake.position(), lake.processed().count()) == (6, 6)


def test_the_initial_load_makes_the_table_that_upserts_make(
    lake: OrdersLake, capsys: pytest.CaptureFixture[str]
) -> None:
    """And goes on where it ended: the next upsert takes in only what came later."""
    events = [INSERT, UPDATE, BEFORE, {"order_id": "order-2"}, UPDATE]
    for number, event in enumerate(events):
        lake.bring(f"{number}", order(**event))
    assert load(lake) == 0
    lake.bring("later", order(order_id="order-3"))
    assert take_in(lake) == 0

    assert told(capsys.readouterr().out) == [
        {"event": "table_loaded", "runs": [1, 5], "events": 5, "orders": 2},
        {"event": "runs_taken_in", "runs": [6, 6], "events": 1, "inserted": 1, "updated": 0},
    ]
    assert_processed(lake, *states_of([event_row(**event) for event in [*events, {"order_id": "order-3"}]]))


def test_an_initial_load_over_rows_is_refused_unless_it_is_meant(
    lake: OrdersLake, capsys: pytest.CaptureFixture[str]
) -> None:
    """Then they are replaced in one commit: also what somebody has put there by hand."""
    lake.bring("1", order())
    take_in(lake)
    lake.spark.sql(f"UPDATE {lake.table} SET order_id = 'by hand'")
    commits = lake.snapshots()

    assert load(lake) == 2
    assert "--rebuild: got false, and processed_orders has rows" in capsys.readouterr().err
    assert lake.processed().first()["order_id"] == "by hand"  # type: ignore[index]

    assert load(lake, "--rebuild", "true") == 0
    assert_processed(lake, *states_of([event_row()]))
    assert lake.snapshots() == commits + 1


def test_the_views_are_there_with_the_table(lake: OrdersLake) -> None:
    """For whoever asks Athena."""
    lake.bring("1", order(), order(order_id="order-2", **UPDATE))
    take_in(lake)

    answer = lake.ask("SELECT orders, updated, update_rate FROM update_rate")
    assert (answer.columns, answer.rows) == (["orders", "updated", "update_rate"], [(2, 1, 0.5)])


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


def test_what_was_expected_of_the_rows_is_kept_for_a_person(lake: OrdersLake) -> None:
    """A page for raw's rows and one for the states that came of them."""
    lake.bring("1", order())
    take_in(lake)

    pages = sorted(path.name.partition("-")[2] for path in (lake.folder / DOCS / "results").iterdir())
    assert pages == ["processed_orders-passed.html", "raw_orders-passed.html"]
