"""Whether two engines have counted the same, where what they count is the same.

Compared is `status_count`: events by window, postal code and status. What differs between the jobs, and is
levelled first: this project's job adds the description of the status; the naive job puts every event on
one day, so windows are compared by their time of day; and it takes postal code and status as text. The
naive job counts records that break the contract too, but generated ones are all clean, which is checked:
nothing may be in quarantine.
"""

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds

type Counts = dict[tuple[str, str | None, str], int]
"""Window's start `HH:MM`, postal code, status → events."""

_FOLDERS = ds.partitioning(
    pa.schema([("partition_hour", pa.string()), ("postal_code", pa.string())]), flavor="hive"
)


class ResultsDiffer(Exception):
    """Two engines disagree, or one has published nothing."""


def check_equal(naive_output: Path, job_output: Path) -> int:
    """The number of events both have published.

    Raises:
        ResultsDiffer: a count is missing, too much or another; or there are none.
    """
    naive, ours = naive_counts(naive_output), job_counts(job_output)
    if not naive:
        raise ResultsDiffer(f"{naive_output.name}: has published nothing")
    if naive != ours:
        differing = {key for key in naive.keys() | ours.keys() if naive.get(key) != ours.get(key)}
        key = min(differing, key=str)
        raise ResultsDiffer(
            f"status_count differs in {len(differing):,} groups; {key}: "
            f"{naive_output.name} {naive.get(key)}, {job_output.name} {ours.get(key)}"
        )
    return sum(naive.values())


def check_side_tables(job_output: Path, raw_rows: int) -> None:
    """Raises ResultsDiffer unless `raw_rows` records are in raw and none in quarantine."""
    for table, expected in (("raw", raw_rows), ("quarantine", 0)):
        folder = job_output / "lake" / table / "mobile_coverage"
        rows = ds.dataset(folder, format="parquet").count_rows() if folder.exists() else 0
        if rows != expected:
            raise ResultsDiffer(f"{job_output.name}: {table} has {rows:,} records, not {expected:,}")


def naive_counts(output: Path) -> Counts:
    """What the naive job has published."""
    return _counts(output / "status_count", _FOLDERS)


def job_counts(output: Path) -> Counts:
    """What this project's job has published, without the description."""
    return _counts(output / "lake" / "aggregations" / "status_count", None)


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
