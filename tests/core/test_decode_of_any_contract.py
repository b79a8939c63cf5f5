"""Every rule that a contract may have, on every type: the decoder and the judge mean the same by it."""

import json
import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql.types import (
    DecimalType,
    DoubleType,
    IntegerType,
    StringType,
    StructType,
    TimestampType,
)

from glue_jobs.contracts.contract import EventContract, described
from glue_jobs.core.decode import Decoder
from glue_jobs.core.judge import Judge, Rejection
from tests.decoding import decode, rows
from tests.events import ARRIVAL, records

INSTANT, INTEGER, DOUBLE, TEXT = TimestampType(), IntegerType(), DoubleType(), StringType()
DAY: dict[str, Any] = {"minimum": "2026-03-01T00:00:00Z", "maximum": "2026-03-01T23:59:59Z"}
BOUNDS: dict[str, Any] = {"minimum": -1, "maximum": 2.5, "unknown": 2}

EVERY_RULE = EventContract(
    name="every_rule",
    event_time="at",
    window=timedelta(minutes=2),
    watermark=timedelta(minutes=10),
    spellings={"spelled": lambda text: text.lower() or None},
    schema=StructType(
        [
            described("at", INSTANT, "required", nullable=False, **DAY),
            described("seen", INSTANT, "bounded", **DAY),
            described("ended", INSTANT, "free"),
            described("count", INTEGER, "free"),
            described("level", INTEGER, "of few", allowed=[0, 1, 4]),
            described("signal", INTEGER, "bounded", **BOUNDS),
            described("state", INTEGER, "required", nullable=False, allowed=[0, 1, 2], **BOUNDS),
            described("speed", DOUBLE, "free"),
            described("ratio", DOUBLE, "of few", allowed=[0, 1.5]),
            described("share", DOUBLE, "bounded", **BOUNDS),
            described("height", DOUBLE, "required", nullable=False, allowed=[0, 1.5, 2], **BOUNDS),
            described("paid", DecimalType(5, 2), "free"),
            described("owed", DecimalType(15, 0), "bounded", minimum=-1, maximum=2**48),
            described("price", DecimalType(15, 15), "bounded", minimum=0.1, maximum=0.7),
            described("cost", DecimalType(12, 2), "required", nullable=False, minimum=0),
            described("word", TEXT, "free"),
            described("name", TEXT, "with a word for unknown", unknown="?"),
            described("code", TEXT, "of a form", pattern=r"\w\d?|[?]", unknown="?"),
            described("spelled", TEXT, "of few, spelled", allowed=["a", "?"], unknown="?"),
            described("place", TEXT, "required", nullable=False, allowed=["a", "?"], unknown="?"),
        ]
    ),
)
COLUMNS = tuple(name for name in EVERY_RULE.schema.fieldNames() if name != "at")
CLEAN: dict[str, Any] = {"at": "2026-03-01T07:15:00Z", "state": 0, "height": 0, "cost": 0, "place": "a"}

NUMBERS: list[Any] = [
    0,
    -0.0,
    1,
    1.5,
    2,
    2.5,
    3,
    4.0,
    -1,
    -2,
    2**31 - 1,
    2**31,
    -(2**31),
    -(2**31) - 1,
    2**32,
    1e300,
    0.1,
    0.1 + 0.2,
    0.30000000000000004,
    0.1 - 2**-56,
    0.25,
    -0.25,
    0.015,
    0.01,
    1e-15,
    1e-16,
    999.99,
    -999.99,
    999.995,
    1000,
    9999999999.99,
    9999999999.985,
    1e10,
    2**48,
    2**53 + 1,
    1e15,
    2**64,
]
TEXTS = ["a", "A", "?", "", "a1", "٣", "b٣", "é", "ab", "a\n"]
TIMES = [
    "2026-03-01T07:00:00Z",
    "2026-02-28T23:59:59Z",
    "2026-03-02T00:00:00Z",
    "2026-03-01 07:00",
    "2026-02-30T00:00:00Z",
]
CHANGES = st.dictionaries(
    st.sampled_from(EVERY_RULE.schema.fieldNames()),
    st.one_of(st.none(), st.sampled_from(NUMBERS), st.sampled_from(TEXTS), st.sampled_from(TIMES)),
    max_size=3,
)
CENTS = st.integers(-(10**13), 10**13).map(lambda cents: cents / 100)
AMOUNTS = st.one_of(
    CENTS,
    CENTS.map(lambda amount: math.nextafter(amount, math.inf)),
    st.integers(-(10**16), 10**16),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-1, 1),
    st.sampled_from(NUMBERS),
)


