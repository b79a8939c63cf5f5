"""What one run of one engine took, worked out from its process and the events of its batches."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from itertools import pairwise
from typing import Any

from benchmarks.engine_process import EngineFailed, EngineProcess, Event, Sample
from benchmarks.spread import spread_of


@dataclass(frozen=True)
class Measurement:
    """One run of one engine. None where the run does not show it.

    seconds                         the whole run, start of the process to its end
    records_per_second              of the whole run
    startup_seconds                 from the start of the process to the begin of its first batch
    steady_records_per_second       in the second half of the batches that carried records (`steady_part`)
    cpu_seconds_per_million         processor time for a million records, of the whole run
    steady_cpu_seconds_per_million  the same of the second half of the batches
    empty_batch_seconds             the longest batch without records, which closes windows at the end
    peak_bytes                      memory of all its processes together, shared pages once
    """

    seconds: float
    records_per_second: float
    startup_seconds: float
    steady_records_per_second: float | None
    cpu_seconds_per_million: float
    steady_cpu_seconds_per_million: float | None
    empty_batch_seconds: float | None
    peak_bytes: int


def measured(process: EngineProcess, records: int, seconds: float) -> Measurement:
    """The figures of a process that has run to its end in `seconds`.

    Raises:
        EngineFailed: it has done no batch.
    """
    events = process.events()
    if not events:
        raise EngineFailed("it came to a good end, but printed no event of a batch")
    steady = steady_part([event for event in events if event["records_in"]])
    return Measurement(
        seconds=seconds,
        records_per_second=records / seconds,
        startup_seconds=min(began(event) for event in events) - process.started,
        steady_records_per_second=steady.records / (steady.ends - steady.begins) if steady else None,
        cpu_seconds_per_million=process.cpu_seconds / records * 1e6,
        steady_cpu_seconds_per_million=_cpu_per_million(process.samples, steady) if steady else None,
        empty_batch_seconds=max(
            (event["duration_seconds"] for event in events if event["records_in"] == 0), default=None
        ),
        peak_bytes=process.peak_bytes,
    )


def summary(runs: Sequence[Measurement]) -> dict[str, Any]:
    """Each figure of several runs of one engine: `{"median": …, "least": …, "most": …}`, or None."""
    spreads = {
        field.name: spread_of([getattr(run, field.name) for run in runs]) for field in fields(Measurement)
    }
    return {name: asdict(spread) if spread else None for name, spread in spreads.items()}


@dataclass(frozen=True)
class SteadyPart:
    """The second half of a run's batches, in times of day, and the records in it."""

    begins: float
    ends: float
    records: int


def steady_part(events: Sequence[Event]) -> SteadyPart | None:
    """From the end of the first half of the batches to the end of the last; None for a single batch.

    By then the JVM has compiled what is busy. Queries side by side count as one: a batch has ended when it
    has in all.
    """
    ends: dict[int, float] = {}
    records: dict[int, int] = {}
    for event in events:
        batch = event["batch"]
        ends[batch] = max(ends.get(batch, 0.0), ended(event))
        records[batch] = event["records_in"]
    if len(ends) < 2:
        return None
    batches = sorted(ends)
    counted = batches[len(batches) // 2 :]
    before = batches[len(batches) // 2 - 1]
    return SteadyPart(ends[before], ends[counted[-1]], sum(records[batch] for batch in counted))


def began(event: Event) -> float:
    """When the batch's trigger fired, in seconds since 1970-01-01 UTC."""
    return datetime.fromisoformat(event["time"]).timestamp()


def ended(event: Event) -> float:
    """When the batch was committed."""
    return float(began(event) + event["duration_seconds"])


def peak_during(samples: Sequence[Sample], event: Event) -> int | None:
    """The most memory while a batch ran; None where it was too short for a sample."""
    during = [one.resident_bytes for one in samples if began(event) <= one.time <= ended(event)]
    return max(during, default=None)


def _cpu_per_million(samples: Sequence[Sample], part: SteadyPart) -> float | None:
    begins, ends = _cpu_at(samples, part.begins), _cpu_at(samples, part.ends)
    return None if begins is None or ends is None else (ends - begins) / part.records * 1e6


def _cpu_at(samples: Sequence[Sample], moment: float) -> float | None:
    """Between two samples processor time is taken to have grown evenly."""
    for one, other in pairwise(samples):
        if one.time <= moment <= other.time:
            share = (moment - one.time) / (other.time - one.time)
            return one.cpu_seconds + share * (other.cpu_seconds - one.cpu_seconds)
    return None
