"""A lake as the stream leaves it, with checkpoint and catalogue, and a reader that goes by the catalogue."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, BinaryIO
from uuid import UUID

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from glue_jobs.contracts.contract import TableContract
from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT, STATUS_COUNT
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.batch_files import Batch
from glue_jobs.core.catalog import Catalog
from glue_jobs.core.checkpoint import DEFINITION
from glue_jobs.core.hours import EPOCH
from glue_jobs.core.partitions import hour_values, partition_folder
from glue_jobs.core.repair.switch import Maintenance
from glue_jobs.core.repair.versions import folder_at
from glue_jobs.core.storage import Storage, open_storage
from glue_jobs.core.table_hours import hours_of
from glue_jobs.core.windows import Windows
from tests.core.buckets import write

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient

QUERY, OTHER = str(UUID(int=1)), str(UUID(int=2))
TABLE = STATUS_COUNT.table
SEVEN = datetime(2026, 3, 1, 7, tzinfo=UTC)
HOUR = ("2026-03-01", "07")
NEXT_HOUR = ("2026-03-01", "08")
STEP = timedelta(minutes=2)

Rows = list[dict[str, Any]]


def glue_client() -> "GlueClient":
    """The client of a catalogue without databases."""
    client = boto3.client("glue")
    for database in client.get_databases()["DatabaseList"]:
        client.delete_database(Name=database["Name"])
    return client


@dataclass
class Clock:
    """Time stands still, until it is told to go on."""

    moment: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.moment

    def pass_by(self, time: timedelta) -> None:
        self.moment += time


@dataclass
class HoursLake:
    """A lake, its checkpoint and its catalogue; all files lie below `root`."""

    root: str
    glue: "GlueClient"
    clock: Clock = field(default_factory=Clock)

    @property
    def uri(self) -> str:
        return f"{self.root}/lake"

    @property
    def checkpoint(self) -> str:
        return f"{self.root}/checkpoint"

    @property
    def storage(self) -> Storage:
        return open_storage(self.uri)

    @property
    def catalog(self) -> Catalog:
        return Catalog(self.uri, self.glue)

    @property
    def place(self) -> Maintenance:
        """The right to replace hours, which nobody contests."""
        return Maintenance(self.uri, self.catalog, nullcontext, self.clock)

    def done(self, batch: int, watermark: datetime, query: str = QUERY, time: datetime = EPOCH) -> None:
        """What Spark and the job's guard leave in a checkpoint when this batch is done, planned at a time."""
        storage = open_storage(self.checkpoint)
        definition = Windows(EVENT, AGGREGATES, EVENT.window).definition
        write(storage, "metadata", json.dumps({"id": query}).encode())
        write(storage, DEFINITION, json.dumps(definition).encode())
        marks = {"batchWatermarkMs": watermark, "batchTimestampMs": time}
        times = {**{name: int(mark.timestamp() * 1000) for name, mark in marks.items()}, "conf": {}}
        write(storage, f"offsets/{batch}", "\n".join(["v1", json.dumps(times), "{}"]).encode())
        write(storage, f"commits/{batch}", b'v1\n{"nextBatchWatermarkMs":0}')

    def publish(
        self,
        batch: int,
        rows: Rows,
        values: tuple[str, str] = HOUR,
        query: str = QUERY,
        table: TableContract = TABLE,
    ) -> str:
        """A file that the stream writes in a batch, and its hour in the catalogue; its path."""
        path = f"{partition_folder(table, values)}/{Batch(query, batch).file_name(0)}"
        self.put(path, rows, table)
        self.catalog.ensure_table(table)
        self.catalog.ensure_partitions(table, [values])
        return path

    def register(self, *tables: TableContract) -> None:
        """Let the catalogue know what lies in the stream's folders, as the job and a crawler do."""
        for table in tables:
            self.catalog.ensure_table(table)
            found = [hour_values(hour.begins) for hour in hours_of(self.uri, table, None)]
            self.catalog.ensure_partitions(table, found)

    def put(self, path: str, rows: Rows, table: TableContract = TABLE) -> None:
        """A Parquet file of the table."""
        with self.storage.new_file(path) as file:
            pq.write_table(pa.Table.from_pylist(rows, arrow_schema(table.schema)), file)

    def paths(self) -> list[str]:
        """Every file of the lake but leases, hidden ones too."""
        found = (file.path for file in self.storage.list_files(""))
        return sorted(path for path in found if not path.startswith("_"))

    def read(self, values: tuple[str, str] = HOUR, table: TableContract = TABLE) -> Rows:
        """The rows of an hour as a query gets them: where it lies says the catalogue."""
        location = self.catalog.location(table, values)
        return [] if location is None else self.read_folder(folder_at(self.storage, location))

    def read_folder(self, folder: str) -> Rows:
        """The rows of the files that lie there, in the order of the files and in theirs."""
        files = sorted(file.path for file in self.storage.list_files(folder) if file.visible)
        tables = (pq.read_table(pa.BufferReader(self.storage.read_file(path))) for path in files)
        return [row for table in tables for row in table.to_pylist()]


def counts(minute: int, *statuses: int, hour: datetime = SEVEN, postal_code: str = "080193") -> Rows:
    """Rows of `status_count` in the window that starts at the minute, one for each status."""
    start = hour + timedelta(minutes=minute)
    return [
        {
            "window_start": start,
            "window_end": start + STEP,
            "postal_code": postal_code,
            "status": status,
            "description": "in words",
            "status_count": minute + status + 1,
        }
        for status in statuses
    ]


def by_key(rows: Sequence[dict[str, Any]]) -> Rows:
    """The rows in the order of the table's key, nulls last."""
    return sorted(rows, key=lambda row: [(row[name] is None, str(row[name])) for name in TABLE.key])


class Died(BaseException):
    """The process ends here and now."""


def stepping(storage: Storage, step: Callable[[str], None], patch: pytest.MonkeyPatch) -> None:
    """Let `step` be told when a file is begun, named or removed, and before and after a switch."""
    kind, new_file, delete_files = type(storage), type(storage).new_file, type(storage).delete_files
    switch = Catalog.switch

    @contextmanager
    def stepped_file(own: Any, path: str, *arguments: Any) -> Iterator[BinaryIO]:
        step(f"begin {path}")
        with new_file(own, path, *arguments) as file:
            yield file
            step(f"name {path}")
        step(f"named {path}")

    def stepped_deletion(own: Any, paths: Any) -> None:
        for path in paths:  # one by one: it may die between any two
            step(f"delete {path}")
            delete_files(own, [path])

    def stepped_switch(own: Catalog, *arguments: Any) -> None:
        step("switch")
        switch(own, *arguments)
        step("switched")

    patch.setattr(kind, "new_file", stepped_file)
    patch.setattr(kind, "delete_files", stepped_deletion)
    patch.setattr(Catalog, "switch", stepped_switch)
