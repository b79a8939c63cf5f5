"""Figures worked out from events and samples."""

import pytest

from benchmarks.engine_process import Event, Sample
from benchmarks.measurement import Measurement, SteadyPart, peak_during, steady_part, summary


def event(batch: int, second: int, duration: float, records: int) -> Event:
    """A batch that began so many seconds after midnight of 1970-01-01."""
    time = f"1970-01-01T00:00:{second:02}Z"
    return {"batch": batch, "time": time, "duration_seconds": duration, "records_in": records}


def measurement(seconds: float, steady: float | None) -> Measurement:
    """One run over a thousand records."""
    return Measurement(seconds, 1000 / seconds, 0.5, steady, 4000.0, None, 0.25, peak_bytes=7)


@pytest.mark.parametrize(("batches", "expected"), [(2, 200), (3, 500), (4, 700), (5, 1200)])
def test_the_steady_part_is_the_second_half_of_the_batches(batches: int, expected: int) -> None:
    """Of an odd number the middle one is in it; records and time of the first half do not count."""
    events = [event(place, 10 + 2 * place, 2.0, 100 * (place + 1)) for place in range(batches)]
    half = batches // 2
    assert steady_part(events) == SteadyPart(10.0 + 2 * half, 10.0 + 2 * batches, expected)


def test_queries_side_by_side_count_as_one() -> None:
    """A batch has ended when the slowest query is through with it, and its records were read once."""
    first = [event(0, 10, 5.0, 100), event(1, 15, 2.0, 200)]
    second = [event(0, 10, 6.0, 100), event(1, 16, 4.0, 200)]
    assert steady_part(first + second) == SteadyPart(16.0, 20.0, 200)


def test_one_batch_has_no_steady_part() -> None:
    """Nor has none."""
    assert (steady_part([event(0, 10, 5.0, 100)]), steady_part([])) == (None, None)


def test_the_memory_of_a_batch_is_the_most_while_it_ran() -> None:
    """Samples before and after it do not count; without one it is not known."""
    samples = [Sample(9.0, 900, 0.0), Sample(11.0, 100, 0.0), Sample(12.0, 300, 0.0), Sample(16.0, 800, 0.0)]
    assert peak_during(samples, event(0, 10, 5.0, 1)) == 300
    assert peak_during(samples, event(0, 20, 5.0, 1)) is None


def test_a_summary_has_the_spread_of_every_figure() -> None:
    """A figure that no run shows is None."""
    figures = summary([measurement(2.0, 600.0), measurement(4.0, None), measurement(8.0, 500.0)])
    assert figures["seconds"] == {"median": 4.0, "least": 2.0, "most": 8.0}
    assert figures["records_per_second"] == {"median": 250.0, "least": 125.0, "most": 500.0}
    assert figures["steady_records_per_second"] == {"median": 550.0, "least": 500.0, "most": 600.0}
    assert figures["steady_cpu_seconds_per_million"] is None
