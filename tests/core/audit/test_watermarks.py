"""The watermark of a batch, worked out of the events before it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from glue_jobs.core.audit.watermarks import Difference, Watermarks
from glue_jobs.core.hours import EPOCH

DELAY = timedelta(minutes=10)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
Newest = list[datetime | None]


def told(newest: Newest, planned: dict[int, datetime] | None = None) -> Watermarks:
    """The watermarks after these batches; of None is a batch that brought no event."""
    watermarks = Watermarks(DELAY, planned or {})
    for batch, moment in enumerate(newest):
        watermarks.add(batch, moment)
    return watermarks


def test_it_is_the_newest_event_of_all_batches_before_less_the_delay() -> None:
    """Neither the batch's own events nor older ones that come later move it."""
    watermarks = told([NOON, NOON + DELAY, NOON])
    assert [watermarks.of(batch) for batch in range(4)] == [EPOCH, NOON - DELAY, NOON, NOON]


def test_it_is_in_whole_milliseconds_rounded_down() -> None:
    """As Spark keeps it."""
    assert told([NOON + timedelta(microseconds=1999)]).of(1) == NOON + timedelta(milliseconds=1) - DELAY


def test_it_is_never_before_1970() -> None:
    """Where Spark begins."""
    assert told([EPOCH + timedelta(minutes=3)]).of(1) == EPOCH


def test_a_batch_takes_records_for_the_windows_that_it_publishes_itself() -> None:
    """So what came too late is told by the watermark of the batch before."""
    watermarks = told([NOON, None])
    assert [watermarks.closed_before(batch) for batch in range(3)] == [EPOCH, EPOCH, NOON - DELAY]


def test_a_plan_that_is_kept_counts_and_its_difference_is_told() -> None:
    """The job may have run with another delay."""
    planned = {1: NOON, 2: NOON}
    watermarks = told([NOON, NOON + DELAY], planned)
    assert watermarks.of(1) == NOON
    assert [*watermarks.differences(0)] == [Difference(1, NOON, NOON - DELAY)]
    assert [*watermarks.differences(2)] == []


moments = st.datetimes(datetime(1970, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.lists(st.none() | moments, max_size=20))
def test_it_is_spark_s_rule_applied_batch_by_batch(newest: Newest) -> None:
    """The model keeps milliseconds since 1970 and moves them up only, as Spark's tracker does."""
    now, expected = 0, []
    for moment in newest:
        expected.append(now)
        if moment is not None:
            microseconds = (moment - EPOCH) // timedelta(microseconds=1)
            now = max(now, microseconds // 1000 - DELAY // timedelta(milliseconds=1))
    watermarks = told(newest)
    assert [watermarks.of(batch) for batch in range(len(newest))] == [
        EPOCH + timedelta(milliseconds=moment) for moment in expected
    ]
