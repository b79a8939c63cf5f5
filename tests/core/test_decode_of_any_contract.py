"""Every rule that a contract may have, on every type: the decoder and the judge mean the same by it."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql.types import DoubleType, IntegerType, StringType, StructType, TimestampType

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
            described("word", TEXT, "free"),
            described("name", TEXT, "with a word for unknown", unknown="?"),
            described("code", TEXT, "of a form", pattern=r"\w\d?|[?]", unknown="?"),
            described("spelled", TEXT, "of few, spelled", allowed=["a", "?"], unknown="?"),
            described("place", TEXT, "required", nullable=False, allowed=["a", "?"], unknown="?"),
        ]
    ),
)
COLUMNS = tuple(name for name in EVERY_RULE.schema.fieldNames() if name != "at")
CLEAN: dict[str, Any] = {"at": "2026-03-01T07:15:00Z", "state": 0, "height": 0, "place": "a"}

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


@given(st.lists(CHANGES, max_size=6))
def test_the_decoder_and_the_judge_agree(changes: list[dict[str, Any]]) -> None:
    """On what is accepted, as which value, and on why the rest is not."""
    payloads = [json.dumps({**CLEAN, **some}).encode() for some in changes]
    verdicts = [Judge(EVERY_RULE).judge(payload, ARRIVAL) for payload in payloads]
    rejections = [one for one in verdicts if isinstance(one, Rejection)]
    accepted = Counter(tuple(one.values()) for one in verdicts if not isinstance(one, Rejection))

    outcome = decode(records(payloads), Decoder(EVERY_RULE, COLUMNS))

    assert rows(outcome.accepted) == accepted
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
        ("seen", "2026-03-02T00:00:00Z", "out_of_range"),
        ("seen", "2026-03-01T23:59:59Z", datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_each_rule_means_what_the_contract_says(field: str, value: Any, expected: Any) -> None:
    """Integers have 32 bits; a required field that says "unknown" is missing; letters are those of ASCII."""
    payload = json.dumps({**CLEAN, field: value}).encode()

    verdict = Judge(EVERY_RULE).judge(payload, ARRIVAL)

    assert (verdict.reason if isinstance(verdict, Rejection) else verdict[field]) == expected
