"""Records go when they are due: never early, in order, none missing."""

from hypothesis import given
from hypothesis import strategies as st

from producers.pace import TICK_SECONDS, Due, at_rate, at_speed, ticks
from producers.record import Record


class Clock:
    """Moves only when slept on, or by `work` seconds each time it is read."""

    def __init__(self, work: float = 0.0) -> None:
        self.now = 1000.0
        self._work = work

    def read(self) -> float:
        """The time."""
        self.now += self._work
        return self.now

    def sleep(self, seconds: float) -> None:
        """Waits."""
        assert seconds >= 0
        self.now += seconds


def given_out(times: list[float], due: Due, clock: Clock) -> list[tuple[float, float]]:
    """Stream time and seconds after the start of every record as it is given out."""
    records = [Record(b"", "generated", time) for time in times]
    start = clock.now
    groups = ticks(records, due, clock.read, clock.sleep)
    return [(record.stream_time, clock.now - start) for group in groups for record in group]


@given(st.lists(st.floats(0, 1000), max_size=50).map(sorted), st.floats(0.5, 100), st.floats(0, 1))
def test_none_goes_early_and_none_is_missing(times: list[float], speed: float, work: float) -> None:
    """Whatever the work takes; with none to do, none goes later than one tick."""
    out = given_out(times, at_speed(speed, 0.0), Clock(work))

    assert [time for time, _ in out] == times
    assert all(at >= time / speed - 1e-6 for time, at in out)
    if not work:
        assert all(at <= time / speed + TICK_SECONDS + 1e-6 for time, at in out)


def test_a_rate_is_kept() -> None:
    """A hundred records at ten a second take ten seconds."""
    out = given_out([0.0] * 100, at_rate(10), Clock())

    assert 9.9 <= out[-1][1] <= 10.2
    assert sum(at <= 5.0 for _, at in out) in (50, 51)


def test_speed_counts_from_its_start() -> None:
    """At 60 times real time, a record one hour into the stream goes after a minute."""
    ((_, at),) = given_out([3600.0 + 7200.0], at_speed(60, 7200.0), Clock())

    assert 60.0 <= at < 60.3
