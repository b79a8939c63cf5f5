"""One place for prices, each with its source."""

from pathlib import Path

import pytest

from benchmarks.prices import DPU_HOUR_USD
from cost.prices import Prices, read_prices
from cost.workers import glue_price
from glue_jobs.core.errors import SetupError


def test_every_price_says_for_what_and_where_it_is_from(prices: Prices) -> None:
    """And is a sum of money."""
    for price in prices.by_name.values():
        assert price.usd > 0
        assert price.unit
        assert price.source


def test_the_benchmarks_reckon_with_the_same_prices(prices: Prices) -> None:
    """Of a DPU-hour."""
    assert {version: prices[glue_price(version)].usd for version in DPU_HOUR_USD} == DPU_HOUR_USD


def test_without_the_project_there_are_no_prices(tmp_path: Path) -> None:
    """The error says what to do."""
    with pytest.raises(SetupError, match="run this from a checkout"):
        read_prices(tmp_path / "prices.json")
