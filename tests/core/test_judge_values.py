"""The verdict on one record: are its values right?"""

from datetime import timedelta
from typing import Any

import pytest

from glue_jobs.contracts.mobile_coverage import EVENT
from glue_jobs.core.judge import Judge, Rejection
from tests.events import ARRIVAL, payload, payload_with

JUDGE = Judge(EVENT)
REQUIRED = [field.name for field in EVENT.schema if not field.nullable]
OPTIONAL = [field.name for field in EVENT.schema if field.nullable]


def judge(data: bytes) -> Any:
    """The verdict on a record that arrived at `ARRIVAL`."""
    return JUDGE.judge(data, ARRIVAL)


@pytest.mark.parametrize("field", REQUIRED)
def test_a_required_field_must_be_there(field: str) -> None:
    """Absent and null are the same fault."""
    missing = Rejection("missing_field", field)

    assert judge(payload(field)) == missing
    assert judge(payload(**{field: None})) == missing


@pytest.mark.parametrize("field", OPTIONAL)
def test_an_optional_field_may_be_absent_or_null(field: str) -> None:
    """Its value is then unknown."""
    assert judge(payload(field))[field] is None
    assert judge(payload(**{field: None}))[field] is None


@pytest.mark.parametrize("provider", ["", " ", "null"])
def test_a_required_text_that_says_unknown_is_missing(provider: str) -> None:
    """A word for "not known" is no value."""
    assert judge(payload(provider=provider)) == Rejection("missing_field", "provider")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timestamp", 1772349300),
        ("timestamp", "yesterday"),
        ("hour", 7),
        ("lat", "41.38"),
        ("lat", True),
        ("long", [2.17]),
        ("signal", "12"),
        ("signal", 12.5),
        ("signal", True),
        ("signal", {}),
        ("network", 5),
        ("operator", False),
        ("status", "0"),
        ("satellites", 4.000001),
        ("provider", 19),
        ("postal_code", 80193),
    ],
)
def test_another_json_type_is_the_wrong_type(field: str, value: Any) -> None:
    """Texts are not numbers, numbers not texts, true is not 1, and 12.5 is no integer."""
    assert judge(payload(**{field: value})) == Rejection("wrong_type", field)


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("signal", "4.0", 4),
        ("signal", "4e0", 4),
        ("signal", "0.4E+1", 4),
        ("signal", "-0", 0),
        ("signal", "-0.0", 0),
        ("lat", "41", 41.0),
        ("lat", "0.1" + "0" * 400, 0.1),
        ("lat", "1e-999", 0.0),
    ],
)
def test_a_number_may_be_written_in_any_way(field: str, text: str, value: float) -> None:
    """The value counts: 4.0 is the integer 4, 41 is a double."""
    read = judge(payload_with(f'"{field}": {text}', field))[field]

    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("field", "smallest", "greatest", "step"),
    [
        ("lat", -90, 90, 1e-9),
        ("long", -180, 180, 1e-9),
        ("signal", 0, 97, 1),
        ("status", 0, 3, 1),
        ("speed", 0, 255, 1e-9),
        ("satellites", 0, 99, 1),
        ("precission", 0, 10_000, 1e-9),
    ],
)
def test_a_range_holds_its_ends(field: str, smallest: float, greatest: float, step: float) -> None:
    """Both ends are in range, the next step is not."""
    outside = Rejection("out_of_range", field)

    assert judge(payload(**{field: smallest}))[field] == smallest
    assert judge(payload(**{field: greatest}))[field] == greatest
    assert judge(payload(**{field: smallest - step})) == outside
    assert judge(payload(**{field: greatest + step})) == outside


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("signal", 98),
        ("signal", 100),
        ("signal", 10**30),
        ("satellites", 11503299477926),
        ("lat", 1e308),
        ("hour", "7:15"),
        ("hour", "07:15:00\n"),
        ("hour", "24:00:00"),
        ("hour", "23:60:00"),
        ("hour", "\u0660\u0667:15:00"),
        ("provider", "19"),
        ("provider", "gps1503861559460"),
        ("provider", "2017-08-28 11:31:10.000000"),
        ("postal_code", "80193.0"),
        ("postal_code", "80193"),
        ("postal_code", ""),
        ("timestamp", "1999-12-31T23:59:59.999999Z"),
        ("timestamp", "1970-01-01T00:00:00Z"),
        ("timestamp", "0001-01-01T00:00:00+05:00"),
    ],
)
def test_a_value_the_rules_exclude_is_out_of_range(field: str, value: Any) -> None:
    """Range, pattern and allowed words; a junk provider takes its whole row with it."""
    assert judge(payload(**{field: value})) == Rejection("out_of_range", field)


@pytest.mark.parametrize("text", ["99", "99.0", "9.9e1"])
def test_the_sentinel_is_unknown(text: str) -> None:
    """Signal 99 is accepted, and is no value."""
    assert judge(payload_with(f'"signal": {text}', "signal"))["signal"] is None


def test_the_sentinel_of_one_field_is_a_value_of_another() -> None:
    """99 satellites are 99 satellites."""
    assert judge(payload(satellites=99))["satellites"] == 99


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"provider": "19", "signal": "x"}, Rejection("wrong_type", "signal")),
        ({"provider": "19", "lat": None}, Rejection("missing_field", "lat")),
        ({"lat": 91, "long": "x"}, Rejection("out_of_range", "lat")),
        ({"timestamp": "2026-03-01T09:00:00Z", "postal_code": 1}, Rejection("wrong_type", "postal_code")),
    ],
)
def test_the_first_wrong_field_gives_the_reason(changes: dict[str, Any], verdict: Rejection) -> None:
    """In the order of the contract, whatever the order in the record; the future comes last."""
    assert judge(payload(**changes)) == verdict


def test_an_event_may_be_five_minutes_ahead_of_its_arrival() -> None:
    """Exactly five minutes pass, a microsecond more does not."""
    ahead = ARRIVAL + timedelta(minutes=5)
    further = ahead + timedelta(microseconds=1)

    assert judge(payload(timestamp=ahead.isoformat()))["timestamp"] == ahead
    assert judge(payload(timestamp=further.isoformat())) == Rejection("future_event_time", "timestamp")
    assert judge(payload(timestamp="9999-12-31T23:59:59Z")) == Rejection("future_event_time", "timestamp")
