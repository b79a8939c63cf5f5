"""Orders on their way from landing to the processed table, and what must come of them, in plain Python."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from glue_jobs.contracts.orders import DATABASE, NEWEST_FIRST, PROCESSED
from glue_jobs.core import iceberg_job
from glue_jobs.core.iceberg_table import spark_name
from glue_jobs.core.runtime import Runtime
from laptop.athena import QueryResult, run_query
from tests.conftest import IcebergLake
from tests.landed_lake import LandedLake

NAME = spark_name(PROCESSED)
Row = dict[str, Any]


@dataclass
class OrdersLake(LandedLake):
    """A lake in which orders land, with a session that knows its Iceberg tables."""

    iceberg: IcebergLake | None = None

    @property
    def spark(self) -> SparkSession:
        assert self.iceberg is not None
        return self.iceberg.spark

    def bring(self, name: str, *events: bytes) -> None:
        """An object of these events, taken into raw by a run of its own."""
        self.land(name, b"".join(event + b"\n" for event in events))
        self.take()

    def processed(self) -> DataFrame:
        """The table as it is."""
        return self.spark.table(NAME)

    def snapshots(self) -> int:
        """How many commits the table has seen."""
        return self.spark.sql(f"SELECT * FROM {NAME}.snapshots").count()

    def ask(self, sql: str) -> QueryResult:
        """What Athena would say."""
        return run_query(sql, DATABASE, self.catalog.client)


def orders_lake(iceberg: IcebergLake) -> OrdersLake:
    """An empty one."""
    return OrdersLake(iceberg.uri, iceberg.catalog, iceberg=iceberg)


@contextmanager
def jobs_in(lake: OrdersLake, endpoint_url: str) -> Iterator[None]:
    """Jobs in this block use the session and the catalogue of the lake, which do not end with them."""

    @contextmanager
    def runtime(job: str, argv: list[str], settings: dict[str, str]) -> Iterator[Runtime]:
        yield Runtime(lake.spark)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(iceberg_job, "open_runtime", runtime)
        patch.setenv("AWS_ENDPOINT_URL_GLUE", endpoint_url)
        yield


def told(output: str) -> list[dict[str, Any]]:
    """The events of a job, without how long it took."""
    events = [json.loads(line) for line in output.splitlines()]
    return [{name: value for name, value in event.items() if name != "seconds"} for event in events]


def states_of(events: Iterable[Row]) -> list[Row]:
    """The rows of the processed table, by order: each event against what is known so far."""
    states: dict[str, Row] = {}
    for event in events:
        known = states.get(event["order_id"])
        first: datetime = min(event["event_timestamp"], known["ordered_at"] if known else event["event_timestamp"])
        newest = event if known is None or _order(event) > _order(known) else known
        states[event["order_id"]] = {**newest, "ordered_at": first}
    return [states[order_id] for order_id in sorted(states)]


def _order(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in NEWEST_FIRST)


def rows_of(frame: DataFrame) -> list[Row]:
    """The rows of a table of orders, by order, times in UTC."""
    from glue_jobs.core.arrow_schema import arrow_schema

    found = frame.select(PROCESSED.schema.fieldNames()).toArrow().cast(arrow_schema(PROCESSED.schema))
    return sorted(found.to_pylist(), key=lambda row: row["order_id"])


def lake_folder(lake: OrdersLake) -> Path:
    """Where it lies."""
    return Path(lake.uri.removeprefix("file://"))
