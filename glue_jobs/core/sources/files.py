"""The source `files`: newline-delimited JSON from a folder, plain or gzipped, oldest first.

Spark plans: its own file stream, which exists in every version, gives the files of a batch without their
content. The tasks read them (`file_reader`), for Spark's readers make one object of a line, however long, and
do not notice a file that changes. Two things of the planning are put right. Spark sorts files by modification
time but takes those of the same time in the order of the disk, which is none; a glob names the files, and
names come sorted. And it ignores files a week older than the newest; here none is too old.
"""

import re
from collections.abc import Iterable, Iterator

import pyarrow as pa
from pyspark.sql import SparkSession

from glue_jobs.core.errors import SourceError
from glue_jobs.core.record_text import RecordText
from glue_jobs.core.sources.file_names import path_below, refuse_misread
from glue_jobs.core.sources.file_reader import read_noted
from glue_jobs.core.sources.noted_file import NotedFile
from glue_jobs.core.sources.source import Source
from glue_jobs.core.storage import LocalStorage, hadoop_path, open_storage

_NEVER_TOO_OLD = "36500d"

_FILE = "path string, modificationTime timestamp, length long, content binary"
"""What Spark's format `binaryFile` has to be told for a stream. The content is never asked for."""


def read_files(spark: SparkSession, source_path: str, max_files_per_trigger: int) -> Source:
    """A record for each line; where a line came from and when is not known.

    Files are taken in order of modification time, then name; hidden ones (`_`, `.`) are not read. One task
    reads a file whole.

    Raises:
        SourceError: there is no such folder, or a file in it has a name that Spark would misread.
    """
    _check_folder(source_path)
    root = hadoop_path(source_path)
    files = (
        spark.readStream.format("binaryFile")
        .schema(_FILE)
        .option("maxFilesPerTrigger", max_files_per_trigger)
        .option("maxFileAge", _NEVER_TOO_OLD)
        .load(f"{_as_pattern(root)}/[^._]*")
    )

    def texts(batches: Iterable[pa.RecordBatch]) -> Iterator[RecordText]:
        storage = open_storage(source_path)
        for batch in batches:
            for file in batch.to_pylist():
                path = path_below(root, file["path"])
                yield from read_noted(storage, NotedFile(path, file["modified_ms"], file["size"]))

    planned = files.selectExpr(
        "path",
        "_metadata.file_size AS size",
        "unix_millis(_metadata.file_modification_time) AS modified_ms",
    )
    return Source(planned, texts)


def _check_folder(source_path: str) -> None:
    storage = open_storage(source_path)
    if not isinstance(storage, LocalStorage):
        return
    if not storage.root.is_dir():
        raise SourceError(f"--source_path: got {source_path!r}; there is no such folder")
    for file in sorted(storage.root.iterdir()):
        name = file.name
        refuse_misread(source_path, name)
        if file.is_dir() and not name.startswith(("_", ".")):
            raise SourceError(f"--source_path: {source_path} holds the folder {name!r}; move it away")


def _as_pattern(path: str) -> str:
    """A pattern that matches `path` alone."""
    return re.sub(r"([\\*?\[\]{}])", r"\\\1", path)
