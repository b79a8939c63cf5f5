"""A rebuild makes good what was lost of a version: its manifest, or a file."""

import pytest
from pyspark.sql import SparkSession

from glue_jobs.contracts.mobile_coverage import STATUS_COUNT
from glue_jobs.core.partitions import hour_values
from glue_jobs.core.repair.compaction import compact_hour
from glue_jobs.core.repair.rebuildable import progress_made
from glue_jobs.core.repair.versions import MANIFEST, Standing, UnreadableHour, standing_hour
from tests.core.hours_lake import HoursLake
from tests.streaming.rebuilding import check, lines, rebuilt
from tests.streaming.streamed_lake import TEN


def standing(lake: HoursLake) -> Standing:
    """What stands for the hour from ten on."""
    hour = hour_values(TEN)
    location = lake.catalog.location(STATUS_COUNT.table, hour)
    return standing_hour(lake.storage, STATUS_COUNT.table, hour, location)


def test_what_was_lost_of_a_version_is_made_anew(spark: SparkSession, lake: HoursLake) -> None:
    """Though its inputs are the same; whole hours are left, and nobody compacts a part."""
    rebuilt(spark, lake)
    (file,) = standing(lake).files
    lake.storage.delete_files([file.path])
    before = lake.paths()
    with pytest.raises(UnreadableHour, match="a file of its version is gone or cut short; rebuild the hour"):
        compact_hour(lake.place, progress_made(lake.checkpoint), standing(lake))
    assert lake.paths() == before

    done = [one for one in rebuilt(spark, lake) if one.changed]

    assert [(one.table, one.hour) for one in done] == [(STATUS_COUNT.table.name, hour_values(TEN))]
    check(lake, lines())

    (file,) = standing(lake).files
    lake.storage.delete_files([f"{file.path.rpartition('/')[0]}/{MANIFEST}"])
    with pytest.raises(UnreadableHour, match="rebuild the hour"):
        standing(lake)

    assert sum(one.changed for one in rebuilt(spark, lake)) == 1
    check(lake, lines())
