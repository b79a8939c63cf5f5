"""The lines of one landed object, each with its number there, in memory that does not grow with the object.

An empty line is no record: it is passed over, counted as such, and has its number. It comes of a producer
that ends its records with a line feed where the delivery adds another one. All else is a record, and the
contract says what of it is one: several JSON objects on one line, which is what a delivery without any
delimiter gives, are `malformed_json`, as is a JSON array.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from glue_jobs.contracts.records import RECORDS
from glue_jobs.core.arrow_schema import UTC_MICROSECONDS, arrow_schema, completed
from glue_jobs.core.errors import SourceError
from glue_jobs.core.landing.objects import mark_of
from glue_jobs.core.landing.unpack import Unpacked
from glue_jobs.core.record_text import RecordText, texts_of
from glue_jobs.core.sources.file_lines import count_lines, lines_of, whole_lines
from glue_jobs.core.storage import LocalStorage, Storage, StoredFile

_SCHEMA = arrow_schema(RECORDS)


@dataclass(frozen=True)
class LandedText(RecordText):
    """Records of one object: its number in the part, and the line of each, from 1."""

    object: int
    lines: NDArray[np.int64]


class LandedObject:
    """One object of a plan; `number` is its place in its part.

    When all texts were taken, `broken_at` is the line at which its packed content is damaged, or None, and
    `rest` what there is of that line; `empty_lines` were passed over.
    """

    def __init__(self, lake: Storage, planned: StoredFile, number: int, most_bytes: int) -> None:
        self._lake = lake
        self._number = number
        self._most_bytes = most_bytes
        self._landed = pa.scalar(datetime.fromtimestamp(planned.modified, UTC), UTC_MICROSECONDS)
        self.planned = planned
        self.broken_at: int | None = None
        self.rest = b""
        self.empty_lines = 0

    def texts(self) -> Iterator[LandedText]:
        """Its records; they arrived when the object landed.

        Raises:
            SourceError: it is gone, or another than was planned, or cannot be read.
        """
        with self._source_errors(), self._lake.open_file(self.planned.path) as file:
            self._refuse_change(file.facts)
            unpacked = Unpacked(file.read)
            line = 1
            for text in whole_lines(unpacked.pieces(), self._most_bytes):
                if unpacked.broken:
                    self.rest = text[:-1]
                    break
                yield from self._texts_of(text, line)
                line += count_lines(text)
            self.broken_at = line if unpacked.broken else None
            self._refuse_late_change()

    def _texts_of(self, text: bytes, first: int) -> Iterator[LandedText]:
        count = count_lines(text)
        lines = np.arange(first, first + count, dtype=np.int64)
        if not _has_empty_lines(text):
            yield self._text(RecordText(count, pa.py_buffer(text), None, partial(self._records, text)), lines)
            return
        data = lines_of(text, self._most_bytes)
        there = pc.greater(pc.binary_length(data), 0)
        lines = lines[there.to_numpy(zero_copy_only=False)]
        self.empty_lines += count - len(lines)
        for some in texts_of(pa.table({"data": data.filter(there)})):
            yield self._text(some, lines[: some.count])
            lines = lines[some.count :]

    def _text(self, some: RecordText, lines: NDArray[np.int64]) -> LandedText:
        arrival = pa.repeat(self._landed, some.count)
        return LandedText(some.count, some.text, arrival, some.records, self._number, lines)

    def _records(self, text: bytes) -> pa.Table:
        return completed(pa.table({"data": lines_of(text, self._most_bytes)}), _SCHEMA)

    def _refuse_change(self, facts: StoredFile) -> None:
        if mark_of(facts) != mark_of(self.planned):
            raise SourceError(gone_or_changed(self._lake, self.planned, "is another one than"))

    def _refuse_late_change(self) -> None:
        """On S3 every read is of one version; on a disk somebody may have written on."""
        if isinstance(self._lake, LocalStorage):
            with self._lake.open_file(self.planned.path) as file:
                self._refuse_change(file.facts)

    @contextmanager
    def _source_errors(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise SourceError(gone_or_changed(self._lake, self.planned, "is gone, not as")) from error
        except FileExistsError as error:  # the version that was opened is no longer there
            raise SourceError(gone_or_changed(self._lake, self.planned, "is another one than")) from error
        except OSError as error:
            raise SourceError(f"cannot read {self._lake.uri}/{self.planned.path}: {error}") from error


def gone_or_changed(lake: Storage, planned: StoredFile, how: str) -> str:
    """What to say of an object that is not what a run has planned to take."""
    return (
        f"{lake.uri}/{planned.path} {how} the run that takes it has planned; put back what it was, or give "
        "--leave_out_missing true: the run is done without it, and the next takes what is there then"
    )


def _has_empty_lines(text: bytes) -> bool:
    return text.startswith((b"\n", b"\r\n")) or b"\n\n" in text or b"\n\r\n" in text
