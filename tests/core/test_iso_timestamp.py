"""What is a timestamp: read by the judge, and whatever its form, the decoder agrees."""

from datetime import UTC, datetime

import pytest

from glue_jobs.contracts.mobile_coverage import EVENT
from glue_jobs.core.decode import Decoder
from glue_jobs.core.judge import Judge, Rejection
from tests.decoding import decode
from tests.events import ARRIVAL, payload, records

JUDGE = Judge(EVENT)
DECODER = Decoder(EVENT, ())


def moment(second: int = 0, microsecond: int = 0) -> datetime:
    """A time in the minute of the clean event."""
    return datetime(2026, 3, 1, 7, 15, second, microsecond, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-03-01T07:15:30Z", moment(30)),
        ("2026-03-01T07:15:30.1Z", moment(30, 100_000)),
        ("2026-03-01T07:15:30.123456Z", moment(30, 123_456)),
        ("2026-03-01T07:15:30.1234567Z", moment(30, 123_456)),
        ("2026-03-01T07:15:30.123456999Z", moment(30, 123_456)),
        ("2026-03-01T07:15:30", moment(30)),
        ("2026-03-01T07:15", moment()),
        ("2026-03-01T07:15Z", moment()),
        ("2026-03-01 07:15:30", moment(30)),
        ("2026-03-01 07:15:30Z", moment(30)),
        ("2026-03-01T08:15:30+01:00", moment(30)),
        ("2026-03-01T08:15:30+0100", moment(30)),
        ("2026-03-01T08:15:30+01", moment(30)),
        ("2026-03-01T02:45:30-04:30", moment(30)),
        ("2026-03-02T07:00:30+23:45", moment(30)),
        ("2026-03-01T07:15:30-00:00", moment(30)),
        ("2000-01-01T00:00:00Z", datetime(2000, 1, 1, tzinfo=UTC)),
        ("2000-01-01T01:00:00+01:00", datetime(2000, 1, 1, tzinfo=UTC)),
        ("2024-02-29T12:00:00Z", datetime(2024, 2, 29, 12, tzinfo=UTC)),
    ],
)
def test_an_iso_8601_text_with_date_and_time_is_a_timestamp(text: str, time: datetime) -> None:
    """With offset, or in UTC without; to the microsecond, what is beyond is cut off."""
    data = payload(timestamp=text)
    verdict = JUDGE.judge(data, ARRIVAL)

    assert not isinstance(verdict, Rejection)
    assert verdict["timestamp"] == time
    assert decode(records([data]), DECODER).accepted.to_pylist() == [{"event_time": time}]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-03-01",
        "07:15:30",
        "2026-W09-7T07:15:30Z",
        "2026-060T07:15:30Z",
        "20260301T071530Z",
        "2026-03-01T07:15:60Z",
        "2026-03-01T23:59:60Z",
        "2026-03-01T24:00:00Z",
        "2026-03-01T07:60:00Z",
        "2026-02-29T07:15:30Z",
        "2026-13-01T07:15:30Z",
        "2026-00-01T07:15:30Z",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "-2026-03-01T07:15:30Z",
        "2026-3-1T07:15:30Z",
        "2026-03-01t07:15:30z",
        "2026-03-01T07:15:30,5Z",
        "2026-03-01T07:15:30.Z",
        "2026-03-01T07:15:30.1234567890Z",
        "2026-03-01T07:15:30+24:00",
        "2026-03-01T07:15:30+01:00:30",
        "2026-03-01T07:15:30 Z",
        "2026-03-01T07:15:30ZZ",
        "2026-03-01T07:15:30Z\n",
        " 2026-03-01T07:15:30Z",
        "2026-03-01T07:15:30 Europe/Madrid",
        "2026-03-01T07Z",
        "\u0662\u0660\u0662\u0666-03-01T07:15:30Z",
    ],
)
def test_any_other_text_is_of_the_wrong_type(text: str) -> None:
    """Week dates, dates alone, leap seconds, midnight as 24:00, days that are not."""
    data = payload(timestamp=text)

    assert JUDGE.judge(data, ARRIVAL) == Rejection("wrong_type", "timestamp")
    assert reasons(data) == ["wrong_type"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0001-01-01T00:00:00+00:01", "out_of_range"),
        ("0001-01-01T00:00:00Z", "out_of_range"),
        ("1970-01-01T00:00:00Z", "out_of_range"),
        ("9999-12-31T23:59:59.999999Z", "future_event_time"),
        ("9999-12-31T23:59:59-00:01", "out_of_range"),
    ],
)
def test_the_ends_of_the_calendar_are_no_obstacle(text: str, reason: str) -> None:
    """An offset may lead out of the years 1 to 9999; that is out of range."""
    data = payload(timestamp=text)

    assert JUDGE.judge(data, ARRIVAL) == Rejection(reason, "timestamp")
    assert reasons(data) == [reason]


def reasons(data: bytes) -> list[str]:
    """Why the decoder rejects the record."""
    found: list[str] = decode(records([data]), DECODER).rejected["reason"].to_pylist()
    return found
