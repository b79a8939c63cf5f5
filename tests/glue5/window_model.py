"""What the job should publish, worked out record by record, without Spark.

The watermark of a batch is the newest event of the batches before it, less ten minutes. At its end a
batch publishes the windows that its watermark has passed, and never again. So a record is late when its
window was published by a batch before: when it ends at or before the watermark of *that* batch. When no
file is left, one more batch without records moves the watermark for the last time.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from tests.glue5.input_files import WATERMARK, InputFile

WINDOW = timedelta(minutes=2)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Event: TypeAlias = dict[str, Any]
Row: TypeAlias = dict[str, Any]


@dataclass
class Model:
    """The stream so far: the watermark, the windows that are open, the rows that are published."""

    watermark: datetime = _EPOCH
    watermark_before: datetime = _EPOCH
    newest: datetime = _EPOCH + WATERMARK
    late: int = 0
    open: dict[datetime, list[Event]] = field(default_factory=lambda: defaultdict(list))
    published: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def run(self, files: Sequence[InputFile]) -> None:
        """One run of the job: a batch for each file, and one that closes what can be closed."""
        for file in files:
            self._batch([record.event for record in file.records if record.event is not None])
        self._batch([])

    def _batch(self, events: Iterable[Event]) -> None:
        self.watermark_before, self.watermark = self.watermark, self.newest - WATERMARK
        for event in events:
            self.newest = max(self.newest, event["time"])
            start = event["time"] - (event["time"] - _EPOCH) % WINDOW
            if start + WINDOW <= self.watermark_before:
                self.late += 1
            else:
                self.open[start].append(event)
        for start in [start for start in self.open if start + WINDOW <= self.watermark]:
            self._publish(start, self.open.pop(start))

    def _publish(self, start: datetime, events: list[Event]) -> None:
        window = {"window_start": start, "window_end": start + WINDOW}
        for table, (keys, measured) in TABLES.items():
            for key, group in _grouped(events, keys).items():
                row = {**window, **dict(zip(keys, key, strict=True)), **measured(group)}
                self.published[table].append(row)


def _grouped(events: list[Event], keys: tuple[str, ...]) -> dict[tuple[Any, ...], list[Event]]:
    groups = defaultdict(list)
    for event in events:
        groups[tuple(event[key] for key in keys)].append(event)
    return groups


def _known(group: list[Event], name: str) -> list[float]:
    return [event[name] for event in group if event[name] is not None]


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _signal(group: list[Event]) -> Row:
    known = _known(group, "signal")
    return {
        "average_signal": _mean(known),
        "minimum_signal": min(known, default=None),
        "maximum_signal": max(known, default=None),
        "record_count": len(known),
    }


def _precision(group: list[Event]) -> Row:
    precissions, satellites = _known(group, "precission"), _known(group, "satellites")
    return {
        "average_precision": _mean(precissions),
        "precision_count": len(precissions),
        "average_satellites": _mean(satellites),
        "satellites_count": len(satellites),
    }


def _status(group: list[Event]) -> Row:
    return {"status_count": len(group)}


TABLES: dict[str, tuple[tuple[str, ...], Callable[[list[Event]], Row]]] = {
    "signal_strength_by_operator": (("operator", "postal_code"), _signal),
    "gps_precision_by_provider": (("provider",), _precision),
    "status_count": (("postal_code", "status", "description"), _status),
}
"""Table → its keys, and what it says about a group of events."""
