"""Whether a source still has, unchanged, everything that came after an offset."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from glue_jobs.core.sources.file_log import taken_after
from glue_jobs.core.sources.noted_file import NotedFile
from glue_jobs.core.storage import Storage, StoredFile, open_storage


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


def _changed_files(checkpoint: Storage, log_offset: int) -> Iterator[str]:
    folder = cache(_listed)
    for taken in taken_after(checkpoint, log_offset):
        parent, _, name = taken.uri.rpartition("/")
        facts = folder(parent).get(unquote(name))
        if facts is None:
            yield f"{taken.uri}, which a later batch took, is gone"
        elif not NotedFile(taken.uri, taken.modified_ms).is_still(facts):
            yield f"{taken.uri} has changed since a later batch took it"


def _listed(folder_uri: str) -> dict[str, StoredFile]:
    """The files of a folder by name; `folder_uri` is as Spark writes it."""
    parts = urlsplit(folder_uri)
    on_s3 = parts.scheme in ("s3", "s3a", "s3n")
    folder = f"s3://{parts.netloc}{unquote(parts.path)}" if on_s3 else folder_uri
    return {file.path: file for file in open_storage(folder).list_files("")}


def _lost_records(source: dict[str, Any], offsets: dict[str, Any], kinesis: KinesisApi) -> Iterator[str]:
    if "kinesis" not in source:
        yield "the checkpoint does not say which stream it reads; a start of the job adds that"
        return
    from glue_jobs.core.sources.kinesis import records_gone

    yield from records_gone(source["kinesis"], kinesis.region, kinesis.endpoint_url, offsets)
