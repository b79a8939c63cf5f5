"""A day of the lake before and after compaction: files, bytes, and what queries take.

    python -m benchmarks.compaction --keep var/bench

The day lies there as a job with its defaults leaves it whose state and whose stream have four parts: a file
for each table, window and part, and one of raw for each batch and part (docs/performance.md counts the same).
The rows are real: DuckDB makes the tables of generated records. Queries are those of `sluice query`, through
the catalogue. Of `--repeats` each the median counts; before and after have to answer the same.

Exit code 0: measured. 1: an answer differs.
"""

import argparse
import math
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from rich.console import Console

from benchmarks import duckdb_batch
from benchmarks.input_files import DAY, input_folder
from benchmarks.lake_catalog import lake_catalog
from benchmarks.run_folder import run_folder
from benchmarks.tables import Table
from benchmarks.terminal import print_table
from glue_jobs.contracts.contract import TableContract
from glue_jobs.contracts.mobile_coverage import AGGREGATES, DATABASE, EVENT, RAW
from glue_jobs.core.arrow_schema import arrow_schema, completed
from glue_jobs.core.batch_files import Batch
from glue_jobs.core.catalog import Catalog
from glue_jobs.core.hours import HOUR, Progress, Range
from glue_jobs.core.partitions import hour_values, partition_folder
from glue_jobs.core.repair.compaction import compact
from glue_jobs.core.repair.concatenation import concatenate
from glue_jobs.core.repair.switch import Maintenance
from laptop.athena import run_query

_RECORDS = 1_728_000
_TRIGGERS = 24 * 180
_PARTS = 4
_QUERY = str(UUID(int=1))
_MIDNIGHT = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)
Asked: TypeAlias = tuple[float, list[Any]]
"""Seconds, and the rows of the answer."""

_TABLES = (*(aggregate.table for aggregate in AGGREGATES), RAW)
_QUERIES = {
    "mean signal of each operator, the day": """
        SELECT operator, sum(average_signal * record_count) / sum(record_count) AS signal
        FROM signal_strength_by_operator GROUP BY 1 ORDER BY 1""",
    "states of one municipality, the day": """
        SELECT description, sum(status_count) AS events
        FROM status_count WHERE postal_code = '08001' GROUP BY 1 ORDER BY 1""",
    "states of one municipality, one hour": f"""
        SELECT description, sum(status_count) AS events FROM status_count
        WHERE postal_code = '08001' AND event_date = DATE '{DAY}' AND hour = '12' GROUP BY 1 ORDER BY 1""",  # noqa: S608 (all of it is this project's own)
    "records of raw, the day": f"SELECT count(*) AS records FROM {RAW.name}",  # noqa: S608 (likewise)
}


def main(argv: Sequence[str]) -> int:
    """Measure, print two tables, and return the exit code (see the module)."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.compaction", description=str(__doc__).partition("\n")[0]
    )
    parser.add_argument("--keep", type=Path, default=Path("var/bench"), help="(default: %(default)s)")
    parser.add_argument("--records", type=int, default=_RECORDS, help="of the day (default: %(default)s)")
    parser.add_argument(
        "--batches", type=int, default=_TRIGGERS, help="that bring records (default: %(default)s, all)"
    )
    parser.add_argument("--repeats", type=int, default=5, help="of each query (default: %(default)s)")
    options = parser.parse_args(argv)
    options.keep.mkdir(parents=True, exist_ok=True)
    keep, console = options.keep.resolve(), Console(stderr=True)
    with console.status("a day is made"):
        source = input_folder(keep, options.records, 60, options.records, lambda made: None)
    with run_folder(keep) as folder, console.status("a day is written"):
        write_day(source, folder, options.batches)
        return _measure(f"{folder.as_uri()}/lake", options.repeats, console)


def write_day(source: Path, folder: Path, batches: int) -> None:
    """The day's tables and raw below `folder`/lake, in files as the job writes them."""
    duckdb_batch.main(source, folder)
    lake = folder / "lake"
    for aggregate in AGGREGATES:
        _cut_into_batches(lake, aggregate.table)
    _write_raw(lake, source, batches)


def _cut_into_batches(lake: Path, table: TableContract) -> None:
    """Each window of a table in the files of one batch."""
    schema = arrow_schema(table.schema)
    for whole in sorted((lake / table.path).rglob("*.parquet")):
        rows = pq.ParquetFile(whole).read().select(schema.names)
        whole.unlink()
        for start in rows["window_start"].unique().to_pylist():
            window = rows.filter(pc.equal(rows["window_start"], start)).cast(schema)
            number = int((start.replace(tzinfo=UTC) - _MIDNIGHT).total_seconds()) // 20
            _write_parts(whole.parent, number, window)


