"""Whether an engine has published what the batch by DuckDB has, in all three tables, to the last row.

Keys and counts must be equal. Averages are sums of the same numbers in another order, so a relative
difference of 1e-9 is allowed.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow.dataset as ds

from glue_jobs.contracts.contract import Aggregate
from glue_jobs.contracts.mobile_coverage import AGGREGATES

RELATIVE = 1e-9

_ROWS = "rows_of_the_group"
"""One, or a group has been published twice."""

_START = "window_start_microseconds"
"""A window's start as a number: engines differ in how they write a time to Parquet."""


class ResultsDiffer(Exception):
    """Two engines disagree, or one has published nothing."""


def check_tables(engine: str, output: Path, reference: Path) -> int:
    """The number of rows that both have published.

    Raises:
        ResultsDiffer: with the engine, the table and one of the groups that differ.
    """
    with duckdb.connect() as database:
        return sum(_check_table(database, engine, output, reference, one) for one in AGGREGATES)


def check_side_tables(engine: str, output: Path, raw_rows: int, rejected_rows: int = 0) -> None:
    """Raises ResultsDiffer unless so many records are in raw and in quarantine."""
    for table, expected in (("raw", raw_rows), ("quarantine", rejected_rows)):
        folder = output / "lake" / table / "mobile_coverage"
        rows = ds.dataset(folder, format="parquet").count_rows() if folder.exists() else 0
        if rows != expected:
            raise ResultsDiffer(f"{engine}: {table} has {rows:,} records, not {expected:,}")


def _check_table(
    database: duckdb.DuckDBPyConnection, engine: str, output: Path, reference: Path, aggregate: Aggregate
) -> int:
    rows = {side: _load(database, side, folder, aggregate) for side, folder in _sides(output, reference)}
    if not rows["ours"]:
        raise ResultsDiffer(f"{engine}: has published nothing in {aggregate.table.name}")
    differing = _differing(database, aggregate)
    if differing:
        group, ours, theirs = differing[0]
        raise ResultsDiffer(
            f"{engine}: {aggregate.table.name} differs in {len(differing):,} rows; "
            f"{group}: {engine} {ours}, DuckDB {theirs}"
        )
    return rows["ours"]


def _sides(output: Path, reference: Path) -> list[tuple[str, Path]]:
    return [("ours", output), ("theirs", reference)]


def _load(database: duckdb.DuckDBPyConnection, side: str, output: Path, aggregate: Aggregate) -> int:
    """Makes the table `side` of what `output` has published; its number of rows."""
    folder = output / "lake" / "aggregations"
    found = [folder / aggregate.table.name, folder / f"table_name={aggregate.table.name}"]
    files = [str(file) for place in found for file in place.rglob("*.parquet")]
    keys = ", ".join(aggregate.keys)
    measures = ", ".join(measure.column for measure in aggregate.measures)
    if not files:
        return 0
    database.execute(
        f"""
        CREATE OR REPLACE TABLE {side} AS
        SELECT epoch_us(window_start) AS {_START}, {keys}, {measures},
            count(*) OVER (PARTITION BY window_start, {keys}) AS {_ROWS}
        FROM read_parquet($files)
        """,  # noqa: S608 (names of the contract)
        {"files": files},
    )
    return int(database.sql(f"SELECT count(*) FROM {side}").fetchall()[0][0])  # noqa: S608 (likewise)


def _differing(database: duckdb.DuckDBPyConnection, aggregate: Aggregate) -> list[tuple[str, str, str]]:
    """Each group that differs, or is on one side only: the group, and the measures on both sides."""
    keys = [_START, *aggregate.keys]
    same_group = " AND ".join(f"ours.{key} IS NOT DISTINCT FROM theirs.{key}" for key in keys)
    equal = " AND ".join(_equal(column, function) for column, function in _compared(aggregate).items())
    group = ", ".join(f"coalesce(ours.{key}, theirs.{key})" for key in keys)
    sides = [[f"{side}.{column}" for column in _compared(aggregate)] for side in ("ours", "theirs")]
    found = database.sql(
        f"""
        SELECT {group}, ours.{_START} IS NOT NULL, {", ".join(sides[0])},
            theirs.{_START} IS NOT NULL, {", ".join(sides[1])}
        FROM ours FULL OUTER JOIN theirs ON {same_group}
        WHERE NOT ({equal})
        ORDER BY ALL
        """  # noqa: S608 (likewise)
    ).fetchall()
    return [_described(aggregate, keys, row) for row in found]


def _compared(aggregate: Aggregate) -> dict[str, str]:
    """Column → what it is: a function of the contract, or a count."""
    return {**{measure.column: measure.function for measure in aggregate.measures}, _ROWS: "count"}


def _equal(column: str, function: str) -> str:
    """Unknown equals unknown. The WHERE clause would take NULL for equal, so this is never NULL."""
    ours, theirs = f"ours.{column}", f"theirs.{column}"
    same = f"{ours} IS NOT DISTINCT FROM {theirs}"
    if function != "avg":
        return f"({same})"
    within = f"abs({ours} - {theirs}) <= {RELATIVE} * greatest(abs({ours}), abs({theirs}))"
    return f"({same} OR coalesce({within}, false))"


def _described(aggregate: Aggregate, keys: list[str], row: tuple[object, ...]) -> tuple[str, str, str]:
    measures = list(_compared(aggregate))
    start = datetime.fromtimestamp(int(str(row[0])) / 1e6, UTC)
    group = _named({"window": f"{start:%Y-%m-%d %H:%M:%S}", **dict(zip(keys[1:], row[1:], strict=False))})
    rest = row[len(keys) :]
    ours, theirs = rest[: len(measures) + 1], rest[len(measures) + 1 :]
    return group, _side(measures, ours), _side(measures, theirs)


def _side(measures: list[str], found: tuple[object, ...]) -> str:
    there, *values = found
    return _named(dict(zip(measures, values, strict=True))) if there else "has no such group"


def _named(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())
