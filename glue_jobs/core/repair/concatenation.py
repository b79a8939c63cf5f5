"""Compaction of raw and quarantine: the files of an hour one after the other, in few files.

Audit and rebuild have to know of which batch a record is, so the rows stay as they are, and each new file
says which files it was made of (`core.pieces`). They are put together in the order of their batches, then of
their parts, redrives last.
"""

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.batch_files import Batch
from glue_jobs.core.hours import Progress, Range
from glue_jobs.core.partitions import partition_folder
from glue_jobs.core.pieces import newest_in, redrive_of
from glue_jobs.core.repair.compaction import ClosedHour, Compacted, closed_hours, hash_of, newest_of, too_many
from glue_jobs.core.repair.merging import Merging, sources_of
from glue_jobs.core.repair.switch import TARGET_BYTES, Maintenance, Origin, put_version
from glue_jobs.core.repair.versions import (
    HourFile,
    Standing,
    UnreadableHour,
    folder_at,
    standing_hour,
)
from glue_jobs.core.storage import StoredFile


def concatenate(
    place: Maintenance,
    progress: Progress,
    tables: Iterable[TableContract],
    hours: Range,
    target_bytes: int = TARGET_BYTES,
) -> Iterator[Compacted]:
    """Compact every closed hour of raw and quarantine in the range; gives each when it is done.

    Of those that have more files than they need, or files that have come since they were compacted: a clock
    that was put back lets a batch write into an hour that was closed. Hours are those of the catalogue.

    Raises:
        SinkError: a file cannot be written, or another maintenance has taken over.
        SourceError: a file cannot be read, or is not of the table or the query.
        CatalogError: the catalogue refuses, or an hour no longer lies where it lay.
    """
    for table in tables:
        for hour in closed_hours(place, table, hours, progress.ingest_closed):
            if _unfinished(hour.streamed, progress):
                continue
            beside = _beside(place, table, hour)
            if beside or too_many(hour.files, target_bytes):
                standing = standing_hour(place.lake, table, hour.values, hour.location, hour.files)
                yield concatenate_hour(place, progress, standing, beside, target_bytes)


def _unfinished(files: Iterable[StoredFile], progress: Progress) -> bool:
    """Whether a batch has written them that is not done: a clock may put one into an hour that was closed."""
    batches = (newest_in(file.path) for file in files)
    return any(batch is not None and batch.number > progress.batch for batch in batches)


def _beside(place: Maintenance, table: TableContract, hour: ClosedHour) -> list[StoredFile]:
    """The files in the stream's folder that have not gone into the version that stands."""
    lies_in_own = folder_at(place.lake, hour.location) == partition_folder(table, hour.values)
    if not hour.streamed or lies_in_own:
        return []
    manifest = standing_hour(place.lake, table, hour.values, hour.location, []).manifest
    return [file for file in hour.streamed if manifest is not None and not manifest.covers(file.path)]


def concatenate_hour(
    place: Maintenance,
    progress: Progress,
    standing: Standing,
    beside: Sequence[StoredFile] = (),
    target_bytes: int = TARGET_BYTES,
) -> Compacted:
    """Put a version with the same rows in few files, and those of `beside`, in the place of what stands."""
    batches = [newest_of(standing, progress), *(_batch_of(file, progress) for file in beside)]
    newest = max(batches, key=attrgetter("number"))
    files = [*standing.files, *beside]
    sources = sources_of(place.lake, files, standing.manifest)
    names = tuple(source.name for source in sources)
    redrive = max((one.number for one in map(redrive_of, names) if one is not None), default=0)
    merging = Merging(place, standing.table, files, sources, target_bytes)

    def write(folder: str) -> tuple[Origin, tuple[HourFile, ...]]:
        written = tuple(merging.write(folder))
        replaced = merging.replaced(written)
        return Origin("compact", replaced, hash_of(replaced), newest, redrive=redrive, pieces=names), written

    manifest = put_version(place, standing, newest, write, redrive)
    return Compacted(
        standing.table.name,
        standing.values,
        manifest.rows,
        files_before=len(files),
        files_after=len(manifest.files),
        bytes_before=sum(file.size for file in files),
        bytes_after=sum(file.bytes for file in manifest.files),
    )


def _batch_of(file: StoredFile, progress: Progress) -> Batch:
    batch = newest_in(file.path)
    if batch is None or batch.query_id != progress.query:
        raise UnreadableHour(
            f"{file.path}: query {progress.query} did not write it, whose checkpoint this is; move it away"
        )
    return batch