def _write_raw(lake: Path, source: Path, batches: int) -> None:
    lines = [line for file in sorted(source.glob("*.json")) for line in file.read_bytes().splitlines()]
    schema = arrow_schema(RAW.schema)
    for place in range(batches):
        number = _TRIGGERS * place // batches
        taken = lines[len(lines) * place // batches : len(lines) * (place + 1) // batches]
        rows = completed(pa.table({"data": pa.array(taken, pa.binary())}), schema)
        values = hour_values(_MIDNIGHT + number * timedelta(seconds=20))
        _write_parts(lake / partition_folder(RAW, values), number, rows)


def _write_parts(folder: Path, number: int, rows: pa.Table) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for part in range(_PARTS):
        first, end = len(rows) * part // _PARTS, len(rows) * (part + 1) // _PARTS
        pq.write_table(rows.slice(first, end - first), folder / Batch(_QUERY, number).file_name(part))


def _measure(lake_uri: str, repeats: int, console: Console) -> int:
    with lake_catalog(lake_uri, _TABLES) as catalog:
        for table in _TABLES:
            catalog.ensure_partitions(table, [hour_values(_MIDNIGHT + hour * HOUR) for hour in range(24)])
        place = Maintenance(lake_uri, catalog, nullcontext, lambda: datetime.now(UTC))
        with console.status("queries before"):
            before = {name: _asked(sql, repeats, catalog) for name, sql in _QUERIES.items()}
        sizes, seconds = _compacted(place, console)
        with console.status("queries after"):
            after = {name: _asked(sql, repeats, catalog) for name, sql in _QUERIES.items()}
    shown = Console(width=None if sys.stdout.isatty() else 120)
    print_table(_files_table(sizes, seconds), shown)
    print_table(_queries_table(before, after), shown)
    return _differences(before, after)


def _asked(sql: str, repeats: int, catalog: Catalog) -> Asked:
    """The median of the seconds that a query takes, and its answer."""
    seconds, rows = [], []
    for _ in range(repeats):
        began = time.perf_counter()
        rows = run_query(sql, DATABASE, catalog.client).rows
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds), rows


def _compacted(place: Maintenance, console: Console) -> tuple[dict[str, list[int]], dict[str, float]]:
    """Of each table files before and after, bytes before and after; and the seconds that it took."""
    end = _MIDNIGHT + timedelta(days=2)
    reached = Progress(_QUERY, _TRIGGERS, end, end, EVENT.window)
    sizes, seconds = {}, {}
    for table in _TABLES:
        with console.status(f"{table.name} is compacted"):
            began = time.perf_counter()
            merge = concatenate if table is RAW else compact
            hours = list(merge(place, reached, (table,), Range()))
            seconds[table.name] = time.perf_counter() - began
            sizes[table.name] = [
                sum(getattr(hour, what) for hour in hours)
                for what in ("files_before", "files_after", "bytes_before", "bytes_after")
            ]
    return sizes, seconds


def _files_table(sizes: Mapping[str, Sequence[int]], seconds: Mapping[str, float]) -> Table:
    rows = [
        (
            name,
            *(f"{files:,}" for files in figures[:2]),
            *(f"{size / 2**20:,.1f}" for size in figures[2:]),
            f"{seconds[name]:.1f}",
        )
        for name, figures in sizes.items()
    ]
    columns = ("table", "files", "after", "MiB", "after", "seconds")
    return Table("A day compacted", columns, rows)


def _queries_table(before: Mapping[str, Asked], after: Mapping[str, Asked]) -> Table:
    rows = [(name, f"{before[name][0]:.2f}", f"{after[name][0]:.2f}") for name in before]
    return Table("What a query takes", ("query", "before, s", "after, s"), rows)


def _differences(before: Mapping[str, Asked], after: Mapping[str, Asked]) -> int:
    """1 where a query answers otherwise than before; means may differ by 1e-9 of their value."""
    differing = [name for name in before if not _same(before[name][1], after[name][1])]
    for name in differing:
        print(f"compaction: {name}: before {before[name][1]}, after {after[name][1]}", file=sys.stderr)
    return 1 if differing else 0


def _same(one: Sequence[Sequence[Any]], other: Sequence[Sequence[Any]]) -> bool:
    return len(one) == len(other) and all(
        a == b or (isinstance(a, float) and math.isclose(a, b, rel_tol=1e-9))
        for left, right in zip(one, other, strict=True)
        for a, b in zip(left, right, strict=True)
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
