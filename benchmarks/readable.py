"""When records arrived, when what became of them could be read, and what lies between."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import pyarrow.parquet as pq

from benchmarks.engine_process import EngineFailed, Event
from benchmarks.spread import percentile

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Watcher:
    """Lists a lake again and again, as a reader does who knows nothing of the job."""

    def __init__(self, lake: Path) -> None:
        self._lake = lake
        self.seen: dict[Path, float] = {}

    def look(self, now: float) -> None:
        """Note the files that are there and were not before."""
        for file in self._lake.rglob("part-*.parquet"):
            self.seen.setdefault(file, now)

    def windows(self) -> dict[datetime, float]:
        """End of a window → when the last file that holds rows of it was seen."""
        return _latest(
            (end, seen)
            for file, seen in self._below("aggregations")
            for end in set(pq.read_table(file, columns=["window_end"])["window_end"].to_pylist())
        )

    def rejects(self) -> dict[str, float]:
        """Record in quarantine → when its file was seen."""
        return _latest(
            (payload.decode(), seen)
            for file, seen in self._below("quarantine")
            for payload in pq.read_table(file, columns=["payload"])["payload"].to_pylist()
        )

    def _below(self, folder: str) -> Iterator[tuple[Path, float]]:
        return ((file, seen) for file, seen in self.seen.items() if file.is_relative_to(self._lake / folder))


def _newest(tick: Event) -> datetime:
    return datetime.fromisoformat(tick["newest"])


def _latest(found: Iterable[tuple[T, float]]) -> dict[T, float]:
    latest: dict[T, float] = {}
    for what, seen in found:
        latest[what] = max(latest.get(what, seen), seen)
    return latest


def closing_arrivals(
    ticks: Sequence[Event], window: timedelta, watermark: timedelta
) -> dict[datetime, float]:
    """End of a window → when the first record came that closes it: one of `end + watermark` or later.

    `ticks` are what the sender printed, in order; windows are aligned to the epoch.
    """
    arrivals: dict[datetime, float] = {}
    for earlier, tick in pairwise(ticks):
        closed, now_closed = (_newest(one) - watermark for one in (earlier, tick))
        end = _EPOCH + (closed - _EPOCH) // window * window + window
        while end <= now_closed:
            arrivals[end] = tick["arrived"]
            end += window
    return arrivals


def reject_arrivals(ticks: Sequence[Event]) -> dict[str, float]:
    """The record of each tick that breaks the contract → when it arrived."""
    return {tick["reject"]: tick["arrived"] for tick in ticks}


def waits(arrived: Mapping[T, float], seen: Mapping[T, float], since: float) -> list[float]:
    """Seconds from each arrival at or after `since`, a time of day, until it was seen.

    Raises:
        EngineFailed: one of them was never seen.
    """
    wanted = {what: moment for what, moment in arrived.items() if moment >= since}
    missing = [what for what in wanted if what not in seen]
    if missing or not wanted:
        raise EngineFailed(f"{len(missing)} of {len(wanted)} never became readable; the first: {missing[:1]}")
    return [seen[what] - moment for what, moment in wanted.items()]


def percentiles(seconds: Sequence[float]) -> dict[str, Any]:
    """`samples`, `p50`, `p99` and `most`."""
    return {
        "samples": len(seconds),
        "p50": percentile(seconds, 0.5),
        "p99": percentile(seconds, 0.99),
        "most": max(seconds),
    }
