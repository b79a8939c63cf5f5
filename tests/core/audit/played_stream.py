"""A stream played without Spark: what the job leaves in lake and checkpoint, by a model of Spark's rule.

The watermark of a batch is the newest event of the batches before it, in whole milliseconds, less the delay.
A batch takes an event unless the batch before it has published its window, and publishes the windows that end
by its own watermark. In each window all records are of one group of each table. Where repeats are dropped,
the first batch that brings an event counts it, by whichever of its records there it meets first.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, TypeAlias
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq

from glue_jobs.contracts.contract import TableContract
from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT, QUARANTINE, RAW
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.audit.accounts import Audit
from glue_jobs.core.audit.lake import Pipeline, audit_files, audited_query, lake_of
from glue_jobs.core.audit.record_counts import RecordCounts
from glue_jobs.core.batch_files import Batch
from glue_jobs.core.catalog import Catalog
from glue_jobs.core.checkpoint import DEFINITION
from glue_jobs.core.event_keys import PAYLOAD
from glue_jobs.core.hours import Range
from glue_jobs.core.partitions import hour_values, partition_folder
from glue_jobs.core.pieces import Redrive
from glue_jobs.core.storage import Storage, open_storage
from glue_jobs.core.windows import Windows
from tests.core.buckets import write
from tests.events import payload

QUERY = str(UUID(int=7))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)
"""When the first batch is planned."""

PIPELINE = Pipeline(EVENT, AGGREGATES, RAW, QUARANTINE)
Event: TypeAlias = tuple[datetime, int | None]
"""Its time, and its signal; None where that is unknown."""


@dataclass
class PlayedStream:
    """The stream so far; `published`, `late` and `open` are by window, `newest` by batch with events.

    Repeats are told by the payload, by the time alone, or not at all.
    """

    root: str
    apart: timedelta = timedelta(seconds=20)
    deduplicate: tuple[str, ...] = ()
    newest: dict[int, datetime] = field(default_factory=dict)
    watermarks: list[datetime] = field(default_factory=list)
    accepted: "Counter[datetime]" = field(default_factory=Counter)
    published: "Counter[datetime]" = field(default_factory=Counter)
    rejected: int = 0
    raw: int = 0
    _held: dict[datetime, set[object]] = field(default_factory=lambda: defaultdict(set))
    _late: dict[datetime, set[object]] = field(default_factory=lambda: defaultdict(set))
    _open: dict[datetime, list[Event]] = field(default_factory=lambda: defaultdict(list))

    @property
    def lake_uri(self) -> str:
        return f"{self.root}/lake"

    @property
    def checkpoint_uri(self) -> str:
        return f"{self.root}/checkpoint"

    @cached_property
    def lake(self) -> Storage:
        return open_storage(self.lake_uri)

    @cached_property
    def checkpoint(self) -> Storage:
        write(open_storage(self.checkpoint_uri), "metadata", json.dumps({"id": QUERY}).encode())
        definition = json.dumps({"deduplicate": self.deduplicate}).encode()
        write(open_storage(self.checkpoint_uri), DEFINITION, definition)
        return open_storage(self.checkpoint_uri)

    @property
    def open(self) -> "Counter[datetime]":
        """What the state store holds."""
        return Counter({start: len(events) for start, events in self._open.items()})

    @property
    def late(self) -> "Counter[datetime]":
        """Events that came late alone."""
        return Counter({start: len(late - self._held[start]) for start, late in self._late.items()})

    @property
    def repeated(self) -> "Counter[datetime]":
        """Records beyond the first of an event."""
        held = Counter({start: len(keys) for start, keys in self._held.items()})
        return self.accepted - held - self.late

    def batch(self, events: Sequence[Event] = (), malformed: int = 0, keep_raw: bool = True) -> None:
        """Run one batch to its end."""
        number, time = len(self.watermarks), self.time_of(len(self.watermarks))
        newest = max((self.newest[batch] for batch in self.newest), default=EPOCH + EVENT.watermark)
        watermark = newest.replace(microsecond=newest.microsecond // 1000 * 1000) - EVENT.watermark
        before = self.watermarks[-1] if self.watermarks else EPOCH
        self.watermarks.append(watermark)
        self._take(events, before)
        if events:
            self.newest[number] = max(moment for moment, _ in events)
        if keep_raw:
            self._put_raw(events, malformed, time)
        self._reject(malformed, time)
        for start in sorted(start for start in self._open if start + EVENT.window <= watermark):
            self._publish(start, self._open.pop(start))
        self._log(number, time, watermark)

    def redrive(self, events: Sequence[Event], number: int, hour: datetime = BEGIN) -> str:
        """Append mended records to an hour of raw; the path of their file."""
        name = Redrive(QUERY, number, until=len(self.watermarks) - 1).file_name
        path = f"{partition_folder(RAW, hour_values(hour))}/{name}"
        self.put(RAW, path, _records(events, hour))
        return path

    def forget_plans(self, before: int) -> None:
        """What Spark does with old ones."""
        logs = [f"{log}/{batch}" for log in ("offsets", "commits") for batch in range(before)]
        self.checkpoint.delete_files(logs)

    def audit(self, which: Range | None = None, catalog: Catalog | None = None) -> Audit:
        """The audit of the lake, with what the model holds open."""
        selected = which or Range()
        lake, query = lake_of(self.lake_uri, PIPELINE, catalog), audited_query(self.checkpoint_uri)
        counts = RecordCounts(Windows(EVENT, AGGREGATES, EVENT.window, query.deduplicate))
        return audit_files(PIPELINE, lake, query, counts, self.open, EVENT.watermark, selected)

    def files(self, table: TableContract) -> list[str]:
        """The files of a table in the stream's folders."""
        return sorted(file.path for file in self.lake.list_files(table.path))

    def remove(self, *paths: str) -> None:
        """Lose files of the lake."""
        self.lake.delete_files(paths)

    def copy(self, path: str, to: str) -> None:
        """Have the content of a file once more."""
        write(self.lake, to, self.lake.read_file(path))

    def rows(self, path: str) -> list[dict[str, Any]]:
        """What a file holds."""
        found: list[dict[str, Any]] = pq.read_table(pa.BufferReader(self.lake.read_file(path))).to_pylist()
        return found

    def put(self, table: TableContract, path: str, rows: Sequence[dict[str, Any]]) -> None:
        """Write rows of a table as a file."""
        with self.lake.new_file(path) as file:
            pq.write_table(pa.Table.from_pylist(list(rows), arrow_schema(table.schema)), file)

    def rows_of(self, table: TableContract, counts: "Counter[datetime]") -> list[dict[str, Any]]:
        """The rows of a table for so many records of each window, of unknown signal."""
        return [_row(table, start, [(start, None)] * count) for start, count in counts.items()]

    def time_of(self, batch: int) -> datetime:
        """When a batch is planned."""
        return BEGIN + batch * self.apart

    def _take(self, events: Sequence[Event], closed_until: datetime) -> None:
        backwards = len(self.watermarks) % 2 == 0
        for moment, signal in reversed(events) if backwards else events:
            start, key = moment - (moment - EPOCH) % EVENT.window, self._key(moment, signal)
            self.accepted[start] += 1
            if start + EVENT.window <= closed_until:
                self._late[start].add(key)
            elif key not in self._held[start]:
                self._held[start].add(key)
                self._open[start].append((moment, signal))

    def _key(self, moment: datetime, signal: int | None) -> object:
        """What is equal for two records of one event."""
        if not self.deduplicate:
            return object()
        return (moment, signal) if self.deduplicate == PAYLOAD else moment

    def _put_raw(self, events: Sequence[Event], malformed: int, time: datetime) -> None:
        rows = _records(events, time) + [{"data": b"no json", "arrival_time": time}] * malformed
        self.raw += len(rows)
        for part, some in enumerate((rows[::2], rows[1::2])):  # two tasks
            if some:
                self.put(RAW, self._path(RAW, time, part), some)

    def _reject(self, malformed: int, time: datetime) -> None:
        self.rejected += malformed
        if malformed:
            rows = [{"reason": "malformed_json", "payload": b"no json"}] * malformed
            self.put(QUARANTINE, self._path(QUARANTINE, time, 0), rows)

    def _publish(self, start: datetime, events: Sequence[Event]) -> None:
        self.published[start] += len(events)
        for aggregate in AGGREGATES:
            part = int((start - EPOCH) / EVENT.window)  # a file for each window: one to lose
            self.put(
                aggregate.table,
                self._path(aggregate.table, start, part),
                [_row(aggregate.table, start, events)],
            )

    def _path(self, table: TableContract, moment: datetime, part: int) -> str:
        name = Batch(QUERY, len(self.watermarks) - 1).file_name(part)
        return f"{partition_folder(table, hour_values(moment))}/{name}"

    def _log(self, number: int, time: datetime, watermark: datetime) -> None:
        times = {"batchWatermarkMs": _ms(watermark), "batchTimestampMs": _ms(time), "conf": {}}
        write(self.checkpoint, f"offsets/{number}", f"v1\n{json.dumps(times)}\n{{}}".encode())
        write(self.checkpoint, f"commits/{number}", b"v1\n{}")


def _records(events: Sequence[Event], arrival: datetime) -> list[dict[str, Any]]:
    """The rows of raw for these events."""
    payloads = (
        payload(timestamp=moment.isoformat(), signal=99 if signal is None else signal)
        for moment, signal in events
    )
    return [{"data": data, "arrival_time": arrival} for data in payloads]


def _row(table: TableContract, start: datetime, events: Sequence[Event]) -> dict[str, Any]:
    known = sum(signal is not None for _, signal in events)
    counts = {
        "record_count": known,
        "precision_count": len(events),
        "satellites_count": len(events),
        "status_count": len(events),
    }
    row = {
        "window_start": start,
        "window_end": start + EVENT.window,
        "status": 0,
        "provider": "gps",
        **counts,
    }
    return {name: row.get(name) for name in table.schema.fieldNames()}


def _ms(moment: datetime) -> int:
    return int((moment - EPOCH) / timedelta(milliseconds=1))
