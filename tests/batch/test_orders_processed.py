"""Processed orders: the newest state of each, in whatever order its events come."""

from itertools import permutations

import pytest

from tests.order_events import order
from tests.orders_tables import (
    OrdersLake,
    Row,
    assert_processed,
    event_row,
    load,
    states_of,
    take_in,
    told,
)

MONTH_BEFORE, LATER = "2024-10-31T23:59:59Z", "2024-11-20T10:04:00Z"
DOCS = "resources/data_docs/orders"
INSERT: Row = {}
UPDATE: Row = {"database_operation": "u", "amount": 5, "event_timestamp": LATER}
BEFORE: Row = {"user_id": "user-0", "amount": 1, "event_timestamp": MONTH_BEFORE}
TIE: Row = {"database_operation": "u", "amount": 1}
GREATER_TIE: Row = {"amount": 20}


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


def test_what_was_expected_of_the_rows_is_kept_for_a_person(lake: OrdersLake) -> None:
    """A page for raw's rows and one for the states that came of them."""
    lake.bring("1", order())
    take_in(lake)

    pages = sorted(path.name.partition("-")[2] for path in (lake.folder / DOCS / "results").iterdir())
    assert pages == ["processed_orders-passed.html", "raw_orders-passed.html"]
