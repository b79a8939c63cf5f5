"""What was rejected, and why: the quarantine, where readers find it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from glue_jobs.contracts.records import REJECTS
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.errors import SourceError
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
            rows = wanted.of(_read(hour, path, ["reason", "field"]))
            for group in rows.group_by(["reason", "field"]).aggregate([([], "count_all")]).to_pylist():
                counts[Kind(hour.begins, group["reason"], group["field"])] += group["count_all"]
    return counts


def rejected_records(hours: Iterable[Hour], wanted: Wanted) -> Iterator[dict[str, Any]]:
    """The rejected records with the columns of `REJECTS`, those of the latest hours and batches first.

    Raises:
        SourceError: a file cannot be read.
    """
    for hour in sorted(hours, key=lambda hour: hour.begins, reverse=True):
        for path in sorted(hour.files, key=lambda path: path.partition("-batch-")[2], reverse=True):
            yield from wanted.of(_read(hour, path, _NAMES)).to_pylist()


def _read(hour: Hour, path: str, names: list[str]) -> pa.Table:
    rows = hour.open_file(path).read(columns=names)
    if {*names} - {*rows.column_names}:
        raise SourceError(f"{hour.place.uri}/{path}: it is no file of a quarantine")
    return rows
