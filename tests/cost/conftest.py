"""Prices that are easily reckoned with, and the settings of small stacks."""

from collections import defaultdict
from datetime import date

import pytest

from cost.prices import Price, Prices, read_prices


class _EachOne(defaultdict[str, Price]):
    def __missing__(self, name: str) -> Price:
        return Price(name, 1.0, "one", "a test", "")


@pytest.fixture
def one_each() -> Prices:
    """Each unit of anything costs one USD, so that a line's USD are its quantity."""
    return Prices(date(2026, 1, 1), "us-east-1", _EachOne())


@pytest.fixture
def prices() -> Prices:
    """Those of the project."""
    return read_prices()
