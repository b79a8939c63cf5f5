"""Which hours are closed, by what a checkpoint says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_jobs.core.hours import NotKnown, Progress, progress
from glue_jobs.core.lease import writer_lease
from glue_jobs.core.partitions import hour_start
from glue_jobs.core.rewind import carry_out
from tests.core.hours_lake import Died
from tests.core.sample_query import APART, BATCHES, BEGIN, QUERY, SampleQuery, planned

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
SEVEN = datetime(2026, 3, 1, 7, tzinfo=UTC)
LENGTHS = st.integers(1, 3 * 3600).map(lambda seconds: timedelta(seconds=seconds))


def reached(watermark: datetime, window: timedelta = timedelta(minutes=2)) -> Progress:
    """A query that has come so far."""
    return Progress(QUERY, 6, watermark, watermark, window)


def window_seconds(query: SampleQuery) -> SampleQuery:
    """The query, whose definition says how long its windows are."""
    query.define(window_seconds=120)
    return query


def test_the_newest_batch_that_is_done_says_what_is_closed(query: SampleQuery) -> None:
    """The last one that is committed, not one that is only planned."""
    window_seconds(query)
    query.remove("checkpoint/commits/6")

    found = progress(query.checkpoint)

    begin = BEGIN + 5 * APART
    assert found == Progress(QUERY, 5, begin - timedelta(minutes=10), begin, timedelta(minutes=2))


def test_a_query_that_has_done_nothing_has_closed_nothing(query: SampleQuery) -> None:
    """And where none has begun, the place was mistyped."""
    window_seconds(query)
    query.remove(*(f"checkpoint/commits/{batch}" for batch in BATCHES))
    query.remove(*(f"checkpoint/offsets/{batch}" for batch in BATCHES if batch))

    assert progress(query.checkpoint) is None

    with pytest.raises(NotKnown, match="/nothing: no query has begun there; give the checkpoint"):
        progress(f"{query.checkpoint}/nothing")


def test_a_checkpoint_of_another_program_says_nothing(query: SampleQuery) -> None:
    """Its windows are not known, whether it has no definition or one that does not tell of them."""
    says_nothing = r"no _definition\.json that says how long windows are, so another program made it"
    with pytest.raises(NotKnown, match=says_nothing):
        progress(query.checkpoint)

    query.remove("checkpoint/_definition.json")
    with pytest.raises(NotKnown, match=says_nothing):
        progress(query.checkpoint)


def fail(removed: int) -> None:
    """Dies as soon as anything is removed."""
    raise Died


def test_an_interrupted_rewind_has_to_be_ended_first(query: SampleQuery) -> None:
    """What is published may still go."""
    window_seconds(query)
    with writer_lease(query.checkpoint) as lease, pytest.raises(Died):
        carry_out(planned(query, 3), lease, fail)

    with pytest.raises(NotKnown, match=r"a rewind was interrupted.*--rewind 3 "):
        progress(query.checkpoint)


@given(length=LENGTHS, hours=st.integers(0, 1_000_000), watermark=st.integers(-7200, 4 * 3600))
def test_an_hour_is_closed_when_each_window_that_starts_in_it_is(
    length: timedelta, hours: int, watermark: int
) -> None:
    """The model looks at every window of the hour, whether or not the length divides it."""
    hour = EPOCH + hours * HOUR
    until = hour + HOUR + timedelta(seconds=watermark)
    first = -(-(hour - EPOCH) // length)
    starts = [EPOCH + first * length]
    while starts[-1] + length < hour + HOUR:
        starts.append(starts[-1] + length)
    inside = [start for start in starts if start < hour + HOUR]

    assert (
        reached(until, length).windows_closed(hour) == all(start + length <= until for start in inside)
        or not inside
    )


def test_two_minutes_divide_an_hour() -> None:
    """So it is closed as soon as the watermark has reached its end."""
    assert reached(SEVEN + HOUR).windows_closed(SEVEN)
    assert not reached(SEVEN + HOUR - timedelta(milliseconds=1)).windows_closed(SEVEN)


def test_an_hour_of_raw_is_closed_by_a_batch_of_a_later_hour() -> None:
    """Whatever the watermark says."""
    late = replace(reached(EPOCH), time=SEVEN + HOUR)
    assert late.ingest_closed(SEVEN)
    assert not replace(late, time=SEVEN + HOUR - timedelta(milliseconds=1)).ingest_closed(SEVEN)


def test_the_values_of_a_partition_name_an_hour() -> None:
    """Of UTC."""
    assert hour_start(("2026-03-01", "07")) == SEVEN
