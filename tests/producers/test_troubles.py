"""Troubles are as many as asked for, what their kind says, and leave the clean records alone."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.mobile_events import TROUBLED, Event
from producers.mobile_generator import generate
from producers.record import CLEAN_KINDS, TROUBLE_KINDS, Record
from producers.troubles import Troubles, mix

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = date(2026, 3, 1)
MIXED = Troubles(late=20, duplicate=20, malformed=20, wrong_type=20, future=20, out_of_range=20)


@pytest.fixture(scope="module")
def clean(rows: list[Event]) -> list[Record]:
    """Two thousand clean records of a day."""
    return list(generate(2000, DAY, rows, Random(1)))


@pytest.fixture(scope="module")
def mixed(clean: list[Record]) -> list[Record]:
    """The same with a hundred and twenty troubles."""
    return list(mix(clean, len(clean), MIXED, NOW, Random(2), TROUBLED))


def with_kind(records: Sequence[Record], kind: str) -> list[Record]:
    """The records of one kind."""
    return [record for record in records if record.kind == kind]


def event_time(data: bytes) -> datetime:
    """The event time on the wire."""
    return datetime.fromisoformat(json.loads(data)["timestamp"])


@given(
    length=st.integers(1, 30),
    troubles=st.builds(Troubles, **{kind: st.integers(0, 5) for kind in TROUBLE_KINDS}),
    seed=st.integers(0, 100),
)
def test_counts_are_exact_and_the_clean_keep_their_order(
    clean: list[Record], length: int, troubles: Troubles, seed: int
) -> None:
    """Each trouble comes as often as asked for; without them the stream is what it was."""
    some = clean[:length]
    records = list(mix(some, length, troubles, NOW, Random(seed), TROUBLED))

    assert [record for record in records if record.kind in CLEAN_KINDS] == some
    counts = Counter(record.kind for record in records)
    assert {kind: counts[kind] for kind in TROUBLE_KINDS} == asdict(troubles)
    assert [record.stream_time for record in records] == sorted(record.stream_time for record in records)


def test_equal_seeds_give_equal_records(clean: list[Record], mixed: list[Record]) -> None:
    """The seed decides places and bytes; another seed gives others."""
    assert list(mix(clean, len(clean), MIXED, NOW, Random(2), TROUBLED)) == mixed
    assert list(mix(clean, len(clean), MIXED, NOW, Random(3), TROUBLED)) != mixed


def test_late_records_are_behind_watermark_and_window(
    mixed: list[Record], violations: Callable[[bytes], list[str]]
) -> None:
    """Twelve minutes and more behind the newest sent before them, in the second half, otherwise valid."""
    for place, record in enumerate(mixed):
        if record.kind == "late":
            newest = max(event_time(before.data) for before in mixed[:place] if before.kind == "generated")
            assert event_time(record.data) < newest - timedelta(minutes=12)
            assert place >= 1000
            assert violations(record.data) == []


def test_late_records_are_behind_by_half_the_stream_so_far(mixed: list[Record]) -> None:
    """They are late even for a reader that takes a third of the day at a time."""
    start = min(record.stream_time for record in mixed)

    for record in with_kind(mixed, "late"):
        behind = record.stream_time - event_time(record.data).timestamp()
        assert behind >= (record.stream_time - start) / 2


def test_a_late_record_after_a_single_clean_one_is_still_behind(clean: list[Record]) -> None:
    """A stream with no length puts it before its first record."""
    first, late = mix(clean[:1], 1, Troubles(late=1), NOW, Random(0), TROUBLED)

    assert event_time(first.data) - event_time(late.data) == timedelta(minutes=12, seconds=1)


def test_a_duplicate_is_the_record_before_it_once_more(clean: list[Record]) -> None:
    """The same bytes twice, one after the other."""
    records = list(mix(clean, len(clean), Troubles(duplicate=20), NOW, Random(2), TROUBLED))
    found = [place for place, record in enumerate(records) if record.kind == "duplicate"]

    assert len(found) == 20
    assert all(records[place].data == records[place - 1].data for place in found)


def test_malformed_records_are_no_json_objects_and_no_two_lines(mixed: list[Record]) -> None:
    """Truncated, garbage, invalid UTF-8, an array, empty: nothing that reads as an object."""

    def is_object(data: bytes) -> bool:
        try:
            return isinstance(json.loads(data), dict)
        except ValueError:
            return False

    malformed = [record.data for record in with_kind(mixed, "malformed")]
    assert not any(is_object(data) for data in malformed)
    assert not any(b"\n" in data or b"\r" in data for data in malformed)
    assert b"" in malformed
    assert any(data.startswith(b"[{") for data in malformed)
    assert any(b"\xff\xfe" in data for data in malformed)


def test_a_wrongly_typed_record_has_one_bad_field(
    mixed: list[Record], violations: Callable[[bytes], list[str]]
) -> None:
    """It is an event of the contract but for the JSON type of one field, and not always the same."""
    fields = set()
    for record in with_kind(mixed, "wrong_type"):
        event = json.loads(record.data)
        wrong = [name for name, value in event.items() if type(value) not in ALLOWED[name]]
        assert len(wrong) == 1
        fields.update(wrong)
    assert len(fields) > 1


TEXT, WHOLE, NUMBER = (str, type(None)), (int, type(None)), (int, float, type(None))
ALLOWED: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("timestamp", "hour", "network", "operator", "description"), TEXT),
    **dict.fromkeys(("provider", "activity", "postal_code"), TEXT),
    **dict.fromkeys(("signal", "status", "satellites"), WHOLE),
    **dict.fromkeys(("lat", "long", "speed", "precission"), NUMBER),
}


def test_future_records_are_ahead_of_now(
    mixed: list[Record], violations: Callable[[bytes], list[str]]
) -> None:
    """An hour at least beyond the allowance of five minutes, whatever the day of the stream."""
    for record in with_kind(mixed, "future"):
        assert event_time(record.data) > NOW + timedelta(hours=1, minutes=4)
        assert violations(record.data) == []


def test_a_record_out_of_range_breaks_one_rule(
    mixed: list[Record], violations: Callable[[bytes], list[str]]
) -> None:
    """The JSON types are right; one value is not, and not always that of the same field."""
    found = [violations(record.data) for record in with_kind(mixed, "out_of_range")]
    assert {len(broken) for broken in found} == {1}
    assert len({broken[0].split(":")[0] for broken in found}) > 2
