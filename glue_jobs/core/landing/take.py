"""Landed objects into raw, run by run: each is planned, written, registered and only then done.

Whatever dies before a run is done leaves its plan; the next start does that run again, by the plan, before it
looks for more. So each object that is taken is in raw once, with as many runs and crashes as there were.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TypeAlias

import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from glue_jobs.core.catalog import Catalog
from glue_jobs.core.errors import SluiceError, SourceError
from glue_jobs.core.first_cause import first_cause
from glue_jobs.core.landing.ledger import DoneRun, Ledger, Outcome, Part, Plan
from glue_jobs.core.landing.lines import gone_or_changed
from glue_jobs.core.landing.objects import Landing, landed_objects, mark_of, not_taken
from glue_jobs.core.landing.raw_part import PartOfRun, TakenPart, remove_attempt, take_part
from glue_jobs.core.partitions import hour_values
from glue_jobs.core.storage import Fence, Storage, StoredFile, open_storage

_PART_BYTES = 16 * 2**20
"""A part has objects of so many bytes together, as they landed, or one that is larger."""

TakeParts: TypeAlias = Callable[[Sequence[PartOfRun]], list[TakenPart]]
"""Does what `take_part` does with each part; what comes back is in the order of the parts."""


class RunFailed(SluiceError):
    """Spark failed; the run is done again, by its plan, at the next start."""


@dataclass(frozen=True)
class Taking:
    """The right to take what has landed in a lake; `now` is the clock."""

    landing: Landing
    lake_uri: str
    catalog: Catalog
    fence: Fence
    now: Callable[[], datetime]
    max_objects: int
    leave_out_missing: bool = False

    @cached_property
    def lake(self) -> Storage:
        return open_storage(self.lake_uri)


@dataclass(frozen=True)
class Run:
    """What came of a run, whether a job that died had planned it, and what it took once more."""

    outcome: Outcome
    resumed: bool
    again: tuple[str, ...]


class Work:
    """What there is to take: runs that were planned and are not done, and objects that are new."""

    def __init__(self, taking: Taking) -> None:
        self._taking = taking
        self._ledger = Ledger(taking.lake, taking.landing.ledger)
        landed = landed_objects(taking.lake, taking.landing)
        self._there = {file.path: file for file in landed}
        self._unfinished = self._ledger.unfinished()
        self._taken = self._ledger.taken()
        planned = {file.path: mark_of(file) for plan in self._unfinished for file in plan.objects}
        self._new = not_taken(landed, {**self._taken, **planned})
        for plan in self._unfinished:
            self._refuse_missing(plan)

    def __bool__(self) -> bool:
        return bool(self._unfinished or self._new)

    def runs(self, take_parts: TakeParts) -> Iterator[Run]:
        """Do all of it.

        Raises:
            SourceError: an object of a plan is gone or changed, or cannot be read.
            SinkError: a file cannot be written, or another run of the job has taken over.
            CatalogError: the catalogue refuses.
            RunFailed: Spark failed.
        """
        for table in (self._taking.landing.raw, self._taking.landing.quarantine):
            self._taking.catalog.ensure_table(table)
        for plan in self._unfinished:
            with self._taking.fence():
                remove_attempt(self._taking.lake, self._taking.landing, plan.number, plan.time)
            yield self._do(plan, True, take_parts)
        at_once = self._taking.max_objects
        for first in range(0, len(self._new), at_once):
            parts = parts_of(self._new[first : first + at_once])
            plan = self._ledger.plan(self._taking.now(), parts, self._taking.fence)
            yield self._do(plan, False, take_parts)

    def _do(self, plan: Plan, resumed: bool, take_parts: TakeParts) -> Run:
        parts, left_out = plan.parts, tuple(file.path for file in self._missing(plan))
        if left_out:
            parts = tuple(tuple(file for file in part if file.path not in left_out) for part in parts)
        numbered = [PartOfRun(plan.number, at, plan.time, part) for at, part in enumerate(parts)]
        outcome = replace(_outcome(plan, take_parts(numbered)), left_out=left_out)
        self._register(outcome)
        self._ledger.finish(outcome, self._there, self._taking.fence)
        again = tuple(one.path for one in outcome.objects if one.path in self._taken)
        return Run(outcome, resumed, again)

    def _register(self, outcome: Outcome) -> None:
        landing, hour = self._taking.landing, hour_values(outcome.run.time)
        for table, files in ((landing.raw, outcome.run.raw), (landing.quarantine, outcome.quarantine)):
            if files:
                self._taking.catalog.ensure_partitions(table, [hour])

    def _missing(self, plan: Plan) -> list[StoredFile]:
        """The objects of a plan that are not there any more as they were."""
        there = {path: mark_of(file) for path, file in self._there.items()}
        return [file for file in plan.objects if there.get(file.path) != mark_of(file)]

    def _refuse_missing(self, plan: Plan) -> None:
        missing = self._missing(plan)
        if missing and not self._taking.leave_out_missing:
            how = "is another one than" if missing[0].path in self._there else "is gone, not as"
            others = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
            raise SourceError(f"{gone_or_changed(self._taking.lake, missing[0], how)}{others}")


def parts_of(files: Sequence[StoredFile]) -> list[Part]:
    """The objects in their order, in parts of `_PART_BYTES`."""
    parts: list[list[StoredFile]] = []
    size = 0
    for file in files:
        if not parts or size + file.size > _PART_BYTES:
            parts.append([])
            size = 0
        parts[-1].append(file)
        size += file.size
    return [tuple(part) for part in parts]


def _outcome(plan: Plan, parts: Sequence[TakenPart]) -> Outcome:
    raw = tuple(part.raw for part in parts if part.raw)
    quarantine = tuple(part.quarantine for part in parts if part.quarantine)
    objects = tuple(one for part in parts for one in part.objects)
    return Outcome(DoneRun(plan.number, plan.time, raw), quarantine, objects)


def spark_takes(spark: SparkSession, taking: Taking) -> TakeParts:
    """Each part in a task of its own."""
    landing, lake_uri, fence = taking.landing, taking.lake_uri, taking.fence  # what a task gets

    def take_parts(parts: Sequence[PartOfRun]) -> list[TakenPart]:
        def take(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            lake = open_storage(lake_uri)
            for at in (at for batch in batches for at in batch["id"].to_pylist()):
                taken = take_part(landing, lake, parts[at], fence)
                yield pa.RecordBatch.from_pydict({"at": [at], "taken": [taken.to_json()]})

        each = spark.range(0, len(parts), 1, len(parts))
        try:
            rows = each.mapInArrow(take, "at long, taken string").collect()
        except (PySparkException, Py4JError) as error:
            raise RunFailed(
                f"{first_cause(str(error))}; run {parts[0].run} is done again at the next start"
            ) from error
        return [TakenPart.from_json(row.taken) for row in sorted(rows, key=lambda row: row.at)]

    return take_parts
