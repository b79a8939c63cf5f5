"""One is one, and all others are many."""

import pytest

from glue_jobs.core.counted import counted


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 hours"), (1, "1 hour"), (2, "2 hours"), (1203, "1,203 hours")]
)
def test_one_is_one(number: int, said: str) -> None:
    """None at all are many."""
    assert counted(number, "hour") == said


@pytest.mark.parametrize(("number", "said"), [(1, "1 hour is open"), (3, "3 hours are open")])
def test_what_follows_goes_with_it(number: int, said: str) -> None:
    """Where more than the noun depends on it."""
    assert counted(number, "hour is open", "hours are open") == said
