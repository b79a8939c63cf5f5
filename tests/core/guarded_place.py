"""A checkpoint and a lake as a job finds them at its start."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT, RAW, STATUS_COUNT, TABLES
from glue_jobs.core.batch_files import Batch
from glue_jobs.core.checkpoint import DEFINITION
from glue_jobs.core.guard import guard_start
from glue_jobs.core.storage import open_storage
from glue_jobs.core.windows import Windows
from tests.core.buckets import write

OWN, OTHER = str(UUID(int=1)), str(UUID(int=2))
WINDOWS = Windows(EVENT, AGGREGATES, EVENT.window)
FILES = {"files": "file:///events"}


@dataclass
class Place:
    """A checkpoint and a lake."""

    root: Path

    @property
    def checkpoint(self) -> str:
        return (self.root / "checkpoint").as_uri()

    @property
    def lake(self) -> str:
        return (self.root / "lake").as_uri()

    def start(self, windows: Windows = WINDOWS, source: dict[str, str] = FILES, lake: str = "") -> None:
        """What a job does before its query starts."""
        definition = {**windows.definition, "source": source}
        guard_start(self.checkpoint, lake or self.lake, TABLES, definition)

    def kept(self) -> dict[str, Any]:
        """What the checkpoint says its query is about."""
        kept: dict[str, Any] = json.loads(open_storage(self.checkpoint).read_file(DEFINITION))
        return kept

    def keep(self, definition: dict[str, Any]) -> None:
        """Let it say something else."""
        write(open_storage(self.checkpoint), DEFINITION, json.dumps(definition).encode())

    def begin(self, query: str = OWN) -> None:
        """What Spark does when a query starts for the first time."""
        checkpoint = open_storage(self.checkpoint)
        write(checkpoint, "metadata", json.dumps({"id": query}).encode())

    def run(self, batch: int) -> None:
        """What Spark does when a batch is planned: the one before it is done, and has left its state."""
        checkpoint = open_storage(self.checkpoint)
        write(checkpoint, f"offsets/{batch}", b"v1\n{}\n{}")
        write(checkpoint, f"state/0/0/{batch}.changelog", b"")

    def publish(self, path: str) -> None:
        """A file of the lake."""
        write(open_storage(self.lake), path, b"")

    def start_once(self) -> None:
        """A first run that has planned batch 3, with a file of the query's in each kind of table."""
        self.start()
        self.begin()
        self.run(batch=3)
        name = Batch(OWN, 3).file_name(0)
        self.publish(f"{STATUS_COUNT.table.path}/event_date=2026-03-01/hour=07/{name}")
        self.publish(f"{RAW.path}/ingest_date=2026-03-01/hour=07/{name}")
