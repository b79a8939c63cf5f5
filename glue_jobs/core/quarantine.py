"""What was rejected, and why: the quarantine, where readers find it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from glue_jobs.contracts.records import REJECTS
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.errors import SourceError
from glue_jobs.core.pieces import PieceRows, newest_in, pieces_of, rows_of_group
from glue_jobs.core.table_hours import Hour

_NAMES = arrow_schema(REJECTS).names


class Kind(NamedTuple):
    """Records of one hour that were rejected for one reason; `field` None where no field is to blame."""

    hour: datetime
    reason: str
    field: str | None


@dataclass(frozen=True)
class Wanted:
    """Which rejected records: for this reason, for this field; None: for any."""

    reason: str | None = None
    field: str | None = None

    def of(self, rows: pa.Table) -> pa.Table:
        """The rows that are wanted."""
        for name, value in (("reason", self.reason), ("field", self.field)):
            if value is not None:
                rows = rows.filter(pc.equal(rows[name], value))
        return rows


def count_rejected(hours: Iterable[Hour], wanted: Wanted) -> "Counter[Kind]":
    """How many records of each kind; hours are those in which batches took them.

    Raises:
        SourceError: a file cannot be read.
    """
    counts: Counter[Kind] = Counter()
    for hour in hours:
        for path in hour.files:
            rows = wanted.of(_opened(hour, path, ["reason", "field"]).read(columns=["reason", "field"]))
            for group in rows.group_by(["reason", "field"]).aggregate([([], "count_all")]).to_pylist():
                counts[Kind(hour.begins, group["reason"], group["field"])] += group["count_all"]
    return counts


def rejected_records(hours: Iterable[Hour], wanted: Wanted) -> Iterator[dict[str, Any]]:
    """The rejected records with the columns of `REJECTS`, those of the latest hours and batches first.

    Raises:
        SourceError: a file cannot be read.
    """
    for some in rejected_rows(hours):
        yield from wanted.of(some.rows).to_pylist()


def rejected_rows(hours: Iterable[Hour]) -> Iterator[PieceRows]:
    """All rows of the quarantine, with the pieces that they lie in: latest hours and batches first.

    Raises:
        SourceError: a file cannot be read.
    """
    for hour in sorted(hours, key=lambda hour: hour.begins, reverse=True):
        for path in sorted(hour.files, key=_age, reverse=True):
            file = _opened(hour, path, _NAMES)
            pieces = pieces_of(path, file.metadata)
            for group in reversed(range(file.num_row_groups)):
                yield from reversed(rows_of_group(file, group, pieces, _NAMES))


def _age(path: str) -> tuple[int, str]:
    """Grows with the batch of a file. Merged files have none in their names, and are in order."""
    newest = newest_in(path)
    return -1 if newest is None else newest.number, path


def _opened(hour: Hour, path: str, names: list[str]) -> pq.ParquetFile:
    file = hour.open_file(path)
    if {*names} - {*file.schema_arrow.names}:
        raise SourceError(f"{hour.place.uri}/{path}: it is no file of a quarantine")
    return file
