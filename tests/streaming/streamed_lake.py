"""A lake that a stream with late records has written, made once and copied for each test that changes it."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from pyspark.sql import SparkSession

from glue_jobs.contracts.contract import TableContract
from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT, TABLES
from glue_jobs.core.partitions import hour_values
from glue_jobs.core.windows import Windows
from tests.core.hours_lake import HoursLake, Rows
from tests.faults.harness import some_event, some_line, write_file
from tests.streaming.job_parts import run_parts

TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)
ELEVEN, TWELVE, ONE = (TEN + timedelta(hours=hours) for hours in (1, 2, 3))
HOURS = (TEN, ELEVEN, TWELVE)
"""They are closed in the lake; that from one on is open."""

WINDOWS = Windows(EVENT, AGGREGATES, EVENT.window)

_LATE = [5, 5, 31, 61, 87]
"""Minutes of the events in the third batch that come when their windows are published."""

LATE = {TEN: 3, ELEVEN: 2, TWELVE: 0}


def batches() -> list[list[bytes]]:
    """Six micro-batches: two hours in order, late ones among those of the third hour, and what closes it."""
    rng = Random(6)

    def lines(*minutes: float) -> list[bytes]:
        return [some_line(rng, TEN + timedelta(minutes=minute)) for minute in minutes]

    def events(*minutes: float) -> list[bytes]:
        return [some_event(rng, TEN + timedelta(minutes=minute)) for minute in minutes]

    return [
        lines(*(rng.uniform(0, 60) for _ in range(80))) + events(59),
        lines(*(rng.uniform(60, 120) for _ in range(80))) + events(119),
        lines(*(rng.uniform(120, 150) for _ in range(40))) + events(150),
        lines(*(rng.uniform(150, 180) for _ in range(40))) + events(*_LATE),
        events(210, 211),
        events(212),
    ]


def stream(
    spark: SparkSession, made: list[list[bytes]], folder: Path, windows: Windows = WINDOWS
) -> list[bytes]:
    """Stream more batches, one file each, into the lake in `folder`; their lines."""
    (folder / "events").mkdir(parents=True, exist_ok=True)
    first = len(list((folder / "events").iterdir()))
    for number, lines in enumerate(made):
        write_file(folder / "events", first + number, lines)
    run_parts(spark, folder, windows)
    return [line for lines in made for line in lines]


def copied(original: Path, folder: Path, lake: HoursLake) -> HoursLake:
    """A copy of the lake and its checkpoint, in a catalogue of its own."""
    for part in ("events", "lake", "checkpoint"):
        shutil.copytree(original / part, folder / part)
    register(lake)
    return lake


def register(lake: HoursLake) -> None:
    """Let the catalogue know all that the stream has written, as the job does on the way."""
    lake.register(*TABLES)


def read(lake: HoursLake, table: TableContract, *hours: datetime) -> Rows:
    """The rows of hours as a query through the catalogue gets them, file by file."""
    return [row for hour in hours or HOURS for row in lake.read(hour_values(hour), table)]
