"""Records in, typed rows and rejects out: the contract applied to whole columns.

Most records are clean. A text of them is parsed at once (`json_rows`), and the values are checked column by
column. What that way is not sure of is judged one by one. The outcome is the judge's in every case; only the
time it takes differs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyspark.sql.types import StructType, TimestampType

from glue_jobs.contracts.contract import EventContract, described
from glue_jobs.contracts.records import REJECTS
from glue_jobs.core.arrow_schema import UTC_MICROSECONDS, arrow_schema
from glue_jobs.core.checked_columns import checked, has_rules
from glue_jobs.core.event_keys import EVENT_KEY, event_keys, fields_of
from glue_jobs.core.json_rows import RowParser
from glue_jobs.core.judge import Judge, Rejection
from glue_jobs.core.record_text import RecordText, records_at

EVENT_TIME = "event_time"
"""The column of decoded rows that holds the event's time."""

_REJECTS = arrow_schema(REJECTS)
Places: TypeAlias = NDArray[np.int64]
_NOWHERE = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Decoded:
    """`accepted` has the columns of `decoded_schema`, perhaps a key, `rejected` those of `REJECTS`.

    `accepted_at` and `rejected_at` say for each of their rows the place of its record among all, from 0.
    """

    accepted: pa.Table
    rejected: pa.Table
    accepted_at: Places
    rejected_at: Places


def decoded_schema(event: EventContract, columns: tuple[str, ...]) -> StructType:
    """The schema of accepted rows: `event_time`, then the named fields of the event."""
    time = described(EVENT_TIME, TimestampType(), "time of the event, UTC", nullable=False)
    return StructType([time, *(event.schema[name] for name in columns)])


class Decoder:
    """Decodes records of one event into `event_time` and the fields named by `columns`.

    Every field of the event is checked, whether it is asked for or not. `key` is what the key of a record is
    made of: fields of the event, or `event_keys.PAYLOAD`. With it, rows are in the order of the records.
    """

    def __init__(self, event: EventContract, columns: tuple[str, ...], key: tuple[str, ...] = ()) -> None:
        self._event = event
        self._judge = Judge(event)
        self._key = key
        self._asked_for = [EVENT_TIME, *columns]
        held = tuple(dict.fromkeys([*columns, *fields_of(key)]))
        self._source_of = {EVENT_TIME: event.event_time, **{name: name for name in held}}
        self._schema = arrow_schema(decoded_schema(event, held))
        self._fields = [field for field in event.schema if field.name in held or has_rules(field, event)]
        self._parser = RowParser(event, [field.name for field in self._fields])

    def decode(self, texts: Sequence[RecordText], batch_time: datetime) -> Decoded:
        """Decode the records; `batch_time` stands in where the source hides the arrival time."""
        if not texts:
            accepted = self._schema.empty_table()
            if self._key:
                accepted = self._keyed(accepted, [], _NOWHERE)
            return Decoded(accepted, _REJECTS.empty_table(), _NOWHERE, _NOWHERE)
        parsed = [self._parser.parse(text) for text in texts]
        certain = pa.concat_arrays([have_row for _, have_row in parsed])
        arrival = pa.concat_arrays([_arrival(text, batch_time) for text in texts])
        rows, fine = self._in_columns(pa.concat_tables([rows for rows, _ in parsed]), arrival.filter(certain))
        certain = pc.replace_with_mask(certain, certain, fine)
        records = records_at(texts, pc.invert(certain))
        judged, verdicts = self._one_by_one(
            pc.fill_null(_whole(records["data"]), b""), arrival.filter(pc.invert(certain))
        )
        accepted = pa.concat_tables([rows, judged])
        places, rejected_at = _places(certain, [verdict is None for verdict in verdicts])
        if self._key:
            accepted, places = self._keyed(accepted, texts, places), np.sort(places)
        return Decoded(accepted, _rejects(records, verdicts), places, rejected_at)

    def _keyed(self, rows: pa.Table, texts: Sequence[RecordText], places: Places) -> pa.Table:
        """The columns that are asked for, and the key of each row, in the order of the records."""
        right = np.zeros(sum(text.count for text in texts), np.bool_)
        right[places] = True
        rows = rows.take(np.argsort(places))
        payloads = records_at(texts, pa.array(right))["data"]
        keys = event_keys(rows.select(fields_of(self._key)), payloads)
        return rows.select(self._asked_for).append_column(EVENT_KEY, keys)

    def _in_columns(self, parsed: pa.Table, arrival: pa.Array) -> tuple[pa.Table, pa.Array]:
        """The rows that are surely accepted, and for each parsed one whether it is among them."""
        values = {}
        fine = pa.array(np.ones(len(parsed), np.bool_))
        for field in self._fields:
            column = _whole(parsed[field.name])
            values[field.name], right = checked(column, field, self._event.spellings.get(field.name))
            fine = pc.and_(fine, right)
        ahead = pc.subtract(values[self._event.event_time], arrival)
        in_time = pc.less_equal(ahead, pa.scalar(self._event.max_ahead, pa.duration("us")))
        fine = pc.and_(fine, pc.fill_null(in_time, False))
        columns = [values[source] for source in self._source_of.values()]
        return pa.table(columns, schema=self._schema).filter(fine), fine

    def _one_by_one(self, data: pa.Array, arrival: pa.Array) -> tuple[pa.Table, list[Rejection | None]]:
        """The rows the judge accepts, and its verdict on each record (None where accepted)."""
        rows: list[dict[str, Any]] = []
        verdicts: list[Rejection | None] = []
        for payload, arrived in zip(data.to_pylist(), arrival.to_pylist(), strict=True):
            verdict = self._judge.judge(payload, arrived)
            if isinstance(verdict, Rejection):
                verdicts.append(verdict)
            else:
                verdicts.append(None)
                rows.append({name: verdict[source] for name, source in self._source_of.items()})
        return pa.Table.from_pylist(rows, self._schema), verdicts


def _places(certain: pa.BooleanArray, judged: Sequence[bool]) -> tuple[Places, Places]:
    """The places of accepted records (the `certain`, then those `judged` right), and of rejected ones."""
    surely = certain.to_numpy(zero_copy_only=False)
    others, right = np.flatnonzero(~surely), np.array(judged, np.bool_)
    return np.concatenate((np.flatnonzero(surely), others[right])), others[~right]


def _whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """One contiguous array."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _arrival(text: RecordText, batch_time: datetime) -> pa.Array:
    stand_in = pa.scalar(batch_time, UTC_MICROSECONDS)
    return pa.repeat(stand_in, text.count) if text.arrival is None else pc.fill_null(text.arrival, stand_in)


def _rejects(records: pa.Table, verdicts: list[Rejection | None]) -> pa.Table:
    """The records with a verdict against them, as rows of the quarantine."""
    against = [verdict is not None for verdict in verdicts]
    rejections = [verdict for verdict in verdicts if verdict is not None]
    blamed = records.filter(pa.array(against, pa.bool_()))
    columns = [
        pa.array([rejection.reason for rejection in rejections], pa.string()),
        pa.array([rejection.field for rejection in rejections], pa.string()),
        blamed["data"],
        *(blamed[name] for name in ("arrival_time", "shard_id", "sequence_number")),
    ]
    return pa.table(columns, schema=_REJECTS)
