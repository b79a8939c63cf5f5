"""Whatever the records: a table decoded as a whole has the outcome of its records one by one."""

import json
from datetime import timedelta
from itertools import chain
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_jobs.core import record_text
from tests.decoding import EXTRAS, decoded, judged
from tests.events import ARRIVAL, event, payload, payload_with, records
from tests.poison import SMALL

FITTING: dict[str, list[Any]] = {
    "timestamp": ["2026-03-01T07:20:30Z", "2026-03-01T07:20:30.000001Z", "2026-03-01 07:00"],
    "lat": [90, 91],
    "signal": [99, 99.0, 98, -1, None],
    "network": ["a\0b", "{}", "}{", "\U0001f600", "\u2028", "NaN", ": NaN", "[", None],
    "operator": ["MOVISTAR", " movistar", "null", None],
    "provider": ["GPS", "19", "", None],
    "postal_code": ["171032", "80193", "0801930", None],
    "extra": [None, 1, "x", "{"],
}
"""Changes of JSON types that are right, so that the table is not refused as a whole."""

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
FRAGMENTS = [b"", b" ", b"{}", b"{}{}", b"{", b"}", b"[]", b"null", b"\xff", b"\0", b'{"a":', b"1}", b'"}']
BLANK = st.sampled_from([b"", b" ", b"\n"])


def objects(changes: dict[str, list[Any]]) -> st.SearchStrategy[bytes]:
    """The clean event with up to three of the changes."""
    pairs = st.sampled_from([(name, value) for name, values in changes.items() for value in values])
    return st.lists(pairs, max_size=3).map(lambda some: json.dumps(event(**dict(some))).encode())


MILD = objects(FITTING)
FRAMED = st.builds(
    lambda before, data, after: before + data + after,
    st.sampled_from([b"", b" ", b"\r\n", b"\n\n", b"\x0c", b"x", payload()]),
    MILD,
    st.sampled_from([b"", b"\n", b" \t", b",", payload(), b"\n" + payload()]),
)
BROKEN = st.builds(lambda data, at: data[:at], MILD, st.integers(0, 400))
SPLIT_LINE = st.builds(lambda data, at: data[:at] + b"\n" + data[at:], MILD, st.integers(1, 300))
BESIDE = st.sampled_from(EXTRAS).map(payload_with)
POISON = st.sampled_from([data for data, _ in SMALL.values()])
FRAGMENT = st.one_of(st.sampled_from(FRAGMENTS), st.none(), st.binary(max_size=8))

ONE = st.one_of(MILD, objects(CHANGES), BESIDE, POISON, FRAMED, BROKEN, SPLIT_LINE, FRAGMENT).map(
    lambda one: [one]
)
TWO_IN_ONE = st.builds(lambda a, b, blank: [a + blank + b, blank], MILD, MILD, BLANK)
ONE_IN_TWO = st.builds(lambda data, at: [data[:at], data[at:]], MILD, st.integers(1, 300))
PARTS = st.one_of(
    st.lists(MILD.map(lambda one: [one]), max_size=8),
    st.lists(st.one_of(MILD, objects(CHANGES)).map(lambda one: [one]), max_size=8),
    st.lists(st.one_of(MILD.map(lambda one: [one]), TWO_IN_ONE, ONE_IN_TWO), max_size=6),
    st.lists(st.one_of(ONE, TWO_IN_ONE, ONE_IN_TWO), max_size=8),
)
PAYLOADS: st.SearchStrategy[list[bytes | None]] = PARTS.map(lambda some: list(chain.from_iterable(some)))
ARRIVALS = st.sampled_from([None, ARRIVAL, ARRIVAL - timedelta(minutes=1), ARRIVAL + timedelta(days=1)])


@pytest.mark.parametrize("parsed_together", [2, record_text.PIECE_RECORDS])
@given(st.data(), PAYLOADS)
def test_a_table_is_decoded_as_its_records_one_by_one(
    parsed_together: int, data: st.DataObject, payloads: list[bytes | None]
) -> None:
    """Clean, dirty and oddly framed records, arrival known or not, in any chunks, in one text or several."""
    arrivals = data.draw(st.lists(ARRIVALS, min_size=len(payloads), max_size=len(payloads)))
    whole = records(payloads, arrivals)
    cut = data.draw(st.integers(0, len(payloads)))
    chunked = pa.concat_tables([whole[:cut], whole[cut:]])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record_text, "PIECE_RECORDS", parsed_together)
        assert decoded(whole) == judged(whole)
        assert decoded(chunked) == judged(whole)
