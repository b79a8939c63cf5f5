"""What was rejected, why, and what was redriven since: the quarantine, where readers find it."""

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
from glue_jobs.core.pieces import Piece, newest_in, pieces_of, rows_of_group
from glue_jobs.core.repair.ledgers import Redriven
from glue_jobs.core.table_hours import Hour

_NAMES = arrow_schema(REJECTS).names


class Kind(NamedTuple):
    """Records of one hour that were rejected for one reason; `field` None where no field is to blame."""

    hour: datetime
    reason: str
    field: str | None


@dataclass(frozen=True)
class Wanted:
    """Which rejected records: for this reason, for this field, redriven or not; None: any."""

    reason: str | None = None
    field: str | None = None
    redriven: bool | None = None

    def of(self, rows: pa.Table) -> pa.Table:
        """The rows that are wanted."""
        for name, value in (("reason", self.reason), ("field", self.field)):
            if value is not None:
                rows = rows.filter(pc.equal(rows[name], value))
        if self.redriven is not None:
            rows = rows.filter(pc.equal(pc.is_valid(rows["redriven"]), self.redriven))
        return rows


class Counts(NamedTuple):
    """How many records, and how many of them were redriven."""

    records: int
    redriven: int


def count_rejected(hours: Iterable[Hour], wanted: Wanted, redriven: Redriven) -> dict[Kind, Counts]:
    """How many records of each kind; hours are those in which batches took them.

    Raises:
        SourceError: a file cannot be read.
    """
    records: Counter[Kind] = Counter()
    again: Counter[Kind] = Counter()
    for hour in hours:
        for path in hour.files:
            for rows in _read(hour, path, ["reason", "field"], redriven):
                counts = (
                    wanted.of(rows)
                    .group_by(["reason", "field"])
                    .aggregate([([], "count_all"), ("redriven", "count")])
                )
                for group in counts.to_pylist():
                    kind = Kind(hour.begins, group["reason"], group["field"])
                    records[kind] += group["count_all"]
                    again[kind] += group["redriven_count"]
    return {kind: Counts(count, again[kind]) for kind, count in records.items()}


def rejected_records(
    hours: Iterable[Hour], wanted: Wanted, redriven: Redriven, latest_first: bool = True
) -> Iterator[dict[str, Any]]:
    """The rejected records in the order of hours and batches, with the columns of `REJECTS` and three more.

    file      the name of the file that the record was rejected in; `row`, its row there
    redriven  the number of the redrive that took it, or None

    Raises:
        SourceError: a file cannot be read.
    """
    for hour in sorted(hours, key=lambda hour: hour.begins, reverse=latest_first):
        for path in sorted(hour.files, key=_age, reverse=latest_first):
            for rows in _read(hour, path, _NAMES, redriven, latest_first):
                yield from wanted.of(rows).to_pylist()


def _age(path: str) -> tuple[int, str]:
    """Grows with the batch of a file. Merged files have none in their names, and are in order."""
    newest = newest_in(path)
    return -1 if newest is None else newest.number, path


def _read(
    hour: Hour, path: str, names: list[str], redriven: Redriven, backwards: bool = False
) -> Iterator[pa.Table]:
    """These columns of a file, with `file`, `row` and `redriven`; some rows of one piece at a time."""
    file = hour.open_file(path)
    if {*names} - {*file.schema_arrow.names}:
        raise SourceError(f"{hour.place.uri}/{path}: it is no file of a quarantine")
    pieces, groups = pieces_of(path, file.metadata), range(file.num_row_groups)
    for group in reversed(groups) if backwards else groups:
        found = rows_of_group(file, group, pieces, names)
        for piece, first, rows in reversed(found) if backwards else found:
            yield _marked(piece, first, rows, redriven)


def _marked(piece: Piece, first: int, rows: pa.Table, redriven: Redriven) -> pa.Table:
    count = len(rows)
    return (
        rows.append_column("file", pa.array([piece.name] * count, pa.string()))
        .append_column("row", pa.array(range(first, first + count), pa.int64()))
        .append_column("redriven", redriven.numbers(piece.name, first, count))
    )
