"""Audit and rebuild of a stream that drops repeats: they drop the same."""

from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import Phase, given, settings
from pyspark.sql import SparkSession

from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT, QUARANTINE, RAW
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.audit.accounts import Audit
from glue_jobs.core.audit.findings import findings
from glue_jobs.core.audit.lake import Pipeline, audit_lake
from glue_jobs.core.hours import HOUR
from glue_jobs.core.pieces import Redrive
from glue_jobs.core.repair.rebuild import Rebuilt, rebuild
from glue_jobs.core.repair.rebuildable import Rebuild, progress_made
from glue_jobs.core.table_hours import hours_of, locations_of
from glue_jobs.core.windows import Windows
from tests.batch_oracle import batch_rows, decoded, in_order
from tests.core.hours_lake import HoursLake, glue_client
from tests.faults.harness import some_event
from tests.spark4 import STATE_READER
from tests.streaming.streamed_lake import ELEVEN, TEN, read, register, stream
from tests.streaming.test_deduplication import BY_PAYLOAD, at, by_payload, resent, without_repeats
from tests.streaming.test_stream_equals_batch import Batches, in_time

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient

PIPELINE = Pipeline(EVENT, AGGREGATES, RAW, QUARANTINE)
BY_TIME = Windows(EVENT, AGGREGATES, EVENT.window, ("timestamp",))
CLOSING = [[at(240)], [at(241)]]
"""After them the hours from ten and eleven on are closed."""


def audited(spark: SparkSession, lake: HoursLake) -> Audit:
    """The audit through the catalogue."""
    return audit_lake(spark, PIPELINE, lake.uri, lake.checkpoint, EVENT.watermark, lake.catalog)


def rebuilt(spark: SparkSession, lake: HoursLake) -> list[Rebuilt]:
    """The hours from ten and eleven on made anew, as the checkpoint says."""
    reached = progress_made(lake.checkpoint)
    windows = Windows(EVENT, AGGREGATES, reached.window, reached.deduplicate)
    names = tuple(aggregate.table.name for aggregate in AGGREGATES)
    what = Rebuild(windows, RAW, names, TEN, ELEVEN + HOUR, reached)
    return list(rebuild(spark, lake.place, what))


def check(lake: HoursLake, standing: list[bytes]) -> None:
    """A reader of the closed hours gets what a batch over these records gives."""
    accepted = decoded(standing)[0]
    for aggregate in AGGREGATES:
        expected = batch_rows(accepted, aggregate, ELEVEN + HOUR)
        assert in_order(read(lake, aggregate.table, TEN, ELEVEN)) == in_order(expected)


@STATE_READER
@settings(max_examples=3, phases=[Phase.explicit, Phase.generate])  # shrinking would take minutes
@given(made=resent())
def test_a_rebuild_publishes_each_event_once_and_the_audit_finds_every_record(
    made: Batches, spark: SparkSession, moto_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Before, those that came late alone are late; afterwards none is, and all others are repeats."""
    made = [*made, *CLOSING]
    folder = tmp_path_factory.mktemp("deduplicated")
    lake = HoursLake(folder.as_uri(), a_catalogue(moto_url))
    stream(spark, made, folder, BY_PAYLOAD)
    register(lake)
    standing = [line for batch in without_repeats(made, by_payload) for line in batch]
    taken = in_time(without_repeats(made, by_payload))
    accepted = len(decoded([line for batch in made for line in batch])[0])
    events, repeated = len(decoded(standing)[0]), accepted - len(decoded(standing)[0])

    before = audited(spark, lake)
    assert (before.balanced, list(findings(before))) == (True, [])
    assert before.total.accepted == accepted
    assert (before.total.late, before.total.repeated) == (taken.late, repeated)

    rebuilt(spark, lake)

    check(lake, standing)
    after = audited(spark, lake)
    assert (after.balanced, after.total.late, after.total.repeated) == (True, 0, repeated)
    assert after.total.published + after.total.open == events
    assert not any(one.changed for one in rebuilt(spark, lake))


def a_catalogue(moto_url: str) -> "GlueClient":
    """An empty one; fixtures of a function do not go with Hypothesis."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", moto_url)
        for name in ("REGION", "DEFAULT_REGION"):
            patch.setenv(f"AWS_{name}", "us-east-1")
        for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
            patch.setenv(f"AWS_{name}", "testing")
        return glue_client()