@given(st.lists(CHANGES, max_size=6))
def test_the_decoder_and_the_judge_agree(changes: list[dict[str, Any]]) -> None:
    """On what is accepted, as which value, and on why the rest is not."""
    assert_agreed(changes)


@pytest.mark.parametrize("field", ["paid", "owed", "price", "cost"])
@given(st.lists(AMOUNTS, min_size=1, max_size=20))
def test_they_agree_on_decimals(field: str, amounts: list[float]) -> None:
    """Of any number of digits, those beside a decimal and those beyond the type included."""
    assert_agreed([{field: amount} for amount in amounts])


def assert_agreed(changes: list[dict[str, Any]]) -> None:
    """The events with these changes, decoded together, are as the judge says of each."""
    payloads = [json.dumps({**CLEAN, **some}).encode() for some in changes]
    verdicts = [Judge(EVERY_RULE).judge(payload, ARRIVAL) for payload in payloads]
    rejections = [one for one in verdicts if isinstance(one, Rejection)]
    accepted = Counter(tuple(one.values()) for one in verdicts if not isinstance(one, Rejection))

    outcome = decode(records(payloads), Decoder(EVERY_RULE, COLUMNS))

    assert rows(outcome.accepted) == accepted
    outcome.accepted.validate(full=True)
    assert {*outcome.accepted_at} == {at for at, one in enumerate(verdicts) if isinstance(one, dict)}
    assert [*outcome.rejected_at] == [at for at, one in enumerate(verdicts) if isinstance(one, Rejection)]
    assert outcome.rejected.select(["reason", "field"]).to_pylist() == [
        {"reason": one.reason, "field": one.field} for one in rejections
    ]


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("count", 2**31, "out_of_range"),
        ("count", 2**31 - 1, 2**31 - 1),
        ("level", 2, "out_of_range"),
        ("level", 4.0, 4),
        ("ratio", 1, "out_of_range"),
        ("share", 2, None),
        ("state", 2, "missing_field"),
        ("name", "?", None),
        ("place", "?", "missing_field"),
        ("code", "٣", "out_of_range"),
        ("paid", 10.1, Decimal("10.10")),
        ("paid", 1e2, Decimal("100.00")),
        ("paid", -999.99, Decimal("-999.99")),
        ("paid", -0.0, Decimal("0.00")),
        ("paid", 0.125, "out_of_range"),
        ("paid", 0.1 + 0.2, "out_of_range"),
        ("paid", 1000, "out_of_range"),
        ("paid", 1e300, "out_of_range"),
        ("paid", "10.10", "wrong_type"),
        ("paid", True, "wrong_type"),
        ("paid", None, None),
        ("cost", None, "missing_field"),
        ("cost", -0.01, "out_of_range"),
        ("price", 0.1, Decimal("0.1")),
        ("price", 0.7, Decimal("0.7")),
        ("price", 0.700000000000001, "out_of_range"),
        ("seen", "2026-03-02T00:00:00Z", "out_of_range"),
        ("seen", "2026-03-01T23:59:59Z", datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_each_rule_means_what_the_contract_says(field: str, value: Any, expected: Any) -> None:
    """Integers have 32 bits; a required field that says "unknown" is missing; letters are those of ASCII."""
    payload = json.dumps({**CLEAN, field: value}).encode()

    verdict = Judge(EVERY_RULE).judge(payload, ARRIVAL)

    assert (verdict.reason if isinstance(verdict, Rejection) else verdict[field]) == expected
