"""What readers of a table's hour get before it is rebuilt: files, rows, and how many records at least."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow.compute as pc
import pyarrow.parquet as pq

from glue_jobs.contracts.contract import Aggregate
from glue_jobs.core.audit.record_counts import ByWindow
from glue_jobs.core.repair.sorted_rows import UnreadableFile, opener
from glue_jobs.core.repair.versions import HourFile, Standing
from glue_jobs.core.storage import Storage

_START = "window_start"


@dataclass(frozen=True)
class HourBefore:
    """A table's hour as it stands.

    files    its data files
    records  of each window the records that its rows tell of, at the least: one where none is counted
    exact    whether a column of the table counts every record
    """

    standing: Standing
    files: tuple[HourFile, ...]
    records: ByWindow
    exact: bool

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)


def hour_before(lake: Storage, standing: Standing, aggregate: Aggregate) -> HourBefore:
    """Read what stands for an hour of the aggregate's table. Its files may be of an older definition.

    Raises:
        UnreadableFile: a file is no Parquet, or has no windows.
    """
    sizes = {file.path: file.size for file in standing.files}
    open_file = opener(lake, sizes)
    every = {
        measure.column for measure in aggregate.measures if measure.function == "count" and measure.of is None
    }
    counting = [measure.column for measure in aggregate.measures if measure.function == "count"]
    files, exact = [], bool(every)
    told: dict[str, ByWindow] = {}
    for path in sorted(sizes):
        file = open_file(path)
        files.append(HourFile(path, sizes[path], file.metadata.num_rows))
        for column, sums in _sums(path, file, counting).items():
            told.setdefault(column, Counter()).update(sums)
        exact = exact and not every.isdisjoint(file.schema_arrow.names)
    starts = {start for sums in told.values() for start in sums}
    records = Counter({start: max(1, *(sums[start] for sums in told.values())) for start in starts})
    return HourBefore(standing, tuple(files), records, exact)


def _sums(path: str, file: pq.ParquetFile, columns: Sequence[str]) -> dict[str, ByWindow]:
    """The sums of those columns that the file has, window by window; and which windows it has."""
    if _START not in file.schema_arrow.names:
        raise UnreadableFile(f"{path}: lacks the column {_START}; move it out of the lake")
    known = [column for column in columns if column in file.schema_arrow.names]
    rows = (
        file.read(columns=[_START, *known]).group_by(_START).aggregate([(column, "sum") for column in known])
    )
    starts = rows[_START].to_pylist()
    sums = {column: pc.fill_null(rows[f"{column}_sum"], 0).to_pylist() for column in known}
    return {
        _START: Counter(dict.fromkeys(starts, 1)),
        **{name: _by_window(starts, each) for name, each in sums.items()},
    }


def _by_window(starts: Sequence[datetime], counts: Sequence[int]) -> ByWindow:
    return Counter(dict(zip(starts, counts, strict=True)))
