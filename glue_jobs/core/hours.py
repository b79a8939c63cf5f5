"""Which hours of a lake are closed: the stream adds nothing to them any more.

A window is published by the batch whose watermark has passed the window's end, and no later batch takes a
record for it. So once a batch is done, its watermark says which windows are complete; an hour of an aggregate
table is closed when the last window that starts in it is. Raw and quarantine are cut by the time at which a
batch was planned: their hour is closed when a batch of a later hour is done.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from glue_jobs.core.checkpoint import DEFINITION, interrupted_rewind, newest_done, planned_batch, query_id
from glue_jobs.core.errors import SluiceError
from glue_jobs.core.lease import checkpoint_errors
from glue_jobs.core.storage import open_storage

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


class NotKnown(SluiceError):
    """A checkpoint does not say which hours are closed."""


@dataclass(frozen=True)
class Progress:
    """How far a query has come.

    query       its id
    batch       the newest batch that is done
    watermark   that batch's: windows that end by it are published and get no record any more
    time        when that batch was planned
    window      length of the query's windows, which are aligned to the epoch
    """

    query: str
    batch: int
    watermark: datetime
    time: datetime
    window: timedelta

    def windows_closed(self, hour: datetime) -> bool:
        """Whether every window that starts in the hour from `hour` on is published."""
        return self._end_of_last_window(hour) <= self.watermark

    def ingest_closed(self, hour: datetime) -> bool:
        """Whether every batch planned in the hour from `hour` on is done, and the next is a later one."""
        return hour + HOUR <= _whole_hour(self.time)

    def _end_of_last_window(self, hour: datetime) -> datetime:
        after = -(-(hour + HOUR - _EPOCH) // self.window)  # windows up to the hour's end, rounded up
        return _EPOCH + after * self.window


def closed_until(checkpoint_uri: str) -> datetime | None:
    """The time by which every window that ends is published for good; None where no batch is done."""
    reached = progress(checkpoint_uri)
    return None if reached is None else reached.watermark


def progress(checkpoint_uri: str) -> Progress | None:
    """How far the query of a checkpoint has come; None where no batch is done.

    Raises:
        NotKnown: another program made the checkpoint, or a rewind of it was interrupted.
        SinkError: it cannot be read.
    """
    query = query_id(checkpoint_uri)
    if query is None:
        return None
    _refuse_interrupted_rewind(checkpoint_uri)
    storage = open_storage(checkpoint_uri)
    with checkpoint_errors(checkpoint_uri):
        batch = newest_done(storage)
        if batch < 0:
            return None
        plan = planned_batch(checkpoint_uri, batch)
    return Progress(query, batch, plan.watermark, plan.time, _window(checkpoint_uri))


def hour_start(values: Sequence[str]) -> datetime:
    """When the hour of a partition begins: `("2026-11-21", "07")` → 07:00 UTC of that day."""
    return datetime.fromisoformat(f"{values[0]}T{values[1]}:00:00+00:00")


def _whole_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _window(checkpoint_uri: str) -> timedelta:
    try:
        kept = open_storage(checkpoint_uri).read_file(DEFINITION)
    except FileNotFoundError:
        raise NotKnown(
            f"--checkpoint_uri {checkpoint_uri}: it has no {DEFINITION}, so another program made it; "
            "give the checkpoint of the job that writes the lake"
        ) from None
    with checkpoint_errors(checkpoint_uri):
        return timedelta(seconds=json.loads(kept)["window_seconds"])


def _refuse_interrupted_rewind(checkpoint_uri: str) -> None:
    rewind = interrupted_rewind(checkpoint_uri)
    if rewind is not None:
        raise NotKnown(
            f"--checkpoint_uri {checkpoint_uri}: a rewind was interrupted, what is published may go; end it: "
            f"`sluice doctor {checkpoint_uri} --rewind {rewind.batch} --lake_uri {rewind.lake_uri}`"
        )
