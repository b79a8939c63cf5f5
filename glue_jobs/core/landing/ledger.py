"""The ledger of the runs that took landed objects into raw.

    raw/orders__taken/run-000000000007.plan    written before anything else of the run
    raw/orders__taken/run-000000000007.done    written when all else of it is there
    raw/orders__taken/run-000000000050.sum.gz  what the runs up to this one have done, every fiftieth

The plan says which objects the run takes, in which parts, and the run's time: with it alone a run that died
is done again, to the same files. The sums are there to be read in place of the many: one that is missing
costs time, nothing else. They forget objects that are no longer in the landing zone.
"""

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, TypeAlias

from glue_jobs.core.errors import SinkError
from glue_jobs.core.storage import Fence, Storage, StoredFile

Part: TypeAlias = tuple[StoredFile, ...]
"""The objects that one task takes."""

_SUMMED = 50
"""So many runs have one sum; a start reads at most as many files of runs, and one sum."""

_NAME = re.compile(r"/run-(\d{12,})\.(plan|done|sum\.gz)$")


@dataclass(frozen=True)
class Plan:
    """A run before it writes: its number, from 1, when it was planned, and the objects of each part."""

    number: int
    time: datetime
    parts: tuple[Part, ...]

    @property
    def objects(self) -> list[StoredFile]:
        return [file for part in self.parts for file in part]


@dataclass(frozen=True)
class TableFile:
    """A file that a run has written: its path below the lake, its rows, its size in bytes."""

    path: str
    rows: int
    size: int


@dataclass(frozen=True)
class TakenObject:
    """What became of one object: how many of its lines were accepted, rejected for each reason, and empty."""

    path: str
    size: int
    mark: str
    accepted: int
    rejected: Mapping[str, int]
    empty: int = 0


@dataclass(frozen=True)
class DoneRun:
    """A run that is done: its number, when it was planned, and the files of raw that it wrote."""

    number: int
    time: datetime
    raw: tuple[TableFile, ...]


@dataclass(frozen=True)
class Outcome:
    """All that a run that is done says of itself; `left_out` are paths of its plan that were gone."""

    run: DoneRun
    quarantine: tuple[TableFile, ...]
    objects: tuple[TakenObject, ...]
    left_out: tuple[str, ...] = ()


@dataclass
class Ledger:
    """The runs of one landing zone, as the files below `folder` tell of them; read when it is made."""

    lake: Storage
    folder: str
    _numbers: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        for file in self.lake.list_files(self.folder):
            if match := _NAME.search(file.path):
                self._numbers[match[2]].add(int(match[1]))

    @property
    def newest(self) -> int:
        """The number of the newest run that is done; 0 before the first."""
        return max(self._numbers["done"], default=0)

    def unfinished(self) -> list[Plan]:
        """The runs that were planned and are not done: those of a job that died."""
        return [self._plan(number) for number in sorted(self._numbers["plan"] - self._numbers["done"])]

    def taken(self) -> dict[str, str]:
        """The mark (`objects.mark_of`) that each object had when it was taken last."""
        summed = max(self._numbers["sum.gz"], default=0)
        marks: dict[str, str] = self._sum(summed)["taken"] if summed else {}
        for number in sorted(number for number in self._numbers["done"] if number > summed):
            marks |= {taken["path"]: taken["mark"] for taken in self._read(number, "done")["objects"]}
        return marks

    def done_after(self, number: int) -> Iterator[DoneRun]:
        """The runs that are done with a greater number, in order: what the next job is to read.

        Raises:
            SinkError: a file of the ledger is damaged.
        """
        wanted = sorted(done for done in self._numbers["done"] if done > number)
        for last, numbers in groupby(wanted, _summed_with):
            summed = last in self._numbers["sum.gz"]
            of_all = self._sum(last)["runs"] if summed else [self._read(one, "done") for one in numbers]
            yield from (_done_run(one) for one in of_all if one["run"] > number)

    def plan(self, time: datetime, parts: Sequence[Part], fence: Fence) -> Plan:
        """Plan the next run; it is the next until it is done."""
        plan = Plan(self.newest + 1, time, tuple(parts))
        objects = [[_without_none(asdict(file)) for file in part] for part in plan.parts]
        self._write(plan.number, "plan", {"time": time.isoformat(), "parts": objects}, fence)
        return plan

    def finish(self, outcome: Outcome, in_landing: Iterable[str], fence: Fence) -> None:
        """Note that a run is done; with every fiftieth what all have done, of objects in the landing zone."""
        run = outcome.run
        others = {name: [asdict(one) for one in getattr(outcome, name)] for name in ("quarantine", "objects")}
        told = {**_told(run), **others, "left_out": list(outcome.left_out)}
        self._write(run.number, "done", told, fence)
        if run.number % _SUMMED == 0:
            marks, there = self.taken(), {*in_landing}
            taken = {path: mark for path, mark in marks.items() if path in there}
            runs = [_told(one) for one in self.done_after(run.number - _SUMMED)]
            self._write(run.number, "sum.gz", {"taken": taken, "runs": runs}, fence)

    def _plan(self, number: int) -> Plan:
        told = self._read(number, "plan")
        with self._understood(number, "plan"):
            parts = tuple(tuple(StoredFile(**file) for file in part) for part in told["parts"])
            return Plan(number, datetime.fromisoformat(told["time"]), parts)

    def _sum(self, number: int) -> dict[str, Any]:
        return self._read(number, "sum.gz")

    def _read(self, number: int, kind: str) -> dict[str, Any]:
        content = self.lake.read_file(self._path(number, kind))
        with self._understood(number, kind):
            told: dict[str, Any] = json.loads(gzip.decompress(content) if kind == "sum.gz" else content)
            return told

    def _write(self, number: int, kind: str, told: Mapping[str, Any], fence: Fence) -> None:
        content = json.dumps({"run": number, **told}, separators=(",", ":")).encode()
        with self.lake.new_file(self._path(number, kind), fence) as file:
            file.write(gzip.compress(content, mtime=0) if kind == "sum.gz" else content)
        self._numbers[kind].add(number)

    def _path(self, number: int, kind: str) -> str:
        return f"{self.folder}/run-{number:012d}.{kind}"

    @contextmanager
    def _understood(self, number: int, kind: str) -> Iterator[None]:
        """Turns what a damaged file of the ledger leads to into one `SinkError`."""
        try:
            yield
        except (ValueError, KeyError, TypeError, EOFError, OSError) as error:
            advice = "remove it, it is made anew" if kind == "sum.gz" else "restore it"
            raise SinkError(
                f"{self.lake.uri}/{self._path(number, kind)}: it is damaged ({error}); {advice}"
            ) from error


def _summed_with(number: int) -> int:
    """The last of the runs that have their sum with this one."""
    return -(-number // _SUMMED) * _SUMMED


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _told(run: DoneRun) -> dict[str, Any]:
    return {"run": run.number, "time": run.time.isoformat(), "raw": [asdict(file) for file in run.raw]}


def _done_run(told: Mapping[str, Any]) -> DoneRun:
    files = tuple(TableFile(**file) for file in told["raw"])
    return DoneRun(told["run"], datetime.fromisoformat(told["time"]), files)
