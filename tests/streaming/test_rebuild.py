"""Hours made anew from raw: with late records, by another definition, and what is refused."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql.types import LongType, StructType

from glue_jobs.contracts.contract import Aggregate, Measure, described
from glue_jobs.contracts.mobile_coverage import (
    AGGREGATES,
    EVENT,
    GPS_PRECISION_BY_PROVIDER,
    QUARANTINE,
    RAW,
    STATUS_COUNT,
    TABLES,
)
from glue_jobs.core.audit.lake import audit_lake
from glue_jobs.core.hours import Range
from glue_jobs.core.partitions import hour_values
from glue_jobs.core.repair.compaction import compact_hour
from glue_jobs.core.repair.concatenation import concatenate
from glue_jobs.core.repair.rebuild import Rebuilt
from glue_jobs.core.repair.rebuildable import progress_made
from glue_jobs.core.repair.sweep import sweep
from glue_jobs.core.repair.versions import standing_hour
from glue_jobs.core.windows import Windows
from tests.core.audit.played_stream import PIPELINE
from tests.core.hours_lake import HoursLake, glue_client
from tests.faults.harness import some_event
from tests.spark4 import STATE_READER
from tests.streaming.rebuilding import check, lines, rebuilt
from tests.streaming.streamed_lake import (
    ELEVEN,
    HOURS,
    LATE,
    ONE,
    TEN,
    TWELVE,
    batches,
    read,
    register,
    stream,
)

NAMES = tuple(aggregate.table.name for aggregate in AGGREGATES)


def test_late_records_are_in(spark: SparkSession, lake: HoursLake) -> None:
    """The tables of closed hours are those of a batch over all records; the open hour is as it was."""
    open_hour = read(lake, STATUS_COUNT.table, ONE)
    before = {(table, hour): len(read(lake, table, hour)) for table in map(_table, NAMES) for hour in HOURS}

    done = rebuilt(spark, lake)

    check(lake, lines())
    assert read(lake, STATUS_COUNT.table, ONE) == open_hour
    assert [(one.hour, one.table) for one in done] == [
        (hour_values(hour), name) for hour in HOURS for name in sorted(NAMES)
    ]
    assert all(one.changed for one in done)
    assert {one.hour: one.late for one in done if one.late is not None} == {
        hour_values(hour): count for hour, count in LATE.items()
    }
    for one in done:
        (hour,) = (hour for hour in HOURS if hour_values(hour) == one.hour)
        assert one.rows_before == before[_table(one.table), hour]
        assert one.rows == len(read(lake, _table(one.table), hour))


def _table(name: str) -> Any:
    return next(table for table in TABLES if table.name == name)


def test_again_nothing_changes(spark: SparkSession, lake: HoursLake) -> None:
    """It says so for each hour, and no file is written."""
    first, paths = rebuilt(spark, lake), lake.paths()

    again = rebuilt(spark, lake)

    assert [one.changed for one in again] == [False] * len(first)
    assert sorted(map(_facts, again)) == sorted(map(_facts, first))
    assert lake.paths() == paths
    assert all(one.changed for one in rebuilt(spark, lake, again=True))
    check(lake, lines())


def _facts(one: Rebuilt) -> tuple[Any, ...]:
    return one.table, one.hour, one.rows, one.records


def test_only_what_is_asked_for_is_made_anew(spark: SparkSession, lake: HoursLake) -> None:
    """Hours and tables can be chosen."""
    done = rebuilt(spark, lake, first=ELEVEN, end=TWELVE, tables=(STATUS_COUNT.table.name,))

    assert [(one.table, one.hour) for one in done] == [(STATUS_COUNT.table.name, hour_values(ELEVEN))]
    versions = [path for path in lake.paths() if "__v/" in path]
    assert len(versions) == 2
    assert all(
        path.startswith(f"{STATUS_COUNT.table.path}__v/event_date=2026-11-20/hour=11/") for path in versions
    )


def test_what_comes_late_after_a_rebuild_is_for_the_next(
    spark: SparkSession, aws: str, tmp_path: Path
) -> None:
    """The hours it falls into are made anew, the others are left; the stream goes on in between."""
    lake = HoursLake(tmp_path.as_uri(), glue_client())
    sent = stream(spark, batches(), tmp_path)
    register(lake)
    rebuilt(spark, lake)
    late = some_event(Random(1), ELEVEN + timedelta(minutes=3))
    sent += stream(spark, [[late], [some_event(Random(2), ONE + timedelta(hours=1))]], tmp_path)
    register(lake)

    done = rebuilt(spark, lake)

    assert {one.hour for one in done if one.changed} == {hour_values(ELEVEN)}
    assert [one.late for one in done if one.table == STATUS_COUNT.table.name and one.changed] == [1]
    check(lake, sent)


def test_the_version_names_its_inputs(spark: SparkSession, lake: HoursLake) -> None:
    """The newest batch with a record of the hour or a file of it, the files it replaces, the definition."""
    table, values = STATUS_COUNT.table, hour_values(TEN)
    before = standing_hour(lake.storage, table, values, lake.catalog.location(table, values))

    rebuilt(spark, lake)

    manifest = standing_hour(lake.storage, table, values, lake.catalog.location(table, values)).manifest
    assert manifest is not None
    assert (manifest.made_by, manifest.query) == ("rebuild", progress_made(lake.checkpoint).query)
    assert [file.path for file in manifest.replaces] == sorted(file.path for file in before.files)
    assert manifest.batch >= 3  # the late records of the hour came in the fourth batch
    assert manifest.definition is not None
    assert list(manifest.definition["aggregates"]) == [table.name]


@STATE_READER
def test_the_audit_finds_every_record_in_its_place(spark: SparkSession, lake: HoursLake) -> None:
    """None is late any more, but in the open hour."""
    before = audit_lake(spark, PIPELINE, lake.uri, lake.checkpoint, EVENT.watermark, lake.catalog)

    rebuilt(spark, lake)

    after = audit_lake(spark, PIPELINE, lake.uri, lake.checkpoint, EVENT.watermark, lake.catalog)
    assert (before.balanced, before.total.late) == (True, sum(LATE.values()))
    assert (after.balanced, after.total.late) == (True, 0)
    assert after.total.published == before.total.published + before.total.late


def test_a_rebuilt_hour_that_was_compacted_is_still_what_it_would_become(
    spark: SparkSession, lake: HoursLake
) -> None:
    """The compaction hands on what it was made of."""
    rebuilt(spark, lake)
    table, values = STATUS_COUNT.table, hour_values(TEN)
    standing = standing_hour(lake.storage, table, values, lake.catalog.location(table, values))
    compact_hour(lake.place, progress_made(lake.checkpoint), standing)

    assert not any(one.changed for one in rebuilt(spark, lake))


@STATE_READER
def test_raw_that_was_compacted_makes_the_same(spark: SparkSession, lake: HoursLake) -> None:
    """The audit finds the same in it, a rebuilt hour is left, and made anew it is what it was."""
    rebuilt(spark, lake, first=ELEVEN)
    before = audit_lake(spark, PIPELINE, lake.uri, lake.checkpoint, EVENT.watermark, lake.catalog)
    reached = progress_made(lake.checkpoint)
    over = replace(reached, time=reached.time + timedelta(hours=1))

    done = list(concatenate(lake.place, over, [RAW, QUARANTINE], Range()))
    swept = list(sweep(lake.place, [RAW, QUARANTINE], timedelta(0)))

    assert done
    assert sum(len(one.removed) for one in swept) == sum(one.files_before for one in done)
    after = audit_lake(spark, PIPELINE, lake.uri, lake.checkpoint, EVENT.watermark, lake.catalog)
    assert (after, after.balanced) == (before, True)
    assert {one.hour for one in rebuilt(spark, lake) if one.changed} == {hour_values(TEN)}
    rebuilt(spark, lake, again=True)
    check(lake, lines())


class TestAnotherDefinition:
    """A change of the aggregates is brought to what was published before it."""

    def test_a_new_column_is_in_every_hour(self, spark: SparkSession, lake: HoursLake) -> None:
        """Tables whose definition is the same are left; back to the old one works the same way."""
        rebuilt(spark, lake)
        wider = _with(STATUS_COUNT, Measure("slowest", "min", "satellites"))
        windows = Windows(EVENT, (*AGGREGATES[:2], wider), EVENT.window)

        done = rebuilt(spark, lake, windows=windows)

        assert {one.table for one in done if one.changed} == {wider.table.name}
        check(lake, lines(), *AGGREGATES[:2], wider)
        assert not any(one.changed for one in rebuilt(spark, lake, windows=windows))

        rebuilt(spark, lake)
        check(lake, lines())

    def test_a_new_table_gets_its_history(self, spark: SparkSession, lake: HoursLake) -> None:
        """Nobody has ever published it."""
        table = replace(
            GPS_PRECISION_BY_PROVIDER.table,
            name="speed_by_provider",
            path="aggregations/speed_by_provider",
            schema=StructType(
                [
                    *GPS_PRECISION_BY_PROVIDER.table.schema.fields[:3],
                    described("events", LongType(), "events"),
                ]
            ),
        )
        speed = Aggregate(table, ("provider",), (Measure("events", "count"),))
        windows = Windows(EVENT, (*AGGREGATES, speed), EVENT.window)

        done = rebuilt(spark, lake, windows=windows, tables=(table.name,))

        assert [(one.rows_before, one.late == one.records) for one in done] == [(0, True)] * len(HOURS)
        check(lake, lines(), speed)


def _with(aggregate: Aggregate, measure: Measure) -> Aggregate:
    """The aggregate with one column more, of whole numbers."""
    column = described(measure.column, EVENT.schema[str(measure.of)].dataType, "of a test")
    table = replace(aggregate.table, schema=StructType([*aggregate.table.schema.fields, column]))
    return replace(aggregate, table=table, measures=(*aggregate.measures, measure))
