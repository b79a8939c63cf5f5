"""Which records of raw count, where repeats of an event are dropped: the first of each key in its window.

What a table holds of a window are the keys of the records in time, however often each came. What it lacks,
and a rebuild would add, are those that came late alone: they are told when all of raw has been read, for a
redrive that has been taken in may hold a key that came late in a batch before.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from glue_jobs.core.event_keys import EVENT_KEY, KEY_BYTES
from glue_jobs.core.hours import EPOCH, Range
from glue_jobs.core.windows import window_starts, within

_START = "start"


def keyed(accepted: pa.Table, fields: Sequence[str], length: timedelta, which: Range) -> pa.Table:
    """What it takes to tell repeats in the windows of `which`: start, key, and which fields are known."""
    starts = window_starts(accepted, length)
    rows = {
        _START: starts,
        EVENT_KEY: accepted[EVENT_KEY].cast(pa.binary(KEY_BYTES)),
        **{name: accepted[name].is_valid() for name in fields},
    }
    return pa.table(rows).filter(within(starts, which))


class WindowRows(NamedTuple):
    """Rows of one window, in their order: `known` says of each field in which of them it is."""

    keys: NDArray[np.bytes_]
    known: Mapping[str, NDArray[np.bool_]]


def by_window(rows: pa.Table) -> Iterator[tuple[datetime, WindowRows]]:
    """The rows of `keyed`, window by window."""
    order = np.argsort(rows[_START].to_numpy(), kind="stable")
    rows = rows.take(order)
    starts, first = np.unique(rows[_START].to_numpy(), return_index=True)
    for start, begin, end in zip(starts, first, np.append(first, len(rows))[1:], strict=True):
        some = rows.slice(begin, end - begin)
        names = [name for name in rows.column_names if name not in (_START, EVENT_KEY)]
        known = {name: some[name].to_numpy() for name in names}
        keys = np.array(some[EVENT_KEY].to_pylist(), f"S{KEY_BYTES}")
        yield EPOCH + timedelta(microseconds=int(start)), WindowRows(keys, known)


class Counted(NamedTuple):
    """Records that count, and those of them in which each field is known.

    unsure  where a field is known in one record of a key and not in another of the same batch: which of them
            Spark met first is not determined
    """

    records: int
    known: "Counter[str]"
    unsure: "Counter[str]"


def _no_keys() -> NDArray[np.bytes_]:
    return np.array([], f"S{KEY_BYTES}")


@dataclass
class WindowKeys:
    """The keys of one window: those that a table holds, and those that came late."""

    _held: NDArray[np.bytes_] = field(default_factory=_no_keys)
    _late: list[NDArray[np.bytes_]] = field(default_factory=list)

    def add(self, rows: WindowRows) -> Counted:
        """Rows of one batch, in time; what counts of them."""
        keys, first, same = np.unique(rows.keys, return_index=True, return_inverse=True)
        new = ~np.isin(keys, self._held)
        self._held = np.union1d(self._held, keys)
        often = np.bincount(same, minlength=len(keys))
        known, unsure = Counter[str](), Counter[str]()
        for name, there in rows.known.items():
            times = np.bincount(same, there, minlength=len(keys))
            known[name] = int(there[first][new].sum())
            unsure[name] = int((new & (times > 0) & (times < often)).sum())
        return Counted(int(new.sum()), known, unsure)

    def add_late(self, rows: WindowRows) -> None:
        """Rows of one batch that came too late."""
        self._late.append(np.unique(rows.keys))

    @property
    def late(self) -> int:
        """How many keys came late and are not held."""
        keys = np.unique(np.concatenate([_no_keys(), *self._late]))
        return int((~np.isin(keys, self._held)).sum())
