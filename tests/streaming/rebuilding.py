"""A rebuild of the streamed lake, and what a reader then gets."""

from dataclasses import replace
from typing import Any

from pyspark.sql import SparkSession

from glue_jobs.contracts.contract import Aggregate
from glue_jobs.contracts.mobile_coverage import AGGREGATES, RAW
from glue_jobs.core.repair.rebuild import Rebuilt, rebuild
from glue_jobs.core.repair.rebuildable import Rebuild, progress_made
from glue_jobs.core.windows import Windows
from tests.batch_oracle import batch_rows, decoded, in_order
from tests.core.hours_lake import HoursLake
from tests.streaming.streamed_lake import ONE, TEN, WINDOWS, batches, read


def what(lake: HoursLake, windows: Windows = WINDOWS, **changes: Any) -> Rebuild:
    """All that is closed, made anew."""
    tables = tuple(aggregate.table.name for aggregate in windows.aggregates)
    all_closed = Rebuild(windows, RAW, tables, TEN, ONE, progress_made(lake.checkpoint))
    return replace(all_closed, **changes)


def rebuilt(spark: SparkSession, lake: HoursLake, **changes: Any) -> list[Rebuilt]:
    """What a rebuild of the lake does."""
    return list(rebuild(spark, lake.place, what(lake, **changes)))


def check(lake: HoursLake, lines: list[bytes], *aggregates: Aggregate) -> None:
    """A reader of the closed hours gets what a batch run over all the lines gives, in order."""
    accepted = decoded(lines)[0]
    for aggregate in aggregates or AGGREGATES:
        expected = batch_rows(accepted, aggregate, ONE)
        found = read(lake, aggregate.table)
        assert in_order(found) == in_order(expected)
        assert found == sorted(found, key=lambda row: _by_key(row, aggregate))


def _by_key(row: dict[str, Any], aggregate: Aggregate) -> list[tuple[bool, Any]]:
    return [(row[name] is None, "" if row[name] is None else row[name]) for name in aggregate.table.key]


def lines() -> list[bytes]:
    """All that was sent."""
    return [line for batch in batches() for line in batch]
