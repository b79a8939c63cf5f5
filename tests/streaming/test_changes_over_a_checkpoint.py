"""What may change between two runs over one checkpoint, while windows are open: the tables stay exact."""

import dataclasses
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from pyspark.sql import SparkSession
from pyspark.sql.types import IntegerType, StructType

from glue_jobs.contracts.contract import EventContract, described
from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT, QUARANTINE, RAW, STATUS_COUNT
from glue_jobs.core.checkpoint_health import examine
from glue_jobs.core.windows import Windows
from tests.batch_oracle import check_side_tables, check_tables, listed
from tests.faults.harness import some_event, write_file
from tests.streaming.job_parts import run_parts

BEGIN = datetime(2026, 11, 20, 10, tzinfo=UTC)
CLOSING = BEGIN + timedelta(days=1)

WITH_BATTERY = dataclasses.replace(
    EVENT,
    schema=StructType(
        [
            *EVENT.schema,
            described("battery", IntegerType(), "charge of the battery", unit="%", minimum=0, maximum=100),
        ]
    ),
)


def events(*minutes: float, **fields: object) -> list[bytes]:
    """An event at each of these minutes, with further fields."""
    times = [BEGIN + timedelta(minutes=minute) for minute in minutes]
    return [some_event(Random(str(time)), time, **fields) for time in times]


def run(
    spark: SparkSession,
    folder: Path,
    files: dict[int, list[bytes]],
    event: EventContract = EVENT,
    watermark: timedelta = EVENT.watermark,
    keep_raw: bool = True,
) -> list[bytes]:
    """Put the files, and run the job's parts over them, one file in each batch; the lines."""
    (folder / "events").mkdir(exist_ok=True)
    lines = [line for number, some in files.items() for line in write_file(folder / "events", number, some)]
    run_parts(spark, folder, Windows(event, AGGREGATES, event.window), watermark, keep_raw)
    return lines


def counts(folder: Path) -> dict[float, int]:
    """Minute at which a window starts → its events."""
    counted: Counter[float] = Counter()
    for row in listed(folder / "lake", STATUS_COUNT.table):
        counted[(row["window_start"] - BEGIN) / timedelta(minutes=1)] += row["status_count"]
    return dict(counted)


def test_a_field_added_to_the_contract_goes_on_from_open_windows(spark: SparkSession, tmp_path: Path) -> None:
    """The windows hold events from before and after; the field is checked from then on."""
    before = {0: events(0, 1, 5, 12, 13), 1: events(4.5, 12.5, 14, 15, 15.5)}
    after = {2: [*events(13.5, 15, 16, battery=70), *events(14.5)], 3: events(24 * 60)}
    lines = run(spark, tmp_path, before)
    assert counts(tmp_path) == {0: 2}, "the windows that both runs feed should be open"
    lines += run(spark, tmp_path, after, WITH_BATTERY)
    check_tables(tmp_path / "lake", lines, *AGGREGATES)
    check_side_tables(tmp_path / "lake", lines)

    run(spark, tmp_path, {4: events(24 * 60 + 1, battery=101)}, WITH_BATTERY)
    rejected = listed(tmp_path / "lake", QUARANTINE)
    assert [(row["reason"], row["field"]) for row in rejected] == [("out_of_range", "battery")]
    assert json.loads(rejected[0]["payload"])["battery"] == 101


def test_another_watermark_holds_from_the_next_batch_on(spark: SparkSession, tmp_path: Path) -> None:
    """What was closed stays closed. With a longer delay the watermark stands still at first."""
    ten, thirty = timedelta(minutes=10), timedelta(minutes=30)
    run(spark, tmp_path, {0: events(0, 20)}, watermark=ten)
    assert (watermark(tmp_path), counts(tmp_path)) == (10, {0: 1})

    late_as_before, in_time_now = events(0.5, 15), events(25)
    run(spark, tmp_path, {1: late_as_before, 2: events(50), 3: in_time_now}, watermark=thirty)
    assert (watermark(tmp_path), counts(tmp_path)) == (20, {0: 1, 14: 1})

    run(spark, tmp_path, {4: events(26, 51)}, watermark=ten)
    assert (watermark(tmp_path), counts(tmp_path)) == (41, {0: 1, 14: 1, 20: 1, 24: 1, 26: 1})


def watermark(folder: Path) -> float:
    """The newest watermark, in minutes since the beginning."""
    newest = examine((folder / "checkpoint").as_uri()).watermark
    assert newest is not None
    return (newest - BEGIN) / timedelta(minutes=1)


def test_raw_may_be_kept_or_not_from_one_run_to_the_next(spark: SparkSession, tmp_path: Path) -> None:
    """The tables do not change by it; raw has the records of the runs that kept them."""
    kept = run(spark, tmp_path, {0: events(0, 1)})
    not_kept = run(spark, tmp_path, {1: events(1.5, 3)}, keep_raw=False)
    kept_again = run(spark, tmp_path, {2: events(24 * 60)})

    check_tables(tmp_path / "lake", kept + not_kept + kept_again, *AGGREGATES)
    assert Counter(row["data"] for row in listed(tmp_path / "lake", RAW)) == Counter(kept + kept_again)


def test_raw_of_a_batch_that_runs_again_without_it_is_removed(spark: SparkSession, tmp_path: Path) -> None:
    """The run that kept it died before the commit; the one that repeats the batch does not keep raw."""
    lines = run(spark, tmp_path, {0: events(0, 1)})
    for entry in [*tmp_path.glob("checkpoint/commits/*"), *tmp_path.glob("checkpoint/offsets/*[1-9]*")]:
        entry.unlink()
    lines += run(spark, tmp_path, {1: events(24 * 60)}, keep_raw=False)

    check_tables(tmp_path / "lake", lines, *AGGREGATES)
    assert listed(tmp_path / "lake", RAW) == []


def test_the_state_is_as_every_version_so_far_has_it(spark: SparkSession, tmp_path: Path) -> None:
    """Spark refuses a state whose key has another name, type or nullability than the first run's.

    What this fails for must not be released without a way for the checkpoints that are there.
    """
    run(spark, tmp_path, {0: events(0)})
    schema = (tmp_path / "checkpoint/state/0/0/_metadata/schema").read_bytes()
    found = [json.loads(text) for text in re.findall(rb'\{"type":"struct".*?\]\}(?=[^\]\},]|$)', schema)]
    key, value = (StructType.fromJson(one) for one in found)
    assert [(field.name, field.dataType.simpleString(), field.nullable) for field in key] == [
        ("window", "struct<start:timestamp,end:timestamp>", False),
        ("table_name", "string", False),
        ("operator", "string", True),
        ("postal_code", "string", True),
        ("provider", "string", True),
        ("status", "int", True),
        ("description", "string", True),
    ]
    assert [(field.name, field.dataType.simpleString(), field.nullable) for field in value] == [
        ("sum", "bigint", True),
        ("sum", "bigint", True),
        ("min", "int", True),
        ("max", "int", True),
        ("sum", "bigint", True),
        ("sum", "double", True),
        ("sum", "bigint", True),
        ("sum", "bigint", True),
        ("sum", "bigint", True),
    ]
