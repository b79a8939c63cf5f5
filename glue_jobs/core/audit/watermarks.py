"""The watermark of each batch, worked out of the events that the batches before it brought.

Spark plans a batch with the newest event time of all batches before, in whole milliseconds, less the delay;
never less than it was, and at first 1970. In the checkpoint this stays for the last hundred batches only.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from glue_jobs.core.hours import EPOCH

_MILLISECOND = timedelta(milliseconds=1)


class Difference(NamedTuple):
    """A batch whose plan names another watermark than the one worked out."""

    batch: int
    planned: datetime
    worked_out: datetime


@dataclass
class Watermarks:
    """Told of one batch after the other, in order.

    delay    how late an event may be
    planned  the watermarks that plans name, as far as they are kept: where there is one, it counts
    """

    delay: timedelta
    planned: Mapping[int, datetime] = field(default_factory=dict)
    _batches: list[int] = field(default_factory=list)
    _newest: list[datetime] = field(default_factory=list)

    def add(self, batch: int, newest: datetime | None) -> None:
        """A batch and the newest event time it brought; None where it brought no event."""
        if newest is not None:
            self._batches.append(batch)
            self._newest.append(max([newest, *self._newest[-1:]]))

    def of(self, batch: int) -> datetime:
        """The watermark that a batch was planned with: it publishes the windows that end by then."""
        return self.planned[batch] if batch in self.planned else self.worked_out(batch)

    def closed_before(self, batch: int) -> datetime:
        """Records of windows that end by then came too late in this batch: one before has published them.

        It is the watermark of the batch before, for a batch still takes records for the windows it publishes.
        """
        return self.of(batch - 1) if batch > 0 else EPOCH

    def worked_out(self, batch: int) -> datetime:
        """The watermark of a batch by the events alone."""
        before = bisect_left(self._batches, batch)
        if before == 0:
            return EPOCH
        newest = self._newest[before - 1]
        return max(EPOCH, newest - (newest - EPOCH) % _MILLISECOND - self.delay)

    def differences(self, first: int) -> Iterator[Difference]:
        """The batches from `first` on whose plan is kept and says otherwise, in order."""
        for batch in sorted(self.planned):
            if batch >= first and self.planned[batch] != self.worked_out(batch):
                yield Difference(batch, self.planned[batch], self.worked_out(batch))
