"""Whatever came in whatever order: after a rebuild the closed hours are those of a batch over all of it."""

from datetime import timedelta

import pytest
from hypothesis import Phase, given, settings
from pyspark.sql import SparkSession

from glue_jobs.contracts.mobile_coverage import AGGREGATES, RAW
from glue_jobs.core.repair.rebuild import rebuild
from glue_jobs.core.repair.rebuildable import Rebuild, progress_made
from tests.batch_oracle import batch_rows, decoded, in_order
from tests.core.hours_lake import HoursLake, glue_client
from tests.streaming.streamed_lake import WINDOWS, read, register, stream
from tests.streaming.test_stream_equals_batch import BEGIN, Batches, batches

HOUR = timedelta(hours=1)


@settings(max_examples=4, phases=[Phase.explicit, Phase.generate])  # shrinking would take minutes
@given(made=batches())
def test_a_rebuild_publishes_what_a_batch_gives_over_all_records(
    made: Batches, spark: SparkSession, moto_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Late, duplicate, rejected and out-of-order records included; no hour is lost, none is open."""
    folder = tmp_path_factory.mktemp("rebuilt")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "ENDPOINT_URL": moto_url,
            "REGION": "us-east-1",
            "DEFAULT_REGION": "us-east-1",
        }.items():
            patch.setenv(f"AWS_{name}", value)
        for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
            patch.setenv(f"AWS_{name}", "testing")
        lake = HoursLake(folder.as_uri(), glue_client())
    stream(spark, made, folder)
    register(lake)
    reached = progress_made(lake.checkpoint)
    closed = [hour for hour in (BEGIN, BEGIN + HOUR) if reached.windows_closed(hour)]
    if not closed:
        return
    names = tuple(aggregate.table.name for aggregate in AGGREGATES)
    list(rebuild(spark, lake.place, Rebuild(WINDOWS, RAW, names, BEGIN, closed[-1] + HOUR, reached)))
    accepted = decoded([line for batch in made for line in batch])[0]
    for aggregate in AGGREGATES:
        expected = batch_rows(accepted, aggregate, closed[-1] + HOUR)
        assert in_order(read(lake, aggregate.table, *closed)) == in_order(expected)
