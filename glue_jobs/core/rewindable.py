"""Which batches a checkpoint can be taken back to, as far as the checkpoint itself tells.

To go on after a batch as if nothing had followed, Spark needs the batch's own entries in `offsets` and
`commits`, the state as it was then, and for the source `files` the log of what had been taken by then. Of
all of these it keeps the last hundred batches (`spark.sql.streaming.minBatchesToRetain`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from glue_jobs.core import state_files
from glue_jobs.core.checkpoint import PlannedBatch, entries_of, planned_batch
from glue_jobs.core.storage import Storage, open_storage


@dataclass
class History:
    """What a checkpoint has kept of its batches; looked up once, when it is first asked for."""

    checkpoint_uri: str
    _plans: dict[int, PlannedBatch] = field(default_factory=dict)

    @cached_property
    def storage(self) -> Storage:
        return open_storage(self.checkpoint_uri)

    @cached_property
    def planned(self) -> list[int]:
        """The batches whose plan is kept, in order."""
        return sorted(entries_of(self.storage, "offsets"))

    @cached_property
    def committed(self) -> list[int]:
        """The batches that are known to be done, in order."""
        return sorted(entries_of(self.storage, "commits"))

    @cached_property
    def stores(self) -> list[state_files.Store]:
        return state_files.stores(self.storage)

    @cached_property
    def _source_log(self) -> dict[int, str]:
        return entries_of(self.storage, "sources/0")

    def plan(self, batch: int) -> PlannedBatch:
        if batch not in self._plans:
            self._plans[batch] = planned_batch(self.checkpoint_uri, batch)
        return self._plans[batch]

    @property
    def plans(self) -> dict[int, PlannedBatch]:
        """The plans that are kept, by batch, in order."""
        return {batch: self.plan(batch) for batch in self.planned}

    def obstacles(self, batch: int) -> Iterator[str]:
        """Why the query cannot go on right after `batch`, in words; nothing where it can."""
        if batch not in self.planned or batch not in self.committed:
            yield f"batch {batch} {self._without_entries(batch)}"
            return
        plan = self.plan(batch)
        yield from state_files.lacking(self.stores, batch + 1, plan.partitions)
        yield from self._lost_source_log(plan.offsets.get("logOffset", -1))

    def oldest(self) -> int | None:
        """The oldest batch that nothing stands in the way of."""
        return next((batch for batch in self.committed if not any(self.obstacles(batch))), None)

    def _without_entries(self, batch: int) -> str:
        newest = max(self.planned, default=-1)
        if batch > newest:
            return f"has not been planned; the newest is {newest}"
        if batch > max(self.committed, default=-1):
            return f"is planned, but not done; the newest that is done is {max(self.committed, default=-1)}"
        return "is so old that Spark no longer keeps its entry in offsets or commits"

    def _lost_source_log(self, newest: int) -> Iterator[str]:
        """The entries of the log of `files` that are needed to know what had been taken up to `newest`."""
        there = {number for number in self._source_log if number <= newest}
        summed_up = [number for number in there if self._source_log[number].endswith(".compact")]
        missing = set(range(max(summed_up, default=0), newest + 1)) - there
        if missing:
            yield f"sources/0/{min(missing)} was summed up with later entries and is gone"
