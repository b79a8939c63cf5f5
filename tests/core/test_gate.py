"""The gate: what is right gets through, what is not is named, told and kept, and stops the job."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from glue_jobs.contracts.orders import PROCESSED, RAW
from glue_jobs.core.data_docs import DataDocs
from glue_jobs.core.errors import SinkError
from glue_jobs.core.expectations import as_delivered, one_row_each
from glue_jobs.core.gate import GateRefused, let_through
from glue_jobs.core.storage import open_storage
from tests.core.order_frames import frame_of, raw_row, state_row

NOON = datetime(2024, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def docs(tmp_path: Path) -> DataDocs:
    """Those of an empty lake on this machine."""
    return DataDocs(open_storage((tmp_path / "a lake").as_uri()), "orders", lambda: NOON)


def page(docs: DataDocs) -> str:
    """The newest result."""
    return docs.lake.read_file("resources/data_docs/orders/index.html").decode()


def test_what_is_right_gets_through(
    spark: SparkSession, docs: DataDocs, capsys: pytest.CaptureFixture[str]
) -> None:
    """The result is told and kept."""
    let_through(frame_of(spark, PROCESSED, [state_row()]), one_row_each(PROCESSED), docs)

    assert json.loads(capsys.readouterr().out) == {
        "event": "gate_passed",
        "suite": "processed_orders",
        "expectations": 27,
        "failing": [],
        "data_docs": docs.index,
    }
    assert "processed_orders: passed" in page(docs)


def test_the_error_names_the_first_expectation_that_fails_and_its_rows(
    spark: SparkSession, docs: DataDocs
) -> None:
    """One line: what failed, how often, where, and what to look at."""
    rows = [raw_row(1), raw_row(2, order_id="order-2", amount=Decimal("-1.50"))]

    with pytest.raises(GateRefused) as refused:
        let_through(frame_of(spark, RAW, rows), as_delivered(RAW, rows=2), docs)

    assert str(refused.value) == (
        "raw_orders: this fails: expect_column_values_to_be_between (amount: is at least 0), "
        "broken by 1 row: order_id order-2, landing_file landing/orders/a.gz, landing_line 2, amount -1.50; "
        f"none of these rows was published; Data Docs: {docs.index}"
    )


def test_all_that_fails_is_told(
    spark: SparkSession, docs: DataDocs, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error names the first, the event and the page name each."""
    rows = [raw_row(1, database_operation="d"), raw_row(2, database_operation="d"), raw_row(3)]

    with pytest.raises(GateRefused, match=r"2 of \d+ expectations fail, the first is expect_table_row_count"):
        let_through(frame_of(spark, RAW, rows), as_delivered(RAW, rows=2), docs)

    told = json.loads(capsys.readouterr().out)
    assert told["event"] == "gate_refused"
    where = {"order_id": "order-1", "landing_file": "landing/orders/a.gz", "database_operation": "d"}
    assert told["failing"] == [
        {
            "expectation": "expect_table_row_count_to_equal",
            "column": None,
            "says": "there are 2 rows",
            "broken_by": 0,
            "observed": "3",
            "sample": [],
        },
        {
            "expectation": "expect_column_values_to_be_in_set",
            "column": "database_operation",
            "says": "is one of i, u",
            "broken_by": 2,
            "observed": "",
            "sample": [{**where, "landing_line": "1"}, {**where, "landing_line": "2"}],
        },
    ]
    assert "raw_orders: refused" in page(docs)
    assert "there are 2 rows" in page(docs)
    assert "database_operation: is one of i, u" in page(docs)


def test_a_page_that_cannot_be_written_stops_the_job(
    spark: SparkSession, docs: DataDocs, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was found is in the events all the same."""
    in_the_way = Path(docs.lake.uri.removeprefix("file://").replace("%20", " "), "resources")
    in_the_way.parent.mkdir()
    in_the_way.touch()

    with pytest.raises(SinkError, match=r"cannot write Data Docs .*index.html"):
        let_through(frame_of(spark, PROCESSED, [state_row()]), one_row_each(PROCESSED), docs)

    assert '"gate_passed"' in capsys.readouterr().out
