"""The gate on Spark 3.5: the same verdicts, through the same calls of Great Expectations."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import DataFrame
from pyspark.sql.types import StructField, StructType

from glue_jobs.contracts.orders import PROCESSED
from glue_jobs.core.data_docs import DataDocs
from glue_jobs.core.expectations import one_row_each
from glue_jobs.core.gate import GateRefused, let_through
from glue_jobs.core.runtime import Runtime, open_runtime
from glue_jobs.core.storage import open_storage

TEN = datetime(2024, 11, 20, 10, tzinfo=UTC)
STATE = ("order-1", "user-1", "product-1", "i", Decimal("19.90"), "pix", TEN, TEN)


@pytest.fixture(scope="module")
def runtime() -> Iterator[Runtime]:
    """The Spark of a job."""
    with open_runtime("gate", ["gate"]) as opened:
        yield opened


def states(runtime: Runtime, *changes: dict[str, object]) -> DataFrame:
    """A state for each of the changes."""
    loose = StructType([StructField(column.name, column.dataType) for column in PROCESSED.schema])
    clean = dict(zip(loose.names, STATE, strict=True))
    return runtime.spark.createDataFrame([tuple({**clean, **one}.values()) for one in changes], loose)


def docs(folder: Path) -> DataDocs:
    """Those of an empty lake."""
    return DataDocs(open_storage(folder.as_uri()), "orders", lambda: TEN)


def test_what_is_right_gets_through(runtime: Runtime, tmp_path: Path) -> None:
    """And the page says so."""
    let_through(states(runtime, {}, {"order_id": "order-2"}), one_row_each(PROCESSED), docs(tmp_path))

    page = (tmp_path / "resources/data_docs/orders/index.html").read_text()
    assert "<title>processed_orders: passed</title>" in page


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"order_id": "order 2"}, r"order_id: all of it matches .*: order_id order 2;"),
        ({"amount": Decimal("-0.01")}, r"amount: is at least 0\), broken by 1 row: .* amount -0\.01;"),
        ({"event_timestamp": None}, r"event_timestamp: is never null"),
        ({"payment_method": "cash"}, r"payment_method: is one of"),
        ({"order_id": "order-1"}, r"order_id: is there once\), broken by 2 rows"),
        ({"ordered_at": datetime(2024, 11, 21, tzinfo=UTC)}, "ordered_at is not later"),
        ({"ordered_at": datetime(1999, 1, 1, tzinfo=UTC)}, "ordered_at: is at least 2000"),
    ],
)
def test_what_is_wrong_is_refused(
    runtime: Runtime, tmp_path: Path, wrong: dict[str, object], says: str
) -> None:
    """The first row is right."""
    frame = states(runtime, {}, {"order_id": "order-2", **wrong})

    with pytest.raises(GateRefused, match=says):
        let_through(frame, one_row_each(PROCESSED), docs(tmp_path))
