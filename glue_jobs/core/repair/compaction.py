"""Compaction: the many small files of an hour become few, with the rows in the order of the table's key.

The stream writes a file for each batch, task and hour, so a closed hour has hundreds; every query opens each.
One hour of one table is read, sorted and written at a time, without Spark: an hour of this suite has some
hundred thousand rows, which takes a second or two. No row is made, changed or dropped: an hour whose new
files would hold another number of rows is left as it stands.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import pyarrow as pa

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.batch_files import Batch
from glue_jobs.core.catalog import Location
from glue_jobs.core.errors import SinkError
from glue_jobs.core.hours import Progress, Range
from glue_jobs.core.partitions import hour_start, partition_folder
from glue_jobs.core.repair.sorted_rows import MOST_ROWS, opener, sorted_rows
from glue_jobs.core.repair.switch import TARGET_BYTES, Maintenance, Origin, replace_hour
from glue_jobs.core.repair.versions import (
    HourFile,
    Standing,
    UnreadableHour,
    Values,
    folder_at,
    is_data,
    standing_hour,
    versions_folder,
)
from glue_jobs.core.storage import Storage, StoredFile

_WORTH_IT = 0.5
"""Files of an hour are merged while their mean is below this part of the target."""


@dataclass(frozen=True)
class Compacted:
    """One hour of a table, before and after."""

    table: str
    hour: Values
    rows: int
    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int


def compact(
    place: Maintenance,
    progress: Progress,
    tables: Iterable[TableContract],
    hours: Range,
    target_bytes: int = TARGET_BYTES,
) -> Iterator[Compacted]:
    """Compact every closed hour in the range that has more files than it needs; gives each when it is done.

    Tables are windowed: cut by the hour of `window_start`. Hours are those of the catalogue.

    Raises:
        SinkError: a file cannot be written, or another maintenance has taken over.
        SourceError: a file cannot be read, or is not of the table or the query.
        CatalogError: the catalogue refuses, or an hour no longer lies where it lay.
    """
    for table in tables:
        for hour in closed_hours(place, table, hours, progress.windows_closed):
            if too_many(hour.files, target_bytes):
                standing = standing_hour(place.lake, table, hour.values, hour.location, hour.files)
                yield compact_hour(place, progress, standing, target_bytes)


class ClosedHour(NamedTuple):
    """An hour of the catalogue: the data files where it lies, and those in the folder of the stream."""

    values: Values
    location: Location
    files: list[StoredFile]
    streamed: list[StoredFile]


def closed_hours(
    place: Maintenance, table: TableContract, hours: Range, closed: Callable[[datetime], bool]
) -> Iterator[ClosedHour]:
    """The hours of a table in the range that nothing is added to any more, in order."""
    listed = _by_folder(place.lake, table)
    for values, location in sorted(place.catalog.locations(table).items()):
        start = hour_start(values)
        if hours.holds(start) and closed(start):
            files, streamed = folder_at(place.lake, location), partition_folder(table, values)
            yield ClosedHour(values, location, listed[files], listed[streamed])


def _by_folder(lake: Storage, table: TableContract) -> dict[str, list[StoredFile]]:
    """The data files of a table, those of versions too, by their folder: two listings, not one an hour."""
    folders: dict[str, list[StoredFile]] = defaultdict(list)
    for root in (table.path, versions_folder(table)):
        for file in lake.list_files(root):
            if is_data(file):
                folders[file.path.rpartition("/")[0]].append(file)
    return folders


def too_many(files: Sequence[StoredFile], target_bytes: int) -> bool:
    """Whether merging them is worth it."""
    return len(files) > 1 and sum(file.size for file in files) < len(files) * target_bytes * _WORTH_IT


def compact_hour(
    place: Maintenance,
    progress: Progress,
    standing: Standing,
    target_bytes: int = TARGET_BYTES,
    most_rows: int = MOST_ROWS,
) -> Compacted:
    """Put a version with the same rows, sorted and in few files, in the place of what stands."""
    _refuse_parts(standing)
    newest = newest_of(standing, progress)
    schema = arrow_schema(standing.table.schema)
    paths = sorted(file.path for file in standing.files)
    sizes = {file.path: file.size for file in standing.files}
    open_file = opener(place.lake, sizes)
    replaced = tuple(HourFile(path, sizes[path], open_file(path).metadata.num_rows) for path in paths)
    rows = sorted_rows(open_file, paths, schema, standing.table.key, most_rows)
    before = standing.manifest
    if before is None or before.definition is None:
        origin = Origin("compact", replaced, hash_of(replaced), newest)
    else:  # of a rebuild: late records are in, and the same inputs would give the same
        origin = Origin("compact", replaced, before.inputs, newest, before.definition, before.redrive)
    manifest = replace_hour(place, standing, _none_lost(rows, replaced), origin, target_bytes)
    return Compacted(
        standing.table.name,
        standing.values,
        manifest.rows,
        files_before=len(replaced),
        files_after=len(manifest.files),
        bytes_before=sum(sizes.values()),
        bytes_after=sum(file.bytes for file in manifest.files),
    )


def _refuse_parts(standing: Standing) -> None:
    """What is left of a version would become the whole of it."""
    if not standing.is_whole:
        raise UnreadableHour(
            f"{standing.table.name}, hour {'/'.join(standing.values)}: a file of its version is gone or cut "
            "short; rebuild the hour"
        )


def newest_of(standing: Standing, progress: Progress) -> Batch:
    """The newest batch that has gone into what stands.

    Raises:
        UnreadableHour: it is of another query than the checkpoint, or cannot be told.
    """
    newest = standing.newest
    if newest is None or newest.query_id != progress.query:
        raise UnreadableHour(
            f"{standing.table.name}, hour {'/'.join(standing.values)}: it is of query "
            f"{newest and newest.query_id}, and the checkpoint is of {progress.query}, which does not say "
            "whether the hour is closed; give the checkpoint of the job that writes the lake"
        )
    return newest


def _none_lost(rows: Iterator[pa.Table], replaced: Sequence[HourFile]) -> Iterator[pa.Table]:
    """The rows; SinkError at their end where they are not as many as in the files they replace."""
    count = 0
    for some in rows:
        count += len(some)
        yield some
    expected = sum(file.rows for file in replaced)
    if count != expected:
        raise SinkError(
            f"{replaced[0].path} and others: {expected} rows would become {count}; nothing was changed"
        )


def hash_of(files: Sequence[HourFile]) -> str:
    """What tells these files from others."""
    named = "".join(f"{file.path}\n{file.bytes}\n{file.rows}\n" for file in files)
    return hashlib.sha256(named.encode()).hexdigest()
