"""Orders on their way from landing to the processed table, and what must come of them, in plain Python."""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from chispa import assert_df_equality
from moto.glue.responses import GlueResponse
from pyspark.sql import DataFrame, SparkSession

from cli.main import main as sluice
from glue_jobs.contracts.orders import DATABASE, NEWEST_FIRST, PROCESSED, RAW
from glue_jobs.core import iceberg_job
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.iceberg_table import newest_stamp, spark_name
from glue_jobs.core.landing.raw_rows import POSITION
from glue_jobs.core.runtime import Runtime
from laptop import moto_as_aws
from laptop.athena import QueryResult, run_query
from tests.conftest import IcebergLake
from tests.lake import folder_of
from tests.landed_lake import LandedLake
from tests.order_events import order_row

Row = dict[str, Any]


@dataclass(kw_only=True)
class OrdersLake(LandedLake):
    """A lake in which orders land, with a session that knows its Iceberg tables."""

    spark: SparkSession
    table: str = field(default=spark_name(PROCESSED))

    @property
    def folder(self) -> Path:
        return folder_of(self.uri)

    def bring(self, name: str, *events: bytes) -> None:
        """An object of these events, taken into raw by a run of its own."""
        self.land(name, b"".join(event + b"\n" for event in events))
        self.take()

    def processed(self) -> DataFrame:
        """The table as it is."""
        return self.spark.table(self.table)

    def snapshots(self) -> int:
        """How many commits the table has seen."""
        return self.spark.sql(f"SELECT * FROM {self.table}.snapshots").count()

    def position(self) -> int:
        """The number of the newest run that is in the table."""
        return int((newest_stamp(self.spark, PROCESSED, POSITION) or "0").split()[0])

    def data_files(self) -> list[str]:
        """The files that the table is made of."""
        return sorted(row[0] for row in self.spark.sql(f"SELECT file_path FROM {self.table}.files").collect())

    def rewrite_files(self) -> None:
        """What maintenance does first."""
        of_one = "options => map('rewrite-all', 'true')"
        self.spark.sql(
            f"CALL lake.system.rewrite_data_files(table => '{DATABASE}.{PROCESSED.name}', {of_one})"
        )

    def remove_all(self, folder: str) -> None:
        """As if nothing had ever been there."""
        shutil.rmtree(self.folder / folder)

    def write_raw(self, path: str, rows: list[Row], nullable: bool = False) -> None:
        """A file of raw with these rows, by hand; a careless one lets every column be null."""
        schema = arrow_schema(RAW.schema)
        if nullable:
            schema = pa.schema([column.with_nullable(True) for column in schema])
        pq.write_table(pa.Table.from_pylist(rows, schema), self.folder / path, coerce_timestamps="us")

    def ask(self, sql: str) -> QueryResult:
        """What Athena would say."""
        return run_query(sql, DATABASE, self.catalog.client)


def orders_lake(iceberg: IcebergLake) -> OrdersLake:
    """An empty one."""
    return OrdersLake(iceberg.uri, iceberg.catalog, spark=iceberg.spark)


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


def commit_meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Let the next commit that reaches the catalogue find that `act` has come before it."""
    to_do = [act]

    def update_table(response: GlueResponse) -> Any:
        if to_do:
            to_do.pop()()
        return moto_as_aws.update_table(response)

    monkeypatch.setattr(GlueResponse, "update_table", update_table)


def told(output: str) -> list[dict[str, Any]]:
    """The events of a job, without how long it took and what the gate said."""
    events = [json.loads(line) for line in output.splitlines() if '"event": "gate_' not in line]
    return [{name: value for name, value in event.items() if name != "seconds"} for event in events]


def event_row(**changes: Any) -> Row:
    """The clean event with some fields changed as on the wire, as raw has it."""
    typed: Row = {}
    if "amount" in changes:
        typed["amount"] = Decimal(str(changes["amount"])).quantize(Decimal("0.01"))
    if "event_timestamp" in changes:
        typed["event_timestamp"] = datetime.fromisoformat(changes["event_timestamp"])
    return order_row(**{**changes, **typed})


def states_of(events: Iterable[Row]) -> list[Row]:
    """The rows of the processed table, by order: each event against what is known so far."""
    states: dict[str, Row] = {}
    for event in events:
        time = event["event_timestamp"]
        known = states.get(event["order_id"], {**event, "ordered_at": time})
        newest = event if _order(event) > _order(known) else known
        states[event["order_id"]] = {**newest, "ordered_at": min(time, known["ordered_at"])}
    return [states[order_id] for order_id in sorted(states)]


def _order(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in NEWEST_FIRST)


def take_in(lake: OrdersLake, *more: str) -> int:
    """The job, as its user runs it."""
    return sluice(["run", "orders-processed", "--lake_uri", lake.uri, *more])


def load(lake: OrdersLake, *more: str) -> int:
    """The initial load, as its user runs it."""
    return sluice(["run", "orders-processed-initial-load", "--lake_uri", lake.uri, *more])


def assert_processed(lake: OrdersLake, *rows: Row) -> None:
    """The table is these rows, its schema that of the contract."""
    expected = lake.spark.createDataFrame([*rows], PROCESSED.schema)
    assert_df_equality(lake.processed(), expected, ignore_row_order=True, ignore_metadata=True)
