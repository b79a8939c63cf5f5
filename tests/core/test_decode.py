"""A table of records decoded as a whole: what comes of each kind of record."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from glue_jobs.contracts.mobile_coverage import EVENT
from glue_jobs.core.decode import Decoder
from producers.mobile_events import SHIPPED_CSV, read_rows, replay
from tests.decoding import EXTRAS, decode, decoded, judged
from tests.events import ARRIVAL, RECORD_SCHEMA, payload, payload_with, records


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

    outcome = decode(records(payloads))

    assert len(outcome.accepted) == 4999
    assert [(row["payload"], row["sequence_number"]) for row in outcome.rejected.to_pylist()] == [
        (culprit, "3456")
    ]


def test_a_hidden_arrival_time_is_stood_in_for_by_the_batch_time() -> None:
    """For the verdict only: in the quarantine the arrival stays unknown."""
    batch_time = datetime(2026, 3, 1, 7, 0, tzinfo=UTC)

    outcome = decode(records([payload(), payload()], [None, ARRIVAL], batch_time))

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
    outcome = decode(records([None, payload()]))

    assert len(outcome.accepted) == 1
    assert outcome.rejected.select(["reason", "payload"]).to_pylist() == [
        {"reason": "malformed_json", "payload": None}
    ]


def test_fields_that_are_not_asked_for_are_checked_all_the_same() -> None:
    """A wrong latitude rejects the record though no aggregate needs it."""
    outcome = decode(records([payload(lat=91), payload(signal=99)]), Decoder(EVENT, ("signal",)))

    assert outcome.accepted.to_pylist() == [
        {"event_time": datetime(2026, 3, 1, 7, 15, tzinfo=UTC), "signal": None}
    ]
    assert outcome.rejected["field"].to_pylist() == ["lat"]


def test_the_event_time_stands_beside_a_field_of_its_own_name() -> None:
    """The event's `timestamp` can be asked for like any field."""
    outcome = decode(
        records([payload(), payload(timestamp="2026-03-01 07:15")]), Decoder(EVENT, ("timestamp",))
    )

    moment = datetime(2026, 3, 1, 7, 15, tzinfo=UTC)
    assert outcome.accepted.to_pylist() == [{"event_time": moment, "timestamp": moment}] * 2


def test_the_shipped_measurements_are_accepted() -> None:
    """All 1,000 real rows, replayed, are clean."""
    day = datetime(2026, 2, 28, tzinfo=UTC).date()
    payloads = [record.data for record in replay(read_rows(SHIPPED_CSV), day)]

    outcome = decode(records(payloads))

    assert (len(outcome.accepted), outcome.rejected.to_pylist()) == (1000, [])
