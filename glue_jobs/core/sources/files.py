"""The source `files`: newline-delimited JSON from a folder, plain or gzipped, oldest first.

Spark's own text stream, which exists in every version, with two things put right. It sorts files by
modification time but takes those of the same time in the order of the disk, which is none; a glob names the
files, and names come sorted. And it ignores files a week older than the newest; here none is too old.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from glue_jobs.contracts.records import RECORDS
from glue_jobs.core.checkpoint import entries_of, planned_batch
from glue_jobs.core.errors import SourceError
from glue_jobs.core.storage import LocalStorage, Storage, hadoop_path, open_storage

_NEVER_TOO_OLD = "36500d"

_MISREAD = set("*?[]{}\\:")
"""Spark takes the name of each file it has found for a pattern again, and reads whatever else matches it too;
a colon it cannot read at all."""


def read_files(spark: SparkSession, source_path: str, max_files_per_trigger: int) -> DataFrame:
    """A stream of `RECORDS`, one for each line; where a line came from and when is not known.

    Files are taken in order of modification time, then name; hidden ones (`_`, `.`) are not read.

    Raises:
        SourceError: there is no such folder, or a file in it has a name that Spark would misread.
    """
    _check_folder(source_path)
    lines = (
        spark.readStream.format("text")
        .option("maxFilesPerTrigger", max_files_per_trigger)
        .option("maxFileAge", _NEVER_TOO_OLD)
        .load(f"{_as_pattern(hadoop_path(source_path))}/[^._]*")
    )
    hidden = (F.lit(None).cast(column.dataType).alias(column.name) for column in RECORDS.fields[1:])
    return lines.select(F.col("value").cast("binary").alias("data"), *hidden)


def refuse_lost_files(checkpoint_uri: str) -> None:
    """Make sure that the files of a planned batch, which is about to be run again, are still there.

    Spark would take a file that is gone for an empty one.

    Raises:
        SourceError: a file is gone.
    """
    storage = open_storage(checkpoint_uri)
    plans, commits = entries_of(storage, "offsets"), entries_of(storage, "commits")
    again = max(plans, default=-1)
    if again in commits or again < 0:
        return
    before = planned_batch(checkpoint_uri, again - 1).offsets.get("logOffset", -1) if again > 0 else -1
    taken = range(before + 1, planned_batch(checkpoint_uri, again).offsets.get("logOffset", -1) + 1)
    for path in _logged_files(storage, taken):
        if path.startswith("file:") and not Path(unquote(urlsplit(path).path)).exists():
            raise SourceError(
                f"--source_path: {path} is gone, but batch {again} of {checkpoint_uri} is to read it again; "
                "put it back, or start with a new checkpoint and lake"
            )


def _logged_files(storage: Storage, taken: range) -> Iterator[str]:
    """The files that Spark has noted for these entries of its log, as URIs."""
    for number, entry in entries_of(storage, "sources/0").items():
        if number >= taken.start:
            for line in storage.read_file(entry).splitlines()[1:]:
                file = json.loads(line)
                if file["batchId"] in taken:
                    yield file["path"]


def _check_folder(source_path: str) -> None:
    storage = open_storage(source_path)
    if not isinstance(storage, LocalStorage):
        return
    if not storage.root.is_dir():
        raise SourceError(f"--source_path: got {source_path!r}; there is no such folder")
    for file in sorted(storage.root.iterdir()):
        name = file.name
        if _MISREAD & set(name):
            raise SourceError(
                f"--source_path: {source_path} holds {name!r}; rename it without any of * ? [ ] {{ }} \\ :"
            )
        if file.is_dir() and not name.startswith(("_", ".")):
            raise SourceError(f"--source_path: {source_path} holds the folder {name!r}; move it away")


def _as_pattern(path: str) -> str:
    """A pattern that matches `path` alone."""
    return re.sub(r"([\\*?\[\]{}])", r"\\\1", path)
