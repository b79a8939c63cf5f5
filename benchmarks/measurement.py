"""What one engine took, worked out from its process and the events of its batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from benchmarks.engine_process import EngineProcess, Event


@dataclass(frozen=True)
class Measurement:
    """One run of one engine. Times in seconds; None where the run does not show it.

    startup        from the start of the process to the begin of its first batch
    steady         records a second in the batches after the first: from the end of the first to the end
                   of the last that carried records
    empty_batch    the longest batch without records, which closes windows at the end
    """

    engine: str
    records: int
    seconds: float
    startup: float
    steady: float | None
    empty_batch: float | None
    cpu_seconds: float
    peak_bytes: int

    @property
    def records_per_second(self) -> float:
        return self.records / self.seconds

    @property
    def records_per_cpu_second(self) -> float:
        """Unlike the rates by the clock, this one is hardly disturbed by other programs."""
        return self.records / self.cpu_seconds

    @property
    def cpu_per_million(self) -> float:
        """Processor seconds that a million records take."""
        return self.cpu_seconds / self.records * 1e6


def measured(engine: str, process: EngineProcess, records: int, seconds: float) -> Measurement:
    """The figures of a process that has run to its end."""
    events = process.events()
    empty = [event["duration_seconds"] for event in events if event["records_in"] == 0]
    return Measurement(
        engine=engine,
        records=records,
        seconds=seconds,
        startup=min(_began(event) for event in events) - process.started,
        steady=_steady([event for event in events if event["records_in"]]),
        empty_batch=max(empty, default=None),
        cpu_seconds=process.cpu_seconds,
        peak_bytes=process.peak_bytes,
    )


def _steady(events: Sequence[Event]) -> float | None:
    """Queries side by side count as one: a batch has ended when it has in all of them."""
    ends: dict[int, float] = {}
    records: dict[int, int] = {}
    for event in events:
        batch = event["batch"]
        ends[batch] = max(ends.get(batch, 0.0), _began(event) + event["duration_seconds"])
        records[batch] = event["records_in"]
    if len(ends) < 2:
        return None
    first, last = min(ends), max(ends)
    return (sum(records.values()) - records[first]) / (ends[last] - ends[first])


def _began(event: Event) -> float:
    return datetime.fromisoformat(event["time"]).timestamp()
