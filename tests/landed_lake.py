"""A lake in which orders have landed, and the raw job on it without Spark."""

import gzip
import os
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from glue_jobs.batch.orders_raw import ORDERS
from glue_jobs.contracts.contract import TableContract
from glue_jobs.contracts.orders import EVENT, LANDING, QUARANTINE, RAW
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.catalog import Catalog
from glue_jobs.core.judge import Judge, Rejection
from glue_jobs.core.landing.ledger import Ledger
from glue_jobs.core.landing.raw_part import PartOfRun, TakenPart, take_part
from glue_jobs.core.landing.take import Run, Taking, Work
from glue_jobs.core.storage import Fence, LocalStorage, Storage, open_storage
from tests.core.buckets import write
from tests.core.hours_lake import glue_client
from tests.order_events import LANDED

Rows = list[dict[str, Any]]
NOON = datetime(2024, 11, 20, 12, tzinfo=UTC)


@dataclass
class NoCatalog(Catalog):
    """A catalogue that takes note of nothing, for tests that are about files alone."""

    def ensure_table(self, table: TableContract) -> None:
        pass

    def ensure_partitions(self, table: TableContract, partitions: Iterable[tuple[str, ...]]) -> None:
        pass


@dataclass
class LandedLake:
    """A lake; `now` is its time of day."""

    uri: str
    catalog: Catalog
    now: datetime = NOON
    fence: Fence = field(default=nullcontext)

    @property
    def storage(self) -> Storage:
        return open_storage(self.uri)

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.storage, ORDERS.ledger)

    def land(self, name: str, content: bytes, landed: datetime = LANDED) -> str:
        """An object of the landing zone, put there at a time (on S3 it is now); its path."""
        path = f"{LANDING}/{name}"
        write(self.storage, path, content)
        if isinstance(self.storage, LocalStorage):
            os.utime(Path(self.storage.root, path), (landed.timestamp(), landed.timestamp()))
        return path

    def remove(self, path: str) -> None:
        self.storage.delete_files([path])

    def taking(self, max_objects: int = 1000, leave_out_missing: bool = False) -> Taking:
        return Taking(
            ORDERS, self.uri, self.catalog, self.fence, lambda: self.now, max_objects, leave_out_missing
        )

    def take(self, max_objects: int = 1000, leave_out_missing: bool = False) -> list[Run]:
        """What a start of the job does."""
        return [*Work(self.taking(max_objects, leave_out_missing)).runs(self.take_parts)]

    def take_parts(self, parts: Sequence[PartOfRun]) -> list[TakenPart]:
        """One part after the other, in this process."""
        return [take_part(ORDERS, self.storage, part, self.fence) for part in parts]

    def files(self, table: TableContract) -> list[str]:
        """The files of a table."""
        return sorted(file.path for file in self.storage.list_files(table.path))

    def rows(self, table: TableContract, paths: Iterable[str] | None = None) -> Rows:
        """The rows of a table, or of some of its files, by object and line; all have the table's schema."""
        found: Rows = []
        for path in self.files(table) if paths is None else paths:
            part = pq.ParquetFile(pa.BufferReader(self.storage.read_file(path))).read()
            assert part.schema.equals(arrow_schema(table.schema)), part.schema
            found += part.to_pylist()
        return sorted(found, key=place)

    def state(self) -> tuple[Rows, Rows]:
        """What is in raw and in the quarantine."""
        return self.rows(RAW), self.rows(QUARANTINE)


def lake_on_disk(folder: Path) -> LandedLake:
    """One that no catalogue knows."""
    return LandedLake(folder.as_uri(), NoCatalog(folder.as_uri(), None))  # type: ignore[arg-type]


def catalogued_lake(uri: str) -> LandedLake:
    """One with an empty catalogue."""
    return LandedLake(uri, Catalog(uri, glue_client()))


def place(row: dict[str, Any]) -> tuple[str, int]:
    """Where a row landed."""
    return row["landing_file"], row["landing_line"]


def model(path: str, content: bytes, landed: datetime = LANDED) -> tuple[Rows, Rows]:
    """What an undamaged object comes to, line by line: rows of raw and of the quarantine."""
    raw, quarantine = [], []
    text = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    for number, line in enumerate(text.removesuffix(b"\n").split(b"\n"), 1):
        record = line.removesuffix(b"\r")
        if not record:
            continue
        where = {"landing_file": path, "landing_line": number}
        verdict = Judge(EVENT).judge(record, landed)
        if isinstance(verdict, Rejection):
            why = {"reason": verdict.reason, "field": verdict.field, "payload": record}
            quarantine.append({**why, **where})
        else:
            raw.append({**verdict, **where})
    return raw, quarantine
