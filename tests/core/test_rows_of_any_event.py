"""What the decoder accepts is what the gate lets through: both are made of one contract."""

from typing import Any, TypeAlias

from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from glue_jobs.contracts.orders import EVENT, PROCESSED, RAW
from glue_jobs.core.expectations import as_delivered
from glue_jobs.core.judge import Judge, Rejection
from glue_jobs.core.validation import validate
from tests.core.order_frames import broken, frame_of, raw_row, state_row
from tests.order_events import LANDED, order

Fields: TypeAlias = dict[str, Any]

TIMES = [
    "1999-12-31T23:59:59Z",
    "2000-01-01T00:00:00Z",
    "2000-01-01T01:00:00+02:00",
    "2024-11-20T10:00:00.5",
]
VALUES: Fields = {
    "order_id": st.text(max_size=66),
    "user_id": st.from_regex(r"[!-~]{1,64}", fullmatch=True),
    "database_operation": st.sampled_from(["i", "u", "I", "", "d"]),
    "amount": st.floats(-1, 100) | st.integers(-1, 10**13) | st.decimals(-1, 10**10, places=2).map(float),
    "payment_method": st.sampled_from(["pix", "paypal", "cash"]),
    "event_timestamp": st.sampled_from(TIMES),
}
EVENTS = st.fixed_dictionaries({}, optional={name: values | st.none() for name, values in VALUES.items()})


def accepted(events: list[Fields]) -> list[Fields]:
    """The rows of raw that these events come to."""
    verdicts = [Judge(EVENT).judge(order(**event), LANDED) for event in events]
    return [raw_row(at, **one) for at, one in enumerate(verdicts) if not isinstance(one, Rejection)]


@given(EVENTS)
def test_no_accepted_event_breaks_a_rule_of_raw(event: Fields) -> None:
    """As plain Python reads the contract, with which the gate agrees (test_validation)."""
    assert broken(RAW, accepted([event])) == {}


@given(EVENTS)
def test_a_state_made_of_accepted_events_breaks_no_rule(event: Fields) -> None:
    """Its time of order is that of one of its events, the newest or an earlier one."""
    rows = accepted([event])
    states = [state_row(**(row | {"ordered_at": row["event_timestamp"]})) for row in rows]

    assert broken(PROCESSED, states) == {}


def test_the_gate_lets_through_what_was_accepted(spark: SparkSession) -> None:
    """A great many events at once."""
    events: list[Fields] = []
    given(EVENTS)(lambda event: events.append(event))()
    rows = accepted(events)
    assert len(rows) > 10

    assert validate(frame_of(spark, RAW, rows), as_delivered(RAW, rows=len(rows))).failing == ()
