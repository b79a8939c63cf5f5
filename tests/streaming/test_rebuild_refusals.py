"""What a rebuild refuses: open hours, raw that lacks records, a lake without catalogue; and how to insist."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from glue_jobs.contracts.mobile_coverage import (
    AGGREGATES,
    EVENT,
    RAW,
    SIGNAL_STRENGTH_BY_OPERATOR,
    STATUS_COUNT,
    TABLES,
)
from glue_jobs.core.hours import NotKnown
from glue_jobs.core.partitions import hour_values
from glue_jobs.core.repair.rebuild import RebuildFailed
from glue_jobs.core.repair.rebuildable import RebuildRefused, progress_made
from glue_jobs.core.storage import open_storage
from glue_jobs.core.windows import Windows
from tests.core.hours_lake import HoursLake
from tests.lake import folder_of
from tests.streaming.rebuilding import check, rebuilt
from tests.streaming.streamed_lake import (
    ONE,
    TEN,
    batches,
)


class TestRefused:
    """Nothing is changed, and the text says what to do."""

    @pytest.fixture(autouse=True)
    def _unchanged(self, lake: HoursLake) -> Iterator[None]:
        before = {table.name: lake.catalog.locations(table) for table in TABLES}
        yield
        assert not any("__v" in path for path in lake.paths())
        assert {table.name: lake.catalog.locations(table) for table in TABLES} == before

    @pytest.mark.parametrize("end", [ONE + timedelta(hours=1), ONE + timedelta(days=300)])
    def test_an_hour_that_is_open(self, spark: SparkSession, lake: HoursLake, end: datetime) -> None:
        """With the hour and the watermark."""
        with pytest.raises(
            RebuildRefused, match=r"hour from 2026-11-20T13:00:00\+00:00 on is still open, .*T13:22"
        ):
            rebuilt(spark, lake, end=end)

    def test_windows_of_another_length(self, spark: SparkSession, lake: HoursLake) -> None:
        """What is published could not be held against raw, window by window."""
        longer = Windows(EVENT, AGGREGATES, timedelta(minutes=4))
        with pytest.raises(RebuildRefused, match=r"^windows of 4 minutes: the stream's have 2 minutes"):
            rebuilt(spark, lake, windows=longer)

    def test_raw_that_holds_less_than_is_published(self, spark: SparkSession, lake: HoursLake) -> None:
        """With the window and both figures; whichever tables are asked for."""
        _remove_a_file_of_raw(lake, batch=1)
        signal = SIGNAL_STRENGTH_BY_OPERATOR.table.name
        with pytest.raises(
            RebuildRefused,
            match=r"window from 2026-11-20T11:.* has \d+ records or more, and raw holds \d+; put back",
        ):
            rebuilt(spark, lake, tables=(signal,))

    def test_raw_that_holds_nothing(self, spark: SparkSession, lake: HoursLake) -> None:
        """It was not kept."""
        for batch in range(10):
            _remove_a_file_of_raw(lake, batch)
        with pytest.raises(RebuildRefused, match="raw holds 0; put back"):
            rebuilt(spark, lake, fewer=True)

    def test_raw_of_another_query(self, spark: SparkSession, lake: HoursLake) -> None:
        """Whether its batches are done is not known."""
        path = _file_of_raw(lake, batch=1)
        path.rename(path.with_name(path.name[:-14] + "0" * 6 + path.name[-8:]))
        with pytest.raises(RebuildRefused, match="did not write it"):
            rebuilt(spark, lake)

    def test_a_damaged_file_of_raw(self, spark: SparkSession, lake: HoursLake) -> None:
        """In one line, with its name."""
        path = _file_of_raw(lake, batch=1)
        path.write_bytes(b"PAR1 and no more")
        with pytest.raises(RebuildFailed, match=f"^.*{path.name}: cannot be read as Parquet"):
            rebuilt(spark, lake)

    def test_an_hour_that_the_catalogue_does_not_know(self, spark: SparkSession, lake: HoursLake) -> None:
        """Its files would be lost to those who list."""
        names = {"DatabaseName": RAW.database, "TableName": STATUS_COUNT.table.name}
        lake.glue.delete_partition(**names, PartitionValues=[*hour_values(TEN)])
        with pytest.raises(RebuildRefused, match="hour=10: it holds files, but the catalogue does not know"):
            rebuilt(spark, lake)
        lake.catalog.ensure_partitions(STATUS_COUNT.table, [hour_values(TEN)])


def test_a_lake_without_catalogue_is_refused(spark: SparkSession, lake: HoursLake) -> None:
    """There is nothing to switch."""
    lake.glue.delete_database(Name=RAW.database)
    with pytest.raises(
        RebuildRefused, match=r"the catalogue knows no table mobile_network_aggregations\.raw_mobile"
    ):
        rebuilt(spark, lake)


def test_a_stream_that_has_done_nothing_is_refused(lake: HoursLake, tmp_path: Path) -> None:
    """And a checkpoint that was mistyped."""
    with pytest.raises(NotKnown, match="/nowhere: no query has begun there"):
        progress_made((tmp_path / "nowhere").as_uri())

    commits = open_storage(f"{lake.checkpoint}/commits")
    commits.delete_files([file.path for file in commits.list_files("")])
    offsets = open_storage(f"{lake.checkpoint}/offsets")
    offsets.delete_files([file.path for file in offsets.list_files("") if file.path != "0"])
    with pytest.raises(RebuildRefused, match="checkpoint: no batch is done, so no hour is closed"):
        progress_made(lake.checkpoint)


def test_what_raw_has_lost_may_be_given_up(spark: SparkSession, lake: HoursLake) -> None:
    """If it is said: then the rows are those of what raw still holds."""
    _remove_a_file_of_raw(lake, batch=1)
    done = rebuilt(spark, lake, fewer=True)
    assert all(one.changed for one in done)
    kept = [line for number, batch in enumerate(batches()) if number != 1 for line in batch]
    check(lake, kept)


def test_batches_that_are_not_done_do_not_count(spark: SparkSession, lake: HoursLake) -> None:
    """Their records may come again in another batch."""
    lake_of_four = replace(progress_made(lake.checkpoint), batch=2)
    rebuilt(spark, lake, reached=lake_of_four, fewer=True)
    check(lake, [line for batch in batches()[:3] for line in batch])


def _file_of_raw(lake: HoursLake, batch: int) -> Path:
    (path,) = (folder_of(lake.uri) / RAW.path).rglob(f"*-batch-{batch:012d}-*.parquet")
    return path


def _remove_a_file_of_raw(lake: HoursLake, batch: int) -> None:
    for path in (folder_of(lake.uri) / RAW.path).rglob(f"*-batch-{batch:012d}-*.parquet"):
        path.unlink()
