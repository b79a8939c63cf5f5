"""Which hours of a lake are closed: the stream adds nothing to them any more.

A window is published by the batch whose watermark has passed the window's end, and no later batch takes a
record for it. So once a batch is done, its watermark says which windows are complete; an hour of an aggregate
table is closed when the last window that starts in it is. Raw and quarantine are cut by the time at which a
batch was planned: their hour is closed when a batch of a later hour is done.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from glue_jobs.core.checkpoint import (
    DEFINITION,
    interrupted_rewind,
    kept_definition,
    newest_done,
    planned_batch,
    query_id,
    window_length,
)
from glue_jobs.core.errors import SluiceError
from glue_jobs.core.lease import checkpoint_errors
from glue_jobs.core.storage import open_storage

if TYPE_CHECKING:
    from glue_jobs.core.table_hours import Hour

HOUR = timedelta(hours=1)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Windows are aligned to it; it is the watermark before the first event."""


class NotKnown(SluiceError):
    """A checkpoint does not say which hours are closed."""


@dataclass(frozen=True)
class Range:
    """The windows, or hours, that start from `begin` on and before `end`; None: no bound."""

    begin: datetime | None = None
    end: datetime | None = None

    def holds(self, start: datetime) -> bool:
        return (self.begin is None or start >= self.begin) and (self.end is None or start < self.end)

    def of(self, counts: "Counter[datetime]") -> "Counter[datetime]":
        """The counts of these windows."""
        return Counter({start: count for start, count in counts.items() if self.holds(start)})

    def hours(self, hours: "Iterable[Hour]") -> "list[Hour]":
        """The hours that such windows start in."""
        later = (hour for hour in hours if self.begin is None or hour.begins + HOUR > self.begin)
        return [hour for hour in later if self.end is None or hour.begins < self.end]


@dataclass(frozen=True)
class Progress:
    """How far a query has come.

    query       its id
    batch       the newest batch that is done
    watermark   that batch's: windows that end by it are published and get no record any more
    time        when that batch was planned
    window      length of the query's windows, which are aligned to the epoch
    deduplicate what it tells repeats of an event by (`event_keys`)
    """

    query: str
    batch: int
    watermark: datetime
    time: datetime
    window: timedelta
    deduplicate: tuple[str, ...] = ()

    def windows_closed(self, hour: datetime) -> bool:
        """Whether every window that starts in the hour from `hour` on is published."""
        return self._end_of_last_window(hour) <= self.watermark

    def ingest_closed(self, hour: datetime) -> bool:
        """Whether every batch planned in the hour from `hour` on is done, and the next is a later one."""
        return hour + HOUR <= whole_hour(self.time)

    def _end_of_last_window(self, hour: datetime) -> datetime:
        after = -(-(hour + HOUR - EPOCH) // self.window)  # windows up to the hour's end, rounded up
        return EPOCH + after * self.window


def progress(checkpoint_uri: str) -> Progress | None:
    """How far the query of a checkpoint has come; None where no batch is done.

    Raises:
        NotKnown: there is no checkpoint, another program made it, or a rewind of it was interrupted.
        SinkError: it cannot be read.
    """
    query = query_id(checkpoint_uri)
    if query is None:
        raise NotKnown(
            f"--checkpoint_uri {checkpoint_uri}: no query has begun there; give the checkpoint of the job "
            "that writes the lake"
        )
    _refuse_interrupted_rewind(checkpoint_uri)
    storage = open_storage(checkpoint_uri)
    with checkpoint_errors(checkpoint_uri):
        batch = newest_done(storage)
        if batch < 0:
            return None
        plan = planned_batch(checkpoint_uri, batch)
        kept = kept_definition(storage) or {}
    window = window_length(kept)
    if window is None:
        raise NotKnown(
            f"--checkpoint_uri {checkpoint_uri}: it has no {DEFINITION} that says how long windows are, so "
            "another program made it; give the checkpoint of the job that writes the lake"
        )
    return Progress(query, batch, plan.watermark, plan.time, window, tuple(kept.get("deduplicate", ())))


def whole_hour(moment: datetime) -> datetime:
    """The start of the hour that holds it."""
    return moment.replace(minute=0, second=0, microsecond=0)


def _refuse_interrupted_rewind(checkpoint_uri: str) -> None:
    rewind = interrupted_rewind(checkpoint_uri)
    if rewind is not None:
        raise NotKnown(
            f"--checkpoint_uri {checkpoint_uri}: a rewind was interrupted, what is published may go; end it: "
            f"`sluice doctor {checkpoint_uri} --rewind {rewind.batch} --lake_uri {rewind.lake_uri}`"
        )
