"""How a frame is looked at: in few passes, without a word, and without a trace."""

import socket
from typing import Any

import pytest
from pyspark.sql import SparkSession

from glue_jobs.contracts.orders import RAW
from glue_jobs.core.expectations import as_delivered
from glue_jobs.core.validation import validate
from tests.core.order_frames import frame_of, raw_row


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_what_holds_is_found_in_two_passes_however_many_rules_there_are(
    spark: SparkSession, rows: int
) -> None:
    """A pass for each rule would read raw some twenty times."""
    group = f"passes over {rows}"
    spark.sparkContext.setJobGroup(group, group)
    frame = frame_of(spark, RAW, [raw_row(line) for line in range(rows)]).coalesce(1)

    validate(frame, as_delivered(RAW, rows=rows))

    jobs = spark.sparkContext.statusTracker().getJobIdsForGroup(group)
    assert len(jobs) <= 4, "an aggregate is two jobs: one for each stage of an adaptive plan"


def test_nothing_is_shown_and_nobody_is_called(
    spark: SparkSession, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No progress bars, no warnings, and no address but the JVM's on this machine."""
    called: list[Any] = []
    connect = socket.socket.connect

    def note(self: socket.socket, address: Any) -> None:
        called.append(address[0] if isinstance(address, tuple) else address)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", note)
    wrong = frame_of(spark, RAW, [raw_row(1, database_operation="d")])
    validate(wrong, as_delivered(RAW, rows=2))

    assert capfd.readouterr() == ("", "")
    assert {*called} <= {"127.0.0.1"}


def test_nothing_stays_cached(spark: SparkSession) -> None:
    """Great Expectations would keep the frame in memory for as long as the job runs."""
    frame = frame_of(spark, RAW, [raw_row()])

    validate(frame, as_delivered(RAW, rows=1))

    assert not frame.is_cached
