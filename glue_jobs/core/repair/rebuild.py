"""Making closed hours anew from raw, late records included, and putting them in the place of what stands.

Every record of a closed hour that the contract accepts is in raw, in a file of a batch that is done, however
late it came. So the tables of the hour are computed from raw alone, and a change of how they are defined
reaches the hours that were published before it.

Nothing is written before everything is looked at: an hour is not replaced that the stream may still add to,
nor one of which raw holds less than is published. An hour whose standing version was made of the same records
by the same definition is left as it is. Then one hour of a table after the other is written and switched
(`repair.switch`), in order of time; a rebuild that dies leaves the others as they stood, and the same again
goes on.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from glue_jobs.core.audit.record_counts import RecordCounts
from glue_jobs.core.batch_files import Batch
from glue_jobs.core.errors import SluiceError
from glue_jobs.core.first_cause import first_cause
from glue_jobs.core.repair.hour_before import HourBefore
from glue_jobs.core.repair.raw_rows import partial_rows
from glue_jobs.core.repair.raw_windows import (
    RawHour,
    TableHour,
    raw_hours,
    records_by_window,
    rows_by_hour,
)
from glue_jobs.core.repair.rebuildable import Rebuild, hours_before, raw_files, refuse_lost, refuse_open
from glue_jobs.core.repair.switch import Maintenance, Origin, replace_hour
from glue_jobs.core.repair.versions import Values
from glue_jobs.core.windows import Windows


class RebuildFailed(SluiceError):
    """Spark failed; what is not switched stands as it stood."""


@dataclass(frozen=True)
class Rebuilt:
    """One hour of a table.

    changed      whether it was made anew; if not, it stands as the same would be made
    rows_before  rows that readers got until then; `rows` that they get now
    records      records of the hour in raw that the contract accepts, without repeats where the job drops
                 those: all are in the rows
    late         those of them that were not in the rows before; None where the rows did not tell
    """

    table: str
    hour: Values
    changed: bool
    rows_before: int
    rows: int
    records: int
    late: int | None


def rebuild(spark: SparkSession, place: Maintenance, what: Rebuild) -> Iterator[Rebuilt]:
    """Make the hours anew; gives each hour of a table when it is done.

    Raises:
        RebuildRefused: an hour is open, raw lacks records, or the lake has no catalogue; nothing was changed.
        SourceError: what stands cannot be read, or is of another query.
        SinkError: a file cannot be written, or another maintenance has taken over.
        CatalogError: the catalogue refuses, or an hour no longer lies where it lay.
        RebuildFailed: raw cannot be read, or Spark fails.
    """
    refuse_open(what)
    files = raw_files(place, what)
    with _spark_errors():
        partials = partial_rows(spark, files, what.windows, what.hours).persist()
        try:
            yield from _rebuild(place, what, partials)
        finally:
            partials.unpersist()


def _rebuild(place: Maintenance, what: Rebuild, partials: DataFrame) -> Iterator[Rebuilt]:
    held = raw_hours(partials, what.windows)
    accepted = records_by_window(partials, what.windows)
    wanted: dict[TableHour, HourBefore] = {}
    for begins, before in hours_before(place, what):
        chosen = {table: one for table, one in before.items() if table in what.tables}
        changed = {
            table: one for table, one in chosen.items() if _is_to_do(what, one, table, held.get(begins))
        }
        if changed:
            refuse_lost(what, before, accepted)
        for table, one in chosen.items():
            if table in changed:
                wanted[TableHour(begins, table)] = one
            elif begins in held:
                yield _told(one, held[begins].records, one.rows, changed=False)
    if wanted:
        yield from _replace(place, what, partials, wanted, held)


def _replace(
    place: Maintenance,
    what: Rebuild,
    partials: DataFrame,
    wanted: dict[TableHour, HourBefore],
    held: Mapping[datetime, RawHour],
) -> Iterator[Rebuilt]:
    for key, rows in rows_by_hour(partials, what.windows, list(wanted)):
        before, raw = wanted.pop(key), held[key.begins]
        definition = definition_of(what.windows, key.table)
        newest, inputs = Batch(what.reached.query, raw.newest), _inputs(definition, raw)
        origin = Origin("rebuild", before.files, inputs, newest, definition, raw.redrive)
        manifest = replace_hour(place, before.standing, _whole(key, rows, raw, what.windows), origin)
        yield _told(before, raw.records, manifest.rows, changed=True)
    if wanted:
        raise RebuildFailed(
            f"Spark gave no row of {min(wanted)}, of which raw holds records; run the same again"
        )


def _whole(key: TableHour, rows: Iterable[pa.Table], raw: RawHour, windows: Windows) -> Iterator[pa.Table]:
    """The rows; RebuildFailed at their end where a column that counts every record has another sum."""
    counting = [
        one.name for one in RecordCounts(windows).columns if one.table.name == key.table and one.of is None
    ]
    sums = dict.fromkeys(counting, 0)
    for some in rows:
        for column in counting:
            sums[column] += pc.sum(some[column]).as_py() or 0
        yield some
    for column, count in sums.items():
        if count != raw.records:
            raise RebuildFailed(
                f"{key.table}, hour {key.begins.isoformat()}: {column} would sum up to {count}, and "
                f"raw holds {raw.records} records; the hour stands as it stood"
            )


def _told(before: HourBefore, records: int, rows: int, changed: bool) -> Rebuilt:
    late = max(0, records - before.records.total()) if before.exact else None
    standing = before.standing
    return Rebuilt(standing.table.name, standing.values, changed, before.rows, rows, records, late)


def definition_of(windows: Windows, table: str) -> dict[str, Any]:
    """All that decides what becomes of a record in one table, as JSON; but for the contract's spellings."""
    event, own = windows.event, [one for one in windows.aggregates if one.table.name == table]
    rules = {
        field.name: {name: rule for name, rule in field.metadata.items() if name not in ("meaning", "unit")}
        for field in event.schema
    }
    kinds = {field.name: [field.dataType.simpleString(), field.nullable] for field in event.schema}
    return {
        **Windows(event, tuple(own), windows.length, windows.deduplicate).definition,
        "fields": kinds,
        "rules": rules,
        "event_time": event.event_time,
        "max_ahead_seconds": event.max_ahead.total_seconds(),
    }


def _inputs(definition: dict[str, Any], raw: RawHour) -> str:
    return hashlib.sha256(
        json.dumps([definition, raw.inputs, raw.newest, raw.redrive], sort_keys=True).encode()
    ).hexdigest()


def _is_to_do(what: Rebuild, before: HourBefore, table: str, raw: RawHour | None) -> bool:
    """Whether what stands is not what would be made, as far as that can be told."""
    if raw is None:
        return bool(before.files)  # which is refused
    standing, manifest = before.standing, before.standing.manifest
    same = (
        standing.is_whole
        and manifest is not None
        and manifest.inputs == _inputs(definition_of(what.windows, table), raw)
    )
    return what.again or not same


@contextmanager
def _spark_errors() -> Iterator[None]:
    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise RebuildFailed(
            f"{first_cause(str(error))}; what is not switched stands as it stood, run the same again"
        ) from error
