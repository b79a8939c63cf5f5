"""All files in any order, in any split over runs, with crashes between: the same table."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from chispa import assert_df_equality
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from glue_jobs.batch import orders_processed, orders_processed_initial_load
from glue_jobs.contracts.orders import PROCESSED
from glue_jobs.core import upsert
from tests.conftest import iceberg_lake_at
from tests.core.test_newest import EVENT_OF_FEW
from tests.order_events import order
from tests.orders_tables import OrdersLake, Row, jobs_in, orders_lake, states_of

_PLACES = count()

_THEN = st.sampled_from(
    ["upsert", "upsert dies before", "upsert dies after", "load", "load dies after", "nothing"]
)
"""What follows when a file has been brought into raw, whether a job's commit is the last it does."""


class Died(Exception):
    """The job ends here, as by a kill."""


@pytest.mark.timeout(600)
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.lists(EVENT_OF_FEW, min_size=4, max_size=8), _THEN), min_size=3, max_size=4))
def test_whatever_happens_the_table_is_what_plain_python_makes_of_all_events(
    spark: SparkSession, moto_url: str, aws: str, tmp_path: Path, files: list[tuple[list[Row], str]]
) -> None:
    """Files of any events, each followed by a job, by a job that dies, or by none; then one upsert."""
    with iceberg_lake_at(spark, moto_url, tmp_path / str(next(_PLACES))) as iceberg:
        lake = orders_lake(iceberg)
        with jobs_in(lake, aws):
            for number, (events, then) in enumerate(files):
                lake.bring(f"{number}", *(order(**on_the_wire(event)) for event in events))
                follow(lake, then)
            orders_processed.main(["job", "--lake_uri", lake.uri])

        everything = [event for events, _ in files for event in events]
        expected = spark.createDataFrame(states_of(everything), PROCESSED.schema)
        assert_df_equality(lake.processed(), expected, ignore_row_order=True, ignore_metadata=True)


def on_the_wire(event: Row) -> dict[str, Any]:
    """The fields of an event as JSON has them."""
    return {
        **event,
        "amount": float(event["amount"]),
        "event_timestamp": event["event_timestamp"].isoformat(),
    }


def follow(lake: OrdersLake, then: str) -> None:
    """Run the job, to its end or to its death."""
    job, _, when = then.partition(" dies ")
    if job == "nothing":
        return
    with pytest.MonkeyPatch.context() as patch:
        if when:
            dies(patch, when)
        try:
            if job == "upsert":
                orders_processed.main(["job", "--lake_uri", lake.uri])
            else:
                orders_processed_initial_load.main(["job", "--lake_uri", lake.uri, "--rebuild", "true"])
        except Died:
            assert when


def dies(patch: pytest.MonkeyPatch, when: str) -> None:
    """Let the job's commit be the last it does, or what it was about to do."""
    for name in ("_merge", "_replace"):
        commit = getattr(upsert, name)

        def commit_and_die(*arguments: object, commit: Callable[..., None] = commit) -> None:
            if when == "after":
                commit(*arguments)
            raise Died

        patch.setattr(upsert, name, commit_and_die)
