"""Whether the naive job has counted what the batch by DuckDB has, where what they count is the same.

Compared is `status_count`: events by window, postal code and status. What differs is levelled first: DuckDB
counts by the description of the status, too; the naive job puts every event on one day, so windows are
compared by their time of day; and it takes postal code and status as text. Its averages have no
counterpart: it knows neither the spellings of an operator nor that a signal of 99 means unknown.
"""

from datetime import datetime
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.dataset as ds

from benchmarks.equality import ResultsDiffer

Counts: TypeAlias = dict[tuple[str, str | None, str], int]
"""Window's start `HH:MM`, postal code, status → events."""

_FOLDERS = ds.partitioning(
    pa.schema([("partition_hour", pa.string()), ("postal_code", pa.string())]), flavor="hive"
)


def check_counts(engine: str, output: Path, reference: Path) -> int:
    """The number of groups both have published.

    Raises:
        ResultsDiffer: a count is missing, too much or another; or there are none.
    """
    naive = _counts(output / "status_count", _FOLDERS)
    batch = _counts(reference / "lake" / "aggregations" / "status_count", None)
    if not naive:
        raise ResultsDiffer(f"{engine}: has published nothing")
    if naive != batch:
        differing = {key for key in naive.keys() | batch.keys() if naive.get(key) != batch.get(key)}
        key = min(differing, key=str)
        raise ResultsDiffer(
            f"{engine}: status_count differs in {len(differing):,} groups; {key}: "
            f"{engine} {naive.get(key)}, DuckDB {batch.get(key)}"
        )
    return len(naive)


def _counts(folder: Path, partitioning: ds.Partitioning | None) -> Counts:
    if not folder.exists():
        return {}
    columns = ["window_start", "postal_code", "status", "status_count"]
    rows = ds.dataset(folder, format="parquet", partitioning=partitioning).to_table(columns)
    counts: Counts = {}
    for start, postal_code, status, count in zip(*(rows[name].to_pylist() for name in columns), strict=True):
        key = (_clock(start), postal_code, str(status))
        counts[key] = counts.get(key, 0) + count
    return counts


def _clock(start: datetime) -> str:
    return f"{start:%H:%M}"
