"""Orders keep the contract, updates are of orders made before, and equal seeds give equal bytes."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql.types import DecimalType, StructField, TimestampType

from glue_jobs.contracts.orders import EVENT, PAYMENT_METHODS
from producers.order_events import TROUBLED, generate
from producers.record import Record
from producers.troubles import Troubles, mix

START = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def made(count: int = 2000, p_update: float = 0.3, seed: int = 1) -> list[Record]:
    """Records of the first of March."""
    return list(generate(count, p_update, START, DAY, seed))


def events(records: list[Record]) -> list[dict[str, Any]]:
    """What the records say."""
    return [json.loads(record.data) for record in records]


def broken(data: bytes) -> list[str]:
    """The fields of an event that break the contract, by its metadata."""
    event = json.loads(data)
    if not isinstance(event, dict) or list(event) != EVENT.schema.fieldNames():
        return ["the fields"]
    return [field.name for field in EVENT.schema if not keeps(field, event[field.name])]


def keeps(field: StructField, value: Any) -> bool:
    """Whether a value is of the type of its field and within its rules."""
    rules = field.metadata
    if isinstance(field.dataType, DecimalType):
        return type(value) in (int, float) and value >= rules["minimum"] and round(value, 2) == value
    if type(value) is not str:
        return False
    if isinstance(field.dataType, TimestampType):
        return value >= rules["minimum"] and bool(datetime.fromisoformat(value).tzinfo)
    allowed, pattern = rules.get("allowed", [value]), rules.get("pattern", ".*")
    return value in allowed and bool(re.fullmatch(pattern, value))


def test_every_event_keeps_the_contract() -> None:
    """Fields, types, values; compact, and without a line break, which Firehose adds."""
    records = made(5000)
    assert [record.data for record in records if broken(record.data)] == []
    assert not any(b"\n" in record.data or b": " in record.data for record in records)


@given(count=st.integers(1, 60), p_update=st.sampled_from([0.0, 0.3, 1.0]), seed=st.integers(0, 50))
def test_an_update_is_a_change_of_an_order_made_before(count: int, p_update: float, seed: int) -> None:
    """Same customer and product, a later time, and either another amount or another way to pay."""
    states: dict[str, dict[str, Any]] = {}
    newest = ""
    for event in events(made(count, p_update, seed)):
        assert event["event_timestamp"] > newest
        newest = event["event_timestamp"]
        before = states.get(event["order_id"])
        assert (event["database_operation"] == "u") == (before is not None)
        if before is not None:
            changed = {name for name in event if event[name] != before[name]}
            assert changed - {"database_operation", "event_timestamp"} in ({"amount"}, {"payment_method"})
        states[event["order_id"]] = event
    assert len(states) == 1 or p_update < 1


def test_events_are_updates_as_often_as_asked_for() -> None:
    """Three in ten, give or take a tenth of it; the kind says which."""
    records = made(10_000)
    kinds = Counter(record.kind for record in records)
    assert kinds["update"] == pytest.approx(3000, rel=0.1)
    assert kinds == Counter({"i": "insert", "u": "update"}[e["database_operation"]] for e in events(records))
    assert {event["payment_method"] for event in events(records)} == set(PAYMENT_METHODS)


def test_equal_seeds_give_equal_bytes() -> None:
    """Another seed, or another start, gives others; the order stays the same from another start."""
    assert made(seed=4) == made(seed=4)
    assert made(seed=4) != made(seed=5)
    later = list(generate(2000, 0.3, START + DAY, DAY, 4))
    assert [event["order_id"] for event in events(later)] == [e["order_id"] for e in events(made(seed=4))]
    assert later != made(seed=4)


def test_events_lie_within_their_span_in_whole_microseconds() -> None:
    """In order, and no two at one time, however many there are."""
    records = list(generate(5000, 0.3, START, timedelta(milliseconds=1), 1))
    times = [event["event_timestamp"] for event in events(records)]
    assert times == sorted(set(times))
    assert times[0] >= "2026-03-01T00:00:00.000000Z"
    assert [record.stream_time for record in made(50)] == [
        datetime.fromisoformat(event["event_timestamp"]).timestamp() for event in events(made(50))
    ]


def test_some_products_are_bought_often_and_customers_come_back() -> None:
    """So that a list of the top products says something."""
    orders = events(made(5000, p_update=0.0))
    products = Counter(order["product_id"] for order in orders)
    assert products.most_common(1)[0][1] > 20 * min(products.values())
    assert len({order["user_id"] for order in orders}) < 2001


def test_troubles_of_orders_are_what_their_kind_says() -> None:
    """Late ones keep the contract and are of an order that has newer events; the rest break one rule each."""
    troubles = Troubles(late=20, duplicate=5, malformed=5, wrong_type=20, future=20, out_of_range=20)
    now = START + 2 * DAY
    records = list(mix(made(500), 500, troubles, now, Random(1), TROUBLED))
    newest: dict[str, str] = {}
    for record in records:
        if record.kind in ("insert", "update", "late"):
            event = json.loads(record.data)
            assert not broken(record.data)
            assert (newest.get(event["order_id"], "") > event["event_timestamp"]) == (record.kind == "late")
            newest.setdefault(event["order_id"], "")
            newest[event["order_id"]] = max(newest[event["order_id"]], event["event_timestamp"])
        if record.kind in ("wrong_type", "out_of_range"):
            assert len(broken(record.data)) == 1
        if record.kind == "future":
            assert json.loads(record.data)["event_timestamp"] > (now + timedelta(hours=1)).isoformat()
    assert Counter(record.kind for record in records)["late"] == 20


def test_no_update_says_what_was_said_before() -> None:
    """Among so many some amounts are drawn twice in a row."""
    states: dict[str, tuple[float, str]] = {}
    for event in events(made(50_000, p_update=0.9)):
        state = (event["amount"], event["payment_method"])
        assert states.get(event["order_id"]) != state
        states[event["order_id"]] = state