@STATE_READER
def test_of_repeats_that_differ_the_first_stands_after_a_rebuild(
    spark: SparkSession, aws: str, tmp_path: Path
) -> None:
    """In the stream, of those in one batch any may: the audit says so, and compares what is determined."""
    known, unknown, other = (some_event(Random(1), TEN, signal=signal) for signal in (7, 99, 31))
    made = [[at(1), *[unknown, known] * 10], [other, known], *CLOSING]
    lake = HoursLake(tmp_path.as_uri(), glue_client())
    stream(spark, made, tmp_path, BY_TIME)
    register(lake)

    before = audited(spark, lake)
    assert before.balanced
    assert before.total.repeated == 21
    assert before.columns["signal_strength_by_operator.record_count"].unsure == 1
    assert [finding for finding in findings(before) if "whether 1 value counts is not determined" in finding]

    rebuilt(spark, lake)
    check(lake, [at(1), unknown])
    after = audited(spark, lake)
    assert (after.balanced, list(findings(after))) == (True, [])


@STATE_READER
def test_what_was_redriven_counts_once_beside_what_the_stream_brings(
    spark: SparkSession, aws: str, tmp_path: Path
) -> None:
    """Before the rebuild that takes it in it is late, unless the event is there; afterwards what comes is."""
    lake = HoursLake(tmp_path.as_uri(), glue_client())
    stream(spark, [[at(0)], [at(1)], *CLOSING], tmp_path, BY_PAYLOAD)
    register(lake)
    redriven, late = some_event(Random(9), TEN), at(5)
    redrive(lake, [at(1), redriven, redriven])

    assert terms(audited(spark, lake)) == (7, 2, 2, 1, 2)
    rebuilt(spark, lake)
    assert terms(audited(spark, lake)) == (7, 3, 2, 0, 2)

    stream(spark, [[redriven, late], [at(242)]], tmp_path, BY_PAYLOAD)
    assert terms(audited(spark, lake)) == (10, 3, 3, 1, 3)
    rebuilt(spark, lake)
    check(lake, [at(0), at(1), redriven, late])
    assert terms(audited(spark, lake)) == (10, 4, 3, 0, 3)


def test_a_redrive_of_repeats_alone_is_taken_in_once(spark: SparkSession, aws: str, tmp_path: Path) -> None:
    """Else it would be looked for again and again, for no row is of it."""
    lake = HoursLake(tmp_path.as_uri(), glue_client())
    stream(spark, [[at(0)], [at(1)], *CLOSING], tmp_path, BY_PAYLOAD)
    register(lake)
    rebuilt(spark, lake)
    redrive(lake, [at(1)])

    assert any(one.changed for one in rebuilt(spark, lake))
    (ten, *_) = hours_of(lake.uri, AGGREGATES[0].table, locations_of(lake.catalog, AGGREGATES[0].table))
    assert ten.rebuilt_to is not None
    assert ten.rebuilt_to.redrive == 1
    assert not any(one.changed for one in rebuilt(spark, lake))


def redrive(lake: HoursLake, lines: list[bytes]) -> None:
    """Mended records appended to raw."""
    schema = arrow_schema(RAW.schema)
    (first, *_) = sorted(file.path for file in lake.storage.list_files(RAW.path))
    name = Redrive(progress_made(lake.checkpoint).query, 1, 0).file_name
    with lake.storage.new_file(f"{first.rpartition('/')[0]}/{name}") as file:
        pq.write_table(pa.Table.from_pylist([{"data": line} for line in lines], schema), file)


def terms(found: Audit) -> tuple[int, int, int, int, int]:
    """Accepted, published, open, late, repeated."""
    assert found.balanced, [*findings(found)]
    total = found.total
    return total.accepted, total.published, total.open, total.late, total.repeated
