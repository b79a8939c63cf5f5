"""From arrival to a readable file."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.engine_process import EngineFailed, Event
from benchmarks.paced_sender import reject_of
from benchmarks.readable import Watcher, closing_arrivals, percentiles, reject_arrivals, waits

TWO, TEN = timedelta(minutes=2), timedelta(minutes=10)


def at(minute: int, second: int = 0) -> datetime:
    """A time after ten o'clock of the tests' day."""
    return datetime(2024, 1, 15, 10, minute, second, tzinfo=UTC)


def tick(newest: datetime, arrived: float) -> Event:
    """What the sender prints."""
    return {"newest": newest.isoformat(), "reject": f"broken {arrived}", "arrived": arrived}


def write(lake: Path, folder: str, name: str, **columns: list[Any]) -> None:
    """A file of a table in the lake."""
    place = lake / folder / "event_date=2024-01-15" / "hour=10"
    place.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), place / name)


def test_a_window_is_closed_by_the_first_record_a_watermark_later() -> None:
    """Not by one a second earlier; a record that is far ahead closes several."""
    ticks = [tick(at(11, 59), 1.0), tick(at(12), 2.0), tick(at(13, 59), 3.0), tick(at(16, 30), 4.0)]
    assert closing_arrivals(ticks, TWO, TEN) == {at(2): 2.0, at(4): 4.0, at(6): 4.0}


def test_a_window_is_readable_when_the_last_of_its_files_is(tmp_path: Path) -> None:
    """Over all tables; drafts and what was seen before do not change that."""
    watcher = Watcher(tmp_path)
    write(tmp_path, "aggregations/status_count", "part-0.parquet", window_end=[at(2), at(4)])
    watcher.look(5.0)
    write(tmp_path, "aggregations/gps_precision_by_provider", "part-0.parquet", window_end=[at(2)])
    write(tmp_path, "aggregations/gps_precision_by_provider", ".part-1.parquet", window_end=[at(4)])
    watcher.look(6.0)
    watcher.look(7.0)
    assert watcher.windows() == {at(2): 6.0, at(4): 5.0}


def test_a_reject_is_readable_when_its_file_is(tmp_path: Path) -> None:
    """Found by what it says."""
    watcher = Watcher(tmp_path)
    write(tmp_path, "quarantine/mobile_coverage", "part-0.parquet", payload=[reject_of(0), reject_of(1)])
    watcher.look(5.0)
    assert watcher.rejects() == {'{"tick":0': 5.0, '{"tick":1': 5.0}


def test_waits_count_from_arrival_and_only_since_a_time() -> None:
    """What came while the job warmed up is left out, also where it was never seen."""
    arrived = reject_arrivals([tick(at(0), 1.0), tick(at(1), 2.0), tick(at(2), 3.0)])
    assert waits(arrived, {"broken 2.0": 5.0, "broken 3.0": 5.5}, since=2.0) == [3.0, 2.5]


def test_what_never_becomes_readable_fails() -> None:
    """It would else make the figures better. Nothing at all is no result either."""
    with pytest.raises(EngineFailed, match=r"1 of 2 never became readable; the first: \['b'\]"):
        waits({"a": 1.0, "b": 2.0}, {"a": 3.0}, since=0.0)
    with pytest.raises(EngineFailed, match="0 of 0"):
        waits({"a": 1.0}, {"a": 3.0}, since=2.0)


def test_percentiles_come_with_their_number_of_samples() -> None:
    """And with the largest."""
    seconds = [float(value) for value in range(200, 0, -1)]
    assert percentiles(seconds) == {"samples": 200, "p50": 100.0, "p99": 198.0, "most": 200.0}
