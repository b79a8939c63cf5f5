"""What is read ahead lies on the disk in small batches, for its owner alone, and does not stay behind."""

import os
import stat
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from glue_jobs.core.sources.shards import ShardRange
from glue_jobs.core.sources.spool import Spool, read_spool

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def kept(spool: Spool, *data: bytes) -> Path:
    """Records of a shard, written; their file."""
    records: list[Any] = [
        {"Data": one, "SequenceNumber": str(number), "ApproximateArrivalTimestamp": NOON}
        for number, one in enumerate(data)
    ]
    spool.write(ShardRange("stream", "shard", "TRIM_HORIZON", None, "9", len(data)), records)
    return spool.file("shard", "9")


def test_what_is_written_is_read() -> None:
    """Byte for byte, with arrival, shard and number."""
    (batch,) = read_spool(kept(Spool(), b"a", b"\xff"))
    assert batch.to_pylist() == [
        {"data": b"a", "arrival_time": NOON, "shard_id": "shard", "sequence_number": "0"},
        {"data": b"\xff", "arrival_time": NOON, "shard_id": "shard", "sequence_number": "1"},
    ]


def test_large_records_come_in_small_batches() -> None:
    """Columns of bytes have an end at 2 GiB, and tasks a memory."""
    large = b"x" * 10 * 2**20
    batches = list(read_spool(kept(Spool(), large, large, large, b"a")))
    assert [len(batch) for batch in batches] == [2, 2]
    assert pa.Table.from_batches(batches)["data"].to_pylist() == [large, large, large, b"a"]


def test_nobody_else_may_look_into_it_whatever_the_umask(folder: Path) -> None:
    """It lies where all programs put their temporary files."""
    before = os.umask(0)
    try:
        kept(Spool(), b"a")
    finally:
        os.umask(before)
    (made,) = folder.iterdir()
    assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_what_a_killed_planner_left_is_removed_by_the_next(folder: Path) -> None:
    """That of one that lives stays."""
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    left = folder / f"sluice-spool-{int(gone.stdout)}-abc"
    left.mkdir()
    (left / "shard-to-9.arrow").write_bytes(b"half")
    other = kept(Spool(), b"a")
    assert (left.exists(), other.exists()) == (False, True)
    kept(Spool(), b"b")
    assert other.exists()


def test_a_spool_can_be_removed_whether_it_was_written_or_not(folder: Path) -> None:
    """Nothing stays behind."""
    spool = Spool()
    spool.remove()
    kept(spool, b"a")
    spool.remove()
    assert list(folder.iterdir()) == []
