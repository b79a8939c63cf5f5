"""What Kinesis and Firehose count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost.load import Load
from cost.prices import Prices
from cost.streams import (
    firehose,
    firehose_objects,
    kept_gb,
    on_demand,
    provisioned,
    rounded_up,
    shards_needed,
)

ONE_HOUR = Load(records_per_second=1000, hours_per_day=1, days_per_month=1)


@given(st.floats(0, 50_000), st.integers(1, 2**20))
def test_shards_needed_are_the_fewest_that_take_the_load(rate: float, size: int) -> None:
    """Beside a model that adds shard after shard until both limits hold."""
    shards = 1
    while rate > shards * 1000 or rate * size > shards * 2**20:
        shards += 1
    assert shards_needed(rate, size) == shards


@given(st.integers(1, 10**7), st.sampled_from([2**10, 5 * 2**10, 25 * 2**10]))
def test_bytes_are_rounded_up_to_whole_units(size: int, unit: int) -> None:
    """Beside a model that counts units one by one."""
    units = 0
    while units * unit < size:
        units += 1
    assert rounded_up(size, unit) == units * unit


def test_a_record_is_as_many_units_as_it_touches(one_each: Prices) -> None:
    """25 KiB are one unit; a byte more makes it two. 3.6 million records came."""
    units = [
        provisioned("s", 1, 24, ONE_HOUR, size, one_each)[1].quantity
        for size in (313, 25 * 1024, 25 * 1024 + 1)
    ]
    assert units == [3.6, 3.6, 7.2]


@pytest.mark.parametrize(("retention_hours", "extended"), [(24, 0), (25, 2), (168, 2), (400, 2)])
def test_a_shard_is_paid_twice_where_it_keeps_records_longer_than_a_day(
    one_each: Prices, retention_hours: int, extended: float
) -> None:
    """Two shards, one hour."""
    lines = provisioned("s", 2, retention_hours, ONE_HOUR, 313, one_each)
    assert (lines[0].quantity, lines[2].quantity) == (2, extended)


def test_records_beyond_seven_days_are_paid_by_what_they_hold() -> None:
    """1,000 records/s of 2**20 / 1,000 bytes: 3,600 MiB an hour; 32 hours of them after 168."""
    load = Load(records_per_second=1000)
    assert kept_gb(load, 2**20 // 1000, 200, 168, float("inf")) == pytest.approx(3600 / 1024 * 32, rel=0.001)


def test_a_stream_that_is_taken_down_each_day_keeps_nothing_longer() -> None:
    """Ten hours a day: no record gets older than that."""
    assert kept_gb(Load(hours_per_day=10), 313, 200, 24, 168) == 0


def test_on_demand_each_record_is_rounded_up_to_a_kilobyte(one_each: Prices) -> None:
    """3.6 million records of 313 bytes are billed as 3.6 million KiB, in and out."""
    stream, bytes_in, bytes_out, *kept = on_demand("s", 24, ONE_HOUR, 313, one_each)
    assert (stream.quantity, bytes_in.quantity) == (1, 3.6e6 / 2**20)
    assert bytes_out.quantity == bytes_in.quantity
    assert [line.quantity for line in kept] == [0, 0]


def test_firehose_rounds_a_record_up_to_five_kilobytes(one_each: Prices) -> None:
    """3.6 million records of 268 bytes are billed as 5 KiB each."""
    assert firehose("s", ONE_HOUR, 268, one_each)[0].quantity == 3.6e6 * 5 / 2**20


@pytest.mark.parametrize(
    ("records_per_second", "objects"),
    [
        (1, 12),  # one every five minutes
        (10_000, 10_000 * 3600 * 1000 / (64 * 2**20)),  # a buffer of 64 MiB is full sooner
        (1 / 3600, 1),  # a record, an object
        (0, 0),
    ],
)
def test_firehose_delivers_when_a_buffer_is_full_or_its_time_is_over(
    records_per_second: float, objects: float
) -> None:
    """Records of 1,000 bytes for an hour; 64 MiB or 300 seconds."""
    load = Load(records_per_second=records_per_second, hours_per_day=1, days_per_month=1)
    assert firehose_objects(load, 1000, 64, 300) == pytest.approx(objects)
