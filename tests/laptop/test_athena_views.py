"""The views of the orders: rows in, rows out."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import SparkSession

from glue_jobs.contracts.orders import VIEWS
from tests.conftest import IcebergLake
from tests.laptop.orders_lake import ask, orders_lake


@pytest.fixture(scope="module")
def lake(
    spark: SparkSession, moto_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[IcebergLake]:
    """The orders of `orders_lake`."""
    with orders_lake(spark, moto_url, tmp_path_factory.mktemp("with a blank")) as made:
        yield made


def test_revenue_counts_on_the_day_of_the_order(lake: IcebergLake) -> None:
    """By payment method."""
    assert ask(lake, "SELECT * FROM revenue_by_day ORDER BY 1, 2").rows == [
        (date(2026, 1, 31), "pix", 1, Decimal("10.00")),
        (date(2026, 2, 1), "boleto", 1, Decimal("20.50")),
        (date(2026, 2, 1), "pix", 1, Decimal("6.25")),
    ]


def test_the_update_rate_is_the_share_of_orders_that_were_changed(lake: IcebergLake) -> None:
    """By the day of the order."""
    assert ask(lake, "SELECT * FROM update_rate ORDER BY 1").rows == [
        (date(2026, 1, 31), 1, 0, 0.0),
        (date(2026, 2, 1), 2, 1, 0.5),
    ]


def test_products_have_places_by_their_revenue(lake: IcebergLake) -> None:
    """Over all days."""
    assert ask(lake, "SELECT * FROM top_products ORDER BY place").rows == [
        (1, "p2", 1, Decimal("20.50")),
        (2, "p1", 2, Decimal("16.25")),
    ]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_gives_the_columns_of_its_contract(lake: IcebergLake, view: Any) -> None:
    """Names and types."""
    found = ask(lake, f"SELECT * FROM {view.name}")
    declared = [
        {"string": "varchar"}.get(name := column.dataType.simpleString(), name) for column in view.columns
    ]
    assert (found.columns, found.types) == (view.columns.fieldNames(), declared)
