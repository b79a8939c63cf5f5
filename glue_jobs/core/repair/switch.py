"""Putting a new version in the place of what stands for an hour: at every moment readers get one of the two.

The data files are written first, then the manifest, and at last one call to the catalogue lets the hour's
partition lie there. Whatever dies before that call leaves what stood, and a folder that nobody reads; the
same again makes another version, and the sweep (`repair.sweep`) removes the first. What was replaced stays
for a grace time, for those who have asked the catalogue already.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeAlias
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.batch_files import Batch
from glue_jobs.core.catalog import Catalog, Location
from glue_jobs.core.errors import SinkError
from glue_jobs.core.job_lease import job_lease
from glue_jobs.core.repair.versions import (
    MANIFEST,
    HourFile,
    Manifest,
    Standing,
    UnreadableHour,
    version_folder,
)
from glue_jobs.core.storage import Fence, Storage, open_storage

TARGET_BYTES = 128 * 2**20
"""About the size of a data file."""

ROW_GROUP = 2**17
"""Rows that are encoded at once; a reader skips groups whose windows it does not want."""

_LEASE = "_maintenance"
"""The folder of the lake in which maintenance keeps its lease."""


@dataclass(frozen=True)
class Maintenance:
    """The right to replace hours of a lake; `now` is the clock."""

    lake_uri: str
    catalog: Catalog
    fence: Fence
    now: Callable[[], datetime]

    @cached_property
    def lake(self) -> Storage:
        return open_storage(self.lake_uri)


@contextmanager
def maintenance(
    lake_uri: str, catalog: Catalog, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[Maintenance]:
    """The right to replace hours, for the block: one maintenance runs on a lake at a time.

    Raises:
        LeaseHeld: another one runs.
        LeaseLost: another one has taken over, for this one was paused too long.
    """
    with lake_lease(lake_uri) as fence:
        yield Maintenance(lake_uri, catalog, fence, now)


@contextmanager
def lake_lease(lake_uri: str) -> Iterator[Fence]:
    """The lease of a lake's maintenance, for the block. Whoever loses it finds out at its fence."""
    with job_lease(lake_uri, _LEASE, "another maintenance or a rewind of it") as fence:
        yield fence


@dataclass(frozen=True)
class Origin:
    """What a version is made of (see `Manifest`); `newest` is the newest batch among its inputs."""

    made_by: str
    replaces: tuple[HourFile, ...]
    inputs: str
    newest: Batch
    definition: dict[str, Any] | None = None
    redrive: int = 0
    pieces: tuple[str, ...] = ()


Write: TypeAlias = Callable[[str], tuple[Origin, tuple[HourFile, ...]]]
"""Writes the data files of a version into its folder; gives what it is made of, and the files."""


def replace_hour(
    place: Maintenance,
    standing: Standing,
    rows: Iterable[pa.Table],
    origin: Origin,
    target_bytes: int = TARGET_BYTES,
) -> Manifest:
    """Write `rows`, in their order, as a new version of the hour and let readers get it.

    What `rows` raises leaves the hour as it stands.

    Raises:
        SinkError: a file cannot be written, or another maintenance has taken over.
        SwitchRefused: the hour no longer stands where it stood.
        CatalogError: the catalogue refuses.
        UnreadableHour: the hour holds rows of another query than the inputs.
    """

    def write(folder: str) -> tuple[Origin, tuple[HourFile, ...]]:
        return origin, tuple(_write_files(place, folder, standing.table, rows, target_bytes))

    return put_version(place, standing, origin.newest, write)


def put_version(
    place: Maintenance, standing: Standing, of_inputs: Batch, write: Write, redrive: int = 0
) -> Manifest:
    """Let readers of the hour get what `write` writes; `of_inputs` is the newest batch that goes into it.

    `redrive` is the newest of which it holds records, which the name of its folder says; 0: none.
    What `write` raises leaves the hour as it stands. Raises the same as `replace_hour`.
    """
    table, values, made_at = standing.table, standing.values, place.now()
    newest = _newest(standing, of_inputs)
    folder = version_folder(table, values, made_at, uuid4().hex[:8], newest, redrive)
    with _sink_errors(f"{place.lake_uri}/{folder}"):
        origin, files = write(folder)
        manifest = Manifest(
            made_by=origin.made_by,
            made_at=made_at,
            table=table.name,
            hour=values,
            replaces=origin.replaces,
            inputs=origin.inputs,
            query=newest.query_id,
            batch=newest.number,
            definition=origin.definition,
            rows=sum(file.rows for file in files),
            files=files,
            redrive=origin.redrive,
            pieces=origin.pieces,
        )
        with place.lake.new_file(f"{folder}/{MANIFEST}", place.fence) as file:
            file.write(manifest.to_json())
    with place.fence():
        there = Location(f"{place.lake.uri}/{folder}/", switched_at=place.now())
        place.catalog.switch(table, values, standing.location, there)
    return manifest


def _newest(standing: Standing, of_inputs: Batch) -> Batch:
    """The newest batch of what the version is made of and of what it replaces."""
    before = standing.newest
    if before is None or (before.query_id == of_inputs.query_id and before.number <= of_inputs.number):
        return of_inputs
    if before.query_id != of_inputs.query_id:
        raise UnreadableHour(
            f"{standing.table.name}, hour {'/'.join(standing.values)}: it holds rows of query "
            f"{before.query_id}, not of {of_inputs.query_id}; give the checkpoint of that query"
        )
    return before


def _write_files(
    place: Maintenance, folder: str, table: TableContract, rows: Iterable[pa.Table], target_bytes: int
) -> Iterator[HourFile]:
    """Write the rows into files, each ended by the first group of rows with which it reaches the target."""
    schema = arrow_schema(table.schema)
    groups = (group for some in rows for group in _in_groups(some.select(schema.names).cast(schema)))
    group, number = next(groups, None), 0
    while group is not None:
        path, count = f"{folder}/part-{number:05d}.parquet", 0
        with place.lake.new_file(path, place.fence) as file:
            with pq.ParquetWriter(file, schema, compression="snappy", coerce_timestamps="us") as writer:
                while group is not None and (count == 0 or file.tell() < target_bytes):
                    writer.write_table(group)
                    count += len(group)
                    group = next(groups, None)
            size = file.tell()
        yield HourFile(path, size, count)
        number += 1


def _in_groups(rows: pa.Table) -> Iterator[pa.Table]:
    return (rows.slice(first, ROW_GROUP) for first in range(0, len(rows), ROW_GROUP))


@contextmanager
def _sink_errors(place: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SinkError(f"cannot write {place}: {error}; the hour stands as it stood") from error
