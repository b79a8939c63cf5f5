"""The lake that tests of the orders' jobs share."""

from collections.abc import Iterator

import pytest

from tests.conftest import IcebergLake
from tests.orders_tables import OrdersLake, jobs_in, orders_lake


@pytest.fixture(name="lake")
def orders(iceberg_lake: IcebergLake, aws: str) -> Iterator[OrdersLake]:
    """An empty one; jobs use its session."""
    made = orders_lake(iceberg_lake)
    with jobs_in(made, aws):
        yield made
