"""Whatever comes in whatever order, the stream's tables are those of a batch run over what was in time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT
from glue_jobs.core.decode import EVENT_TIME
from glue_jobs.core.windows import Windows
from tests.batch_oracle import batch_rows, check_side_tables, decoded, in_order, listed
from tests.faults.harness import some_event, some_line, write_file
from tests.streaming.job_parts import run_parts

BEGIN = datetime(2026, 11, 20, 10, tzinfo=UTC)
Batches = list[list[bytes]]


@st.composite
def batches(draw: st.DrawFn) -> Batches:
    """A few micro-batches of records over two hours, out of order, with duplicates and rejects."""
    rng = Random(draw(st.integers(0, 2**32)))
    minutes = st.lists(st.integers(0, 120), min_size=1, max_size=12)
    made = [
        [some_line(rng, BEGIN + timedelta(minutes=m, seconds=rng.randrange(60))) for m in batch]
        for batch in draw(st.lists(minutes, min_size=2, max_size=5))
    ]
    return [[*batch, *rng.choices(batch, k=rng.randrange(3))] for batch in made]


@dataclass
class InTime:
    """The records that find their window open, and the time before which windows are closed in the end."""

    payloads: list[bytes]
    late: int
    closed_before: datetime


def in_time(made: Batches) -> InTime:
    """Works out lateness one batch after the other, as Spark does.

    A batch's watermark is the latest event time of all batches before it, less the delay; windows that end
    by then are written in this batch, with what the batch still brings for them. So a record is late when
    its window ends by the watermark of the batch before: it has been written.
    """
    latest = watermark = written = datetime(1970, 1, 1, tzinfo=UTC)
    kept: list[bytes] = []
    late = 0
    for batch in made:
        for line in batch:
            times = decoded([line])[0][EVENT_TIME].to_pylist()
            if times and window_end(times[0]) <= written:
                late += 1
            else:
                kept.append(line)
            latest = max([latest, *times])
        written, watermark = watermark, max(watermark, latest - EVENT.watermark)
    return InTime(kept, late, watermark)


def window_end(moment: datetime) -> datetime:
    """The end of the two-minute window that holds `moment`."""
    return moment.replace(minute=moment.minute // 2 * 2, second=0) + EVENT.window


def run(spark: SparkSession, made: Batches, folder: Path) -> Path:
    """Stream the batches, one file each, through the parts of the job, or go on with the new; the lake."""
    (folder / "events").mkdir(parents=True, exist_ok=True)
    for number, lines in enumerate(made):
        write_file(folder / "events", number, lines)
    run_parts(spark, folder, Windows(EVENT, AGGREGATES, EVENT.window))
    return folder / "lake"


@settings(max_examples=5, phases=[Phase.explicit, Phase.generate])  # shrinking would take minutes
@given(made=batches())
def test_the_stream_publishes_what_a_batch_gives_over_the_records_in_time(
    made: Batches, spark: SparkSession, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Late, duplicate, rejected and out-of-order records included."""
    lake = run(spark, made, tmp_path_factory.mktemp("stream"))
    expected = in_time(made)
    accepted = decoded(expected.payloads)[0]
    for aggregate in AGGREGATES:
        rows = batch_rows(accepted, aggregate, expected.closed_before)
        assert in_order(listed(lake, aggregate.table)) == in_order(rows)
    check_side_tables(lake, [line for batch in made for line in batch])


def test_a_record_is_late_when_its_window_was_closed_by_the_batches_before(
    spark: SparkSession, tmp_path: Path
) -> None:
    """Its window is written in the second batch, with what that brings; what the third brings is late."""
    at = {minute: some_event(Random(7), BEGIN + timedelta(minutes=minute)) for minute in (0, 20, 40)}
    made = [[at[0], at[20]], [at[0]], [at[0]], [at[40]]]
    assert in_time(made).late == 1
    lake = run(spark, made, tmp_path)
    counts = {row["window_start"]: row["status_count"] for row in listed(lake, AGGREGATES[-1].table)}
    assert counts == {BEGIN: 2, BEGIN + timedelta(minutes=20): 1}
