"""A table of records decoded as a whole: the same outcome as one by one."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT
from glue_jobs.contracts.records import REJECTS
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.decode import Decoder, decoded_schema
from glue_jobs.core.judge import Judge, Rejection
from glue_jobs.core.windows import event_columns
from producers.mobile_events import SHIPPED_CSV, read_rows, replay
from tests.events import ARRIVAL, RECORD_SCHEMA, event, payload, payload_with, records

COLUMNS = event_columns(AGGREGATES)
DECODER = Decoder(EVENT, COLUMNS)
JUDGE = Judge(EVENT)

CHANGES: dict[str, list[Any]] = {
    "timestamp": [
        "2026-03-01T07:20:30Z",
        "2026-03-01T07:20:31Z",
        "2026-03-01 07:00",
        "2026-02-30T07:00:00Z",
        5,
    ],
    "hour": [None, "7:15", "07:15:00\n"],
    "lat": [90, 91, "41", True, 1e308],
    "signal": [99, 99.0, 98, 4.5, -1, None, "x", 10**30],
    "network": ["a\0b", "{}", "}{", "\U0001f600", "\u2028", "NaN", ": NaN", "[", 1, None],
    "operator": ["MOVISTAR", " movistar", "null", None, 7],
    "status": [0.0, 1, 4, None],
    "provider": ["GPS", "19", "", None],
    "postal_code": ["080193", "80193", "08\n0193", None],
    "extra": [None, 1, "{", [1, [2]], {"signal": 1}],
}
FRAGMENTS = [
    b"",
    b" ",
    b"{}",
    b"{}{}",
    b"{",
    b"}",
    b"[]",
    b"null",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\0",
    b'{"a":',
    b"1}",
    b'"}',
    b'{"a": "',
]
EXTRAS = [
    '"extra": NaN',
    '"extra" :\t-Infinity',
    '"::":NaN',
    '"extra": [NaN]',
    '"extra": 1e999',
    '"extra": 01',
    '"extra": "\\ud800"',
    '"extra": "\\udc00"',
    '"extra": "\\x"',
    '"extra": "\t"',
    '"extra": ' + "[" * 2000 + "]" * 2000,
    '"signal": 5, "signal": 6',
    '"\\u0065xtra": 1',
    '"extra": 1,',
    '"extra": "\\"}"',
    '"extra":',
]

CHANGED = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(values) for name, values in CHANGES.items()}
)
OBJECTS = CHANGED.map(lambda changes: json.dumps(event(**changes)).encode())
BESIDE = st.sampled_from(EXTRAS).map(payload_with)
FRAMED = st.builds(
    lambda before, data, after: before + data + after,
    st.sampled_from([b"", b" ", b"\r\n", b"\n\n", b"\x0c", b"x", payload()]),
    OBJECTS,
    st.sampled_from([b"", b"\n", b" \t", b",", payload(), b"\n" + payload()]),
)
BROKEN = st.builds(lambda data, at: data[:at], OBJECTS, st.integers(0, 400))
SPLIT_LINE = st.builds(lambda data, at: data[:at] + b"\n" + data[at:], OBJECTS, st.integers(1, 300))
ONE = st.one_of(
    OBJECTS, BESIDE, FRAMED, BROKEN, SPLIT_LINE, st.sampled_from(FRAGMENTS), st.none(), st.binary(max_size=8)
)
HALVES = st.builds(lambda data, at: [data[:at], data[at:]], OBJECTS, st.integers(1, 300))
PAYLOADS: st.SearchStrategy[list[bytes | None]] = st.lists(
    st.one_of(ONE.map(lambda one: [one]), HALVES), max_size=12
).map(lambda some: list(chain.from_iterable(some)))
ARRIVALS = st.sampled_from([None, ARRIVAL, ARRIVAL - timedelta(minutes=1), ARRIVAL + timedelta(days=1)])


def judged(table: pa.Table) -> tuple[Counter[Any], Counter[Any]]:
    """The model: what the judge says of each record, as multisets of accepted rows and rejects."""
    accepted: Counter[Any] = Counter()
    rejected: Counter[Any] = Counter()
    for record in table.to_pylist():
        verdict = JUDGE.judge(record["data"] or b"", record["arrival_time"] or record["batch_time"])
        if isinstance(verdict, Rejection):
            origin = [record[name] for name in ("data", "arrival_time", "shard_id", "sequence_number")]
            rejected[(verdict.reason, verdict.field, *origin)] += 1
        else:
            accepted[(verdict["timestamp"], *(verdict[name] for name in COLUMNS))] += 1
    return accepted, rejected


def decoded(table: pa.Table) -> tuple[Counter[Any], Counter[Any]]:
    """What the decoder makes of the table, likewise; with the schemas it promises."""
    outcome = DECODER.decode(table)
    assert outcome.accepted.schema == arrow_schema(decoded_schema(EVENT, COLUMNS))
    assert outcome.rejected.schema == arrow_schema(REJECTS)
    assert isinstance(outcome.accepted.validate(full=True), type(None))
    return rows(outcome.accepted), rows(outcome.rejected)


def rows(table: pa.Table) -> Counter[Any]:
    """The rows as a multiset."""
    return Counter(tuple(row.values()) for row in table.to_pylist())


@given(st.data(), PAYLOADS)
def test_a_table_is_decoded_as_its_records_one_by_one(
    data: st.DataObject, payloads: list[bytes | None]
) -> None:
    """Clean, dirty and oddly framed records together, arrival known or not, in any chunks."""
    arrivals = data.draw(st.lists(ARRIVALS, min_size=len(payloads), max_size=len(payloads)))
    whole = records(payloads, arrivals)
    cut = data.draw(st.integers(0, len(payloads)))
    chunked = pa.concat_tables([whole[:cut], whole[cut:]])

    assert decoded(whole) == judged(whole)
    assert decoded(chunked) == judged(whole)


@pytest.mark.parametrize("extra", EXTRAS, ids=lambda extra: extra[:24])
def test_what_stands_in_a_field_nobody_asked_for_still_has_to_be_json(extra: str) -> None:
    """The columns take no record that the judge refuses."""
    table = records([payload(), payload_with(extra), payload()])

    assert decoded(table) == judged(table)


@pytest.mark.parametrize(
    "payloads",
    [
        pytest.param([b'{"a": 1', b"}"], id="an object in two records"),
        pytest.param([payload()[:40], payload()[40:], payload()], id="an event in two records"),
        pytest.param([payload() + payload(), b""], id="two objects, then none"),
        pytest.param([payload() + b"\n" + payload(), b" "], id="two lines, then none"),
        pytest.param([payload()[:-1], b"} " + payload()], id="a brace too late"),
        pytest.param([payload(network='"}\n{"')], id="braces and line break in a text"),
    ],
)
def test_objects_and_records_never_get_out_of_step(payloads: list[bytes | None]) -> None:
    """What one record lacks, its neighbour cannot give."""
    table = records(payloads)

    assert decoded(table) == judged(table)


def test_an_empty_table_gives_empty_tables() -> None:
    """With the schemas of full ones, also where the table has no chunk at all."""
    nothing = (Counter[Any](), Counter[Any]())

    assert decoded(records([])) == nothing
    assert decoded(pa.Table.from_batches([], RECORD_SCHEMA)) == nothing


@pytest.mark.parametrize(
    "culprit", [b"\xff", payload(lat="41"), payload()[:-1], payload(timestamp="2026-02-30T07:00:00Z")]
)
def test_one_culprit_among_thousands_is_found(culprit: bytes) -> None:
    """It is rejected with its own place in the stream; all others are accepted."""
    payloads: list[bytes | None] = [payload()] * 5000
    payloads[3456] = culprit

    outcome = DECODER.decode(records(payloads))

    assert len(outcome.accepted) == 4999
    assert [(row["payload"], row["sequence_number"]) for row in outcome.rejected.to_pylist()] == [
        (culprit, "3456")
    ]


def test_a_hidden_arrival_time_is_stood_in_for_by_the_batch_time() -> None:
    """For the verdict only: in the quarantine the arrival stays unknown."""
    batch_time = datetime(2026, 3, 1, 7, 0, tzinfo=UTC)

    outcome = DECODER.decode(records([payload(), payload()], [None, ARRIVAL], batch_time))

    assert len(outcome.accepted) == 1
    assert outcome.rejected.to_pylist() == [
        {
            "reason": "future_event_time",
            "field": "timestamp",
            "payload": payload(),
            "arrival_time": None,
            "shard_id": "shard-0",
            "sequence_number": "0",
        }
    ]


def test_null_data_is_malformed_and_stays_null() -> None:
    """A record without bytes is in the quarantine as it came."""
    outcome = DECODER.decode(records([None, payload()]))

    assert len(outcome.accepted) == 1
    assert outcome.rejected.select(["reason", "payload"]).to_pylist() == [
        {"reason": "malformed_json", "payload": None}
    ]


def test_fields_that_are_not_asked_for_are_checked_all_the_same() -> None:
    """A wrong latitude rejects the record though no aggregate needs it."""
    outcome = Decoder(EVENT, ("signal",)).decode(records([payload(lat=91), payload(signal=99)]))

    assert outcome.accepted.to_pylist() == [
        {"event_time": datetime(2026, 3, 1, 7, 15, tzinfo=UTC), "signal": None}
    ]
    assert outcome.rejected["field"].to_pylist() == ["lat"]


def test_the_event_time_stands_beside_a_field_of_its_own_name() -> None:
    """The event's `timestamp` can be asked for like any field."""
    outcome = Decoder(EVENT, ("timestamp",)).decode(
        records([payload(), payload(timestamp="2026-03-01 07:15")])
    )

    moment = datetime(2026, 3, 1, 7, 15, tzinfo=UTC)
    assert outcome.accepted.to_pylist() == [{"event_time": moment, "timestamp": moment}] * 2


def test_the_shipped_measurements_are_accepted() -> None:
    """All 1,000 real rows, replayed, are clean."""
    day = datetime(2026, 2, 28, tzinfo=UTC).date()
    payloads = [record.data for record in replay(read_rows(SHIPPED_CSV), day)]

    outcome = DECODER.decode(records(payloads))

    assert (len(outcome.accepted), outcome.rejected.to_pylist()) == (1000, [])
