"""The audit of a lake: it agrees with what really happened, and finds what was done to the lake since."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from glue_jobs.contracts.mobile_coverage import GPS_PRECISION_BY_PROVIDER, QUARANTINE, RAW, STATUS_COUNT
from glue_jobs.core.audit.findings import findings
from glue_jobs.core.audit.lake import audit_lake
from glue_jobs.core.batch_files import Batch
from glue_jobs.core.errors import OptionError, SourceError
from tests.core.audit.played_stream import BEGIN, PIPELINE, Event, PlayedStream
from tests.core.buckets import new_bucket

MINUTE = timedelta(minutes=1)
COUNTED = STATUS_COUNT.table


@pytest.fixture(params=["file", "s3"])
def stream(request: pytest.FixtureRequest, tmp_path: Path) -> PlayedStream:
    """Five batches; a window of each of two hours is published, one is open, two records are late."""
    if request.param == "s3":
        request.getfixturevalue("aws")
    return played(tmp_path.as_uri() if request.param == "file" else f"s3://{new_bucket()}/played")


def at(minutes: float, signal: int | None = 12) -> Event:
    """An event so many minutes before the first batch, or after it."""
    return BEGIN + minutes * MINUTE, signal


def played(root: str) -> PlayedStream:
    """See `stream`."""
    stream = PlayedStream(root, apart=5 * MINUTE)
    stream.batch([at(-30), at(-30, None), at(-29)])
    stream.batch([at(0), at(0.5)], malformed=1)
    stream.batch([at(0.5)])
    stream.batch([at(-30), at(-20), at(0)])  # the first two are late
    stream.batch([at(12)])
    stream.batch()
    assert (stream.published.total(), stream.late.total(), stream.open.total()) == (7, 2, 1)
    return stream


def test_each_record_is_published_open_or_late(stream: PlayedStream) -> None:
    """And those that are rejected are in the quarantine."""
    found = stream.audit()
    total = found.total

    assert (total.accepted, total.published, total.open, total.late) == (10, 7, 1, 2)
    assert (found.raw, found.rejected, found.refused, found.batch) == (11, 1, 1, 5)
    assert found.balanced
    assert [*findings(found)] == []


def test_a_lost_file_is_missing_in_its_windows(stream: PlayedStream) -> None:
    """What was late stays late."""
    lost = stream.files(COUNTED)[0]
    (row,) = stream.rows(lost)
    stream.remove(lost)

    found = stream.audit()

    wrong = {start: accounts for start, accounts in found.windows.items() if not accounts.balanced}
    assert {start: accounts.missing for start, accounts in wrong.items()} == {
        row["window_start"]: row["status_count"]
    }
    assert (found.total.late, found.total.double, found.balanced) == (2, 0, False)


def test_a_copied_file_is_double_in_its_windows(stream: PlayedStream) -> None:
    """Its rows are there twice."""
    copied = stream.files(COUNTED)[0]
    stream.copy(copied, copied.replace("part-", "part-9"))

    found = stream.audit()

    assert (found.total.double, found.total.missing, found.total.beyond_raw) == (3, 0, 0)
    assert not found.balanced


def test_a_file_of_any_table_is_missed(stream: PlayedStream) -> None:
    """Also of one that counts no records, by the values that it counts."""
    stream.remove(stream.files(GPS_PRECISION_BY_PROVIDER.table)[0])

    found = stream.audit()

    assert found.total.balanced
    values = found.columns["gps_precision_by_provider.precision_count"]
    assert (values.expected, values.published, values.missing) == (7, 4, 3)
    assert not found.balanced
    assert "gps_precision_by_provider.precision_count" in next(iter(findings(found)))


def test_a_row_that_counts_nothing_and_is_there_twice_is_found(tmp_path: Path) -> None:
    """The signal of a whole window is unknown, so that no sum tells."""
    stream = PlayedStream(tmp_path.as_uri())
    for minutes in (-30, 0, 1):
        stream.batch([at(minutes, None)])
    (file,) = stream.files(PIPELINE.tables[0])
    stream.copy(file, file.replace("part-", "part-9"))

    assert stream.audit().columns["signal_strength_by_operator.record_count"].windows_twice == 1
    assert not stream.audit().balanced


def test_raw_that_is_lost_is_no_double(stream: PlayedStream) -> None:
    """Its records are published, and no row is there twice: raw is not complete."""
    stream.remove(*(file for file in stream.files(RAW) if "-batch-000000000001-" in file))

    found = stream.audit()

    assert (found.total.beyond_raw, found.total.double, found.balanced) == (2, 0, False)
    assert found.without_raw == (1, 5)
    assert next(iter(findings(found))).startswith("raw is not complete: tables and state hold 2 records")


def test_records_that_were_published_and_are_open_again_are_double(stream: PlayedStream) -> None:
    """As with the state of another time."""
    stream._open[min(stream.published)] = [at(-30)]
    assert stream.audit().total.double == 1


def test_a_lost_file_of_the_quarantine_is_told(stream: PlayedStream) -> None:
    """The contract still refuses the record in raw."""
    stream.remove(*stream.files(QUARANTINE))
    found = stream.audit()
    assert (found.refused, found.rejected, found.balanced) == (1, 0, False)
    assert "refuses 1 record of raw, and the quarantine holds 0" in next(iter(findings(found)))


def test_what_a_batch_wrote_that_is_not_done_is_left_out(stream: PlayedStream) -> None:
    """In every table; the stream may be running."""
    stream.batch([at(30)], malformed=1)
    stream.batch([at(31)])
    stream.batch()
    stream.checkpoint.delete_files(["offsets/8", "offsets/7", "commits/7", "commits/8", "commits/6"])
    before, stream._open = stream._open, {BEGIN + 12 * MINUTE: [at(12)]}

    found = stream.audit()

    assert before.keys() != stream._open.keys()
    assert (found.batch, found.total.accepted, found.raw, found.balanced) == (5, 10, 11, True)
    assert [*findings(found)] == ["batch 6 is not done yet; what it wrote is left out"]


def test_the_contract_s_hidden_arrival_is_the_time_of_the_batch(tmp_path: Path) -> None:
    """By its plan, where the file does not say: an event that lay ahead then is refused now."""
    stream = PlayedStream(tmp_path.as_uri())
    stream.batch([at(4), at(6)])
    for path in stream.files(RAW):
        stream.put(RAW, path, [{**row, "arrival_time": None} for row in stream.rows(path)])

    assert stream.audit().refused == 1
    stream.forget_plans(1)
    assert stream.audit().refused == 0  # the end of its hour stands in


def test_old_plans_are_not_needed(stream: PlayedStream) -> None:
    """The watermark is worked out of raw."""
    stream.forget_plans(5)
    assert stream.audit().balanced
    assert stream.audit().total.late == 2


def test_a_plan_that_says_otherwise_counts_and_is_told(stream: PlayedStream) -> None:
    """The job ran with a longer delay: nothing was late."""
    stream.checkpoint.delete_files(["offsets/2"])
    times = b'{"batchWatermarkMs":0,"batchTimestampMs":1772366440000,"conf":{}}'
    with stream.checkpoint.new_file("offsets/2") as file:
        file.write(b"v1\n" + times + b"\n{}")

    found = stream.audit()

    assert found.total.late == 0
    assert "batch 2 was planned with the watermark 1970-01-01 00:00:00" in [*findings(found)][-1]


def test_lake_and_checkpoint_belong_together(stream: PlayedStream) -> None:
    """A file of another query is no part of it."""
    file = stream.files(RAW)[0]
    stream.copy(file, f"{file.rpartition('/')[0]}/{Batch(str(UUID(int=8)), 0).file_name(0)}")
    with pytest.raises(OptionError, match="was written by another; give the checkpoint of that one"):
        audit_lake(None, PIPELINE, stream.lake_uri, stream.checkpoint_uri, 10 * MINUTE)  # type: ignore[arg-type]


def test_without_a_checkpoint_nothing_is_known(tmp_path: Path) -> None:
    """What is late and open cannot be told."""
    with pytest.raises(SourceError, match="no query has begun here"):
        audit_lake(None, PIPELINE, tmp_path.as_uri(), f"{tmp_path.as_uri()}/c", 10 * MINUTE)  # type: ignore[arg-type]


def test_a_damaged_file_stops_it(stream: PlayedStream) -> None:
    """And is named."""
    name = stream.files(COUNTED)[0]
    with stream.lake.new_file(name) as file:
        file.write(b"PAR1 and no more")
    with pytest.raises(SourceError, match=f"{name}: cannot be read as Parquet"):
        stream.audit()
