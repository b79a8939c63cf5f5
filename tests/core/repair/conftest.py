"""What tests of repairs have in common."""

from datetime import timedelta

import pytest

from tests.core.hours_lake import SEVEN, HoursLake, counts


@pytest.fixture
def lake(hours_lake: HoursLake) -> HoursLake:
    """A closed hour of two files."""
    hours_lake.publish(3, counts(0, 1))
    hours_lake.publish(4, counts(2, 1))
    hours_lake.done(4, SEVEN + timedelta(hours=1))
    return hours_lake
