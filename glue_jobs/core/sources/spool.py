"""What a planner has read ahead, kept on the disk of this machine until the tasks have it.

The records are secondary: where a file is missing (another machine, a run that died) a task reads its range
from the stream again.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pyarrow as pa

from glue_jobs.contracts.records import RECORDS
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.sources.shards import ShardRange

if TYPE_CHECKING:
    from mypy_boto3_kinesis.type_defs import RecordTypeDef

_SCHEMA = arrow_schema(RECORDS)

_AT_ONCE, _BYTES_AT_ONCE = 10_000, 16 * 2**20
"""Records, and about their bytes, in one batch of columns: small enough to decode in some tens of ms."""


class Spool:
    """A folder of its own for one planner, which nobody else may look into."""

    @cached_property
    def _folder(self) -> Path:  # named in the process that plans, which need not be the one that made this
        return Path(tempfile.gettempdir(), f"sluice-spool-{os.getpid()}-{uuid4().hex}")

    def file(self, shard_id: str, last: str | None) -> Path:
        """Where the range of a shard that ends at `last` lies, if it does."""
        return self._folder / f"{shard_id}-to-{last}.arrow"

    def write(self, wanted: ShardRange, records: "list[RecordTypeDef]") -> None:
        """Keep the records of a range."""
        if not self._folder.exists():
            remove_abandoned_spools()
            self._folder.mkdir(mode=0o700)
        with (
            pa.OSFile(str(self.file(wanted.shard_id, wanted.last)), "wb") as file,
            pa.ipc.new_stream(file, _SCHEMA) as writer,
        ):
            for some in _portions(records):
                writer.write_batch(record_batch(wanted.shard_id, some))

    def remove(self) -> None:
        """Give the disk back."""
        shutil.rmtree(self._folder, ignore_errors=True)


def read_spool(file: Path) -> Iterator[pa.RecordBatch]:
    """What was written, in batches of columns (`RECORDS`)."""
    with pa.OSFile(str(file)) as opened, pa.ipc.open_stream(opened) as batches:
        yield from batches


def record_batch(shard_id: str, records: "list[RecordTypeDef]") -> pa.RecordBatch:
    """Records of a shard as columns (`RECORDS`)."""
    columns: list[list[Any]] = [
        [record["Data"] for record in records],
        [record["ApproximateArrivalTimestamp"] for record in records],
        [shard_id] * len(records),
        [record["SequenceNumber"] for record in records],
    ]
    return pa.record_batch(
        [pa.array(column, field.type) for column, field in zip(columns, _SCHEMA, strict=True)], schema=_SCHEMA
    )


def remove_abandoned_spools() -> None:
    """Remove the folders of planners of this machine that were killed, which could not do so."""
    for folder in Path(tempfile.gettempdir()).glob("sluice-spool-*"):
        planner = re.match(r"sluice-spool-(\d+)-", folder.name)
        if planner and not _is_alive(int(planner[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def _portions(records: "list[RecordTypeDef]") -> "Iterator[list[RecordTypeDef]]":
    """The records, in pieces that are not large."""
    some: list[RecordTypeDef] = []
    size_bytes = 0
    for record in records:
        some.append(record)
        size_bytes += len(record["Data"])
        if len(some) == _AT_ONCE or size_bytes >= _BYTES_AT_ONCE:
            yield some
            some, size_bytes = [], 0
    if some:
        yield some
