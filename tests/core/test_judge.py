"""The verdict on one record: is it JSON, and what does it say?"""

from datetime import UTC, datetime
from typing import Any

import pytest

from glue_jobs.contracts.mobile_coverage import EVENT
from glue_jobs.core.judge import Judge, Rejection
from tests.events import ARRIVAL, payload, payload_with

JUDGE = Judge(EVENT)
MALFORMED = Rejection("malformed_json")


def judge(data: bytes) -> Any:
    """The verdict on a record that arrived at `ARRIVAL`."""
    return JUDGE.judge(data, ARRIVAL)


def test_a_clean_record_gives_its_values() -> None:
    """Each field in its own type, in canonical spelling."""
    assert judge(payload(operator="MOVISTAR ", provider="GPS")) == {
        "timestamp": datetime(2026, 3, 1, 7, 15, tzinfo=UTC),
        "hour": "07:15:00",
        "lat": 41.38,
        "long": 2.17,
        "signal": 12,
        "network": "movistar",
        "operator": "Movistar",
        "status": 0,
        "description": "STATE_IN_SERVICE",
        "speed": 3.5,
        "satellites": 4,
        "precission": 11.5,
        "provider": "gps",
        "activity": "STILL",
        "postal_code": "080193",
    }


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b" \n", id="white space"),
        pytest.param(b"[]", id="an array"),
        pytest.param(b"[" + payload() + b"]", id="an array of events"),
        pytest.param(b"null", id="null"),
        pytest.param(b"4", id="a number"),
        pytest.param(b'"text"', id="a text"),
        pytest.param(payload()[:-1], id="cut short"),
        pytest.param(payload() + b" x", id="trailing text"),
        pytest.param(payload() + payload(), id="two objects"),
        pytest.param(payload()[:-1] + b",}", id="trailing comma"),
        pytest.param(payload().replace(b'"', b"'"), id="single quotes"),
        pytest.param(b"\xef\xbb\xbf" + payload(), id="byte order mark"),
        pytest.param(payload_with('"signal": NaN'), id="NaN"),
        pytest.param(payload_with('"signal": Infinity'), id="Infinity"),
        pytest.param(payload_with('"extra": -Infinity'), id="Infinity where it is ignored"),
        pytest.param(payload_with('"lat": 1e999'), id="more than a double holds"),
        pytest.param(payload_with('"signal": 012'), id="leading zero"),
        pytest.param(payload_with('"signal": +1'), id="plus sign"),
        pytest.param(payload_with('"lat": 1.'), id="no digit after the point"),
        pytest.param(payload_with('"network": "\t"'), id="control character"),
        pytest.param(payload_with('"network": "\\ud800"'), id="lone high surrogate"),
        pytest.param(payload_with('"network": "\\udc00"'), id="lone low surrogate"),
        pytest.param(payload_with('"network": "?"').replace(b"?", b"\xff"), id="not UTF-8"),
        pytest.param(payload_with('"network": "?"').replace(b"?", b"\xed\xa0\x80"), id="surrogate in UTF-8"),
        pytest.param(payload_with('"network": "?"').replace(b"?", b"\0"), id="raw NUL"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="100,000 arrays"),
        pytest.param(payload_with('"x": ' + "[" * 100_000 + "]" * 100_000), id="100,000 arrays in a field"),
        pytest.param(b'{"x":' * 100_000 + b"1" + b"}" * 100_000, id="100,000 objects"),
    ],
)
def test_what_is_not_one_json_object_is_malformed(data: bytes) -> None:
    """JSON of RFC 8259 in UTF-8, one object, nothing else; no field is to blame."""
    assert judge(data) == MALFORMED


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b" \t\r\n" + payload() + b"\n", id="white space around"),
        pytest.param(payload_with('"extra": {"signal": "x", "deep": [{}, [1]]}'), id="unknown nested field"),
        pytest.param(payload_with('"extra": "}{"'), id="braces in a text"),
        pytest.param(
            payload_with('"extra": 123456789012345678901234567890'), id="huge number in unknown field"
        ),
        pytest.param(payload().replace(b"timestamp", b"\\u0074imestamp"), id="escaped name"),
    ],
)
def test_what_stands_around_and_beside_the_fields_is_ignored(data: bytes) -> None:
    """White space, and fields that the contract does not name, change nothing."""
    assert judge(data) == judge(payload())


def test_a_nul_escape_is_a_character() -> None:
    r"""`\u0000` is JSON, and stands in the text."""
    assert judge(payload(network="a\0b"))["network"] == "a\0b"


@pytest.mark.parametrize(
    ("first", "last", "verdict"),
    [("50", "13", 13), ('"x"', "13", 13), ("13", '"x"', Rejection("wrong_type", "signal"))],
)
def test_of_two_equal_keys_the_last_counts(first: str, last: str, verdict: Any) -> None:
    """As most readers of JSON do."""
    judged = judge(payload_with(f'"signal": {first}, "signal": {last}', "signal"))

    assert (judged if isinstance(judged, Rejection) else judged["signal"]) == verdict
