"""Medians, ranges and percentiles."""

import pytest

from benchmarks.spread import Spread, percentile, spread_of


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3.0], Spread(3.0, 3.0, 3.0)),
        ([5.0, 1.0, 3.0], Spread(3.0, 1.0, 5.0)),
        ([4.0, 1.0, 2.0, 9.0], Spread(3.0, 1.0, 9.0)),
        ([None, 2.0, None], Spread(2.0, 2.0, 2.0)),
        ([None], None),
        ([], None),
    ],
)
def test_a_spread_has_the_middle_and_both_ends(values: list[float | None], expected: Spread | None) -> None:
    """Values that are not known do not count; without any there is no spread."""
    assert spread_of(values) == expected


@pytest.mark.parametrize(
    ("count", "share", "expected"),
    [(100, 0.99, 99), (100, 0.5, 50), (101, 0.99, 100), (10, 0.99, 10), (1, 0.5, 1), (4, 0.5, 2)],
)
def test_a_percentile_is_one_of_the_values(count: int, share: float, expected: int) -> None:
    """By nearest rank, of the values 1 to `count` in any order; with few of them p99 is the largest."""
    assert percentile([float(value) for value in range(count, 0, -1)], share) == expected


def test_nothing_has_no_percentile() -> None:
    """And says so."""
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)
