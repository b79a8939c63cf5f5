"""Whether a source still has, unchanged, everything that came after an offset."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from glue_jobs.core.checkpoint import entries_of
from glue_jobs.core.storage import Storage, open_storage


@dataclass(frozen=True)
class KinesisApi:
    """Where Kinesis is asked; None means what the environment says."""

    region: str | None = None
    endpoint_url: str | None = None


def lost_since(
    checkpoint: Storage, source: dict[str, Any], offsets: dict[str, Any], kinesis: KinesisApi
) -> Iterator[str]:
    """What of the records after `offsets` the source cannot give again, in words; nothing where it has all.

    `source` is that of the query's definition.

    Raises:
        SourceError: the source cannot be asked.
    """
    if "logOffset" in offsets:
        yield from _changed_files(checkpoint, offsets["logOffset"])
    elif "start" in offsets and "shards" in offsets:
        yield from _lost_records(source, offsets, kinesis)
    else:
        yield "the positions in the source are kept by another connector, in a form not known here"


def taken_files(checkpoint: Storage) -> dict[str, dict[str, Any]]:
    """The files that batches of the source `files` took: what its log says of each, by URI.

    `batchId` is the number of the log's entry, `timestamp` when it was modified (epoch milliseconds).
    """
    entries = entries_of(checkpoint, "sources/0")
    newest = max((number for number in entries if entries[number].endswith(".compact")), default=0)
    lines = (
        line
        for number in sorted(entries)
        if number >= newest
        for line in checkpoint.read_file(entries[number]).splitlines()[1:]
    )
    return {file["path"]: file for file in map(json.loads, lines)}


def _changed_files(checkpoint: Storage, log_offset: int) -> Iterator[str]:
    folder = cache(_modified)
    for uri, file in taken_files(checkpoint).items():
        if file["batchId"] > log_offset:
            parent, _, name = uri.rpartition("/")
            modified = folder(parent).get(unquote(name))
            if modified is None:
                yield f"{uri}, which a later batch took, is gone"
            elif abs(modified * 1000 - file["timestamp"]) > 1:  # the log's times are cut to milliseconds
                yield f"{uri} has changed since a later batch took it"


def _modified(folder_uri: str) -> dict[str, float]:
    """When the files of a folder were modified (epoch seconds); `folder_uri` is as Spark writes it."""
    parts = urlsplit(folder_uri)
    on_s3 = parts.scheme in ("s3", "s3a", "s3n")
    folder = f"s3://{parts.netloc}{unquote(parts.path)}" if on_s3 else folder_uri
    return {file.path: file.modified for file in open_storage(folder).list_files("")}


def _lost_records(source: dict[str, Any], offsets: dict[str, Any], kinesis: KinesisApi) -> Iterator[str]:
    if "kinesis" not in source:
        yield "the checkpoint does not say which stream it reads; a start of the job adds that"
        return
    from glue_jobs.core.sources.kinesis import records_gone

    yield from records_gone(source["kinesis"], kinesis.region, kinesis.endpoint_url, offsets)
