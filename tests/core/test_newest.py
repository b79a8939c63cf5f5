"""The state of an order does not care how its events come."""

from datetime import UTC, datetime
from decimal import Decimal
from random import Random

from chispa import assert_df_equality
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from glue_jobs.contracts.orders import EVENT, NEWEST_FIRST, ORDER, PROCESSED
from glue_jobs.core.newest import newest_states
from tests.orders_tables import Row, states_of

MOMENTS = [
    datetime(2024, month, 28, 23, 59, 59, microsecond, UTC) for month in (2, 3) for microsecond in (0, 1)
]

EVENT_OF_FEW = st.fixed_dictionaries(
    {
        "order_id": st.sampled_from(["a", "b", "c"]),
        "user_id": st.sampled_from(["u1", "u2"]),
        "product_id": st.sampled_from(["p1", "p2", "P"]),
        "database_operation": st.sampled_from(["i", "u"]),
        "amount": st.sampled_from([Decimal("9.99"), Decimal("10.00"), Decimal("100.00")]),
        "payment_method": st.sampled_from(["pix", "boleto"]),
        "event_timestamp": st.sampled_from(MOMENTS),
    }
)
"""Of few values, so that many are equal."""
EVENTS = st.lists(EVENT_OF_FEW, max_size=12)


def test_a_state_is_made_of_every_column_of_an_event() -> None:
    """No two different events are equal in the order of them; so there is one newest."""
    assert {ORDER.key, *NEWEST_FIRST} == {*EVENT.schema.fieldNames()}
    assert {*ORDER.columns} == {*PROCESSED.schema.fieldNames()}


@settings(max_examples=15)
@given(EVENTS)
def test_spark_finds_the_states_that_plain_python_finds(spark: SparkSession, events: list[Row]) -> None:
    """Of any events, ties and repeats too."""
    found = newest_states(spark.createDataFrame(events, EVENT.schema), ORDER)

    expected = spark.createDataFrame(states_of(events), PROCESSED.schema).select(ORDER.columns)
    assert_df_equality(found, expected, ignore_row_order=True, ignore_nullable=True, ignore_metadata=True)


@given(EVENTS, st.randoms(use_true_random=False))
def test_order_and_repeats_play_no_part(events: list[Row], random: Random) -> None:
    """Of the model; Spark's agrees with it."""
    again = [*events, *random.choices(events, k=3)] if events else []
    random.shuffle(again)

    assert states_of(again) == states_of(events)
