"""The records of one planned file, read in a task: plain or gzipped, in bounded memory, of one version."""

import zlib
from collections.abc import Iterator
from functools import partial
from gzip import GzipFile
from typing import Any, cast

import pyarrow as pa

from glue_jobs.contracts.records import RECORDS
from glue_jobs.core.arrow_schema import arrow_schema, completed
from glue_jobs.core.errors import SourceError
from glue_jobs.core.record_text import PIECE_BYTES, RecordText
from glue_jobs.core.sources.file_lines import count_lines, lines_of, whole_lines
from glue_jobs.core.sources.noted_file import NotedFile
from glue_jobs.core.storage import OpenFile, Storage

_PACKED_OTHERWISE = (".bz2", ".deflate", ".lz4", ".snappy", ".xz", ".zip", ".zst")

_SCHEMA = arrow_schema(RECORDS)


def read_noted(storage: Storage, noted: NotedFile) -> Iterator[RecordText]:
    """A record for each line of the file (`file_lines`).

    Raises:
        SourceError: it cannot be read or unpacked to its end, or is not what was noted, before or after.
    """
    place = f"{storage.uri}/{noted.path}"
    if noted.path.lower().endswith(_PACKED_OTHERWISE):
        raise SourceError(f"{place}: give it plain or gzipped, with a name that ends in .gz")
    try:
        with storage.open_file(noted.path) as file:
            _refuse_change(place, noted, file)
            for text in whole_lines(_pieces(file)):
                yield RecordText(count_lines(text), pa.py_buffer(text), None, partial(_records, text))
        with storage.open_file(noted.path) as file:
            _refuse_change(place, noted, file)
    except (OSError, EOFError, zlib.error) as error:
        _refuse_half(storage, noted)
        raise SourceError(f"{place} cannot be read: {error}; put a whole file in its place") from error


def _pieces(file: OpenFile) -> Iterator[bytes]:
    """The content, unpacked."""
    packed = file.facts.path.lower().endswith(".gz")
    # All that unpacking asks of a file is its method `read`.
    source = GzipFile(fileobj=cast(Any, file)) if packed else file
    while piece := source.read(PIECE_BYTES):
        yield piece


def _records(text: bytes) -> pa.Table:
    return completed(pa.table({"data": lines_of(text)}), _SCHEMA)


def _refuse_change(place: str, noted: NotedFile, file: OpenFile) -> None:
    if not noted.is_still(file.facts):
        raise SourceError(
            f"{place} changed while it was read; let what writes it come to its end, or move whole files in, "
            "and start the job again to read it anew"
        )


def _refuse_half(storage: Storage, noted: NotedFile) -> None:
    """What cannot be read may be half a file, which is still being written; that is told as such."""
    try:
        with storage.open_file(noted.path) as file:
            _refuse_change(f"{storage.uri}/{noted.path}", noted, file)
    except OSError:
        return  # it cannot be opened either: the first error says more
