"""What a checkpoint says, and which damage can be mended."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from glue_jobs.core.checkpoint_health import NotRepairable, examine, repair
from glue_jobs.core.errors import SourceError
from glue_jobs.core.lease import LeaseHeld, writer_lease

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)


def plan(checkpoint: Path, batch: int, offset: object) -> None:
    """The entry of a planned batch, as Spark writes it."""
    times = {"batchWatermarkMs": NOON_MS - 600_000, "batchTimestampMs": NOON_MS + batch * 20_000, "conf": {}}
    entry(checkpoint, "offsets", batch, json.dumps(times), json.dumps(offset))


def entry(checkpoint: Path, log: str, number: int, *lines: str) -> None:
    """An entry of a log with its checksum."""
    (checkpoint / log).mkdir(parents=True, exist_ok=True)
    (checkpoint / log / str(number)).write_text("\n".join(["v1", *lines]))
    (checkpoint / log / f".{number}.crc").write_bytes(b"crc")


def cut_short(checkpoint: Path, path: str, size: int) -> None:
    """Leave the first bytes of an entry, as a crash of the machine does."""
    (checkpoint / path).write_bytes((checkpoint / path).read_bytes()[:size])


def left(checkpoint: Path) -> list[str]:
    """The entries that are there, checksums too."""
    logs = ("offsets", "commits", "sources/0")
    found = [path for log in logs for path in (checkpoint / log).glob("*")]
    return sorted(path.relative_to(checkpoint).as_posix() for path in found)


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """Three batches planned, two committed; the third without new files."""
    (tmp_path / "metadata").write_text('{"id": "7d1f"}')
    (tmp_path / "_definition.json").write_text('{"event": "mobile_coverage"}')
    for batch, log_offset in enumerate((0, 1, 1)):
        plan(tmp_path, batch, {"logOffset": log_offset})
    for number in (0, 1):
        entry(tmp_path, "commits", number, '{"nextBatchWatermarkMs": 0}')
        file = {"path": f"file:///in/{number}", "timestamp": NOON_MS, "batchId": number}
        entry(tmp_path, "sources/0", number, json.dumps(file))
    (tmp_path / "state/0/0").mkdir(parents=True)
    (tmp_path / "state/0/0/1.changelog").write_bytes(b"12345")
    return tmp_path


def test_a_checkpoint_tells_how_far_its_query_is(checkpoint: Path) -> None:
    """What is planned and what is done, the watermark, the offsets, the state, and that nobody writes."""
    health = examine(checkpoint.as_uri())

    assert (health.query_id, health.definition) == ("7d1f", {"event": "mobile_coverage"})
    assert (health.planned, health.committed) == (2, 1)
    assert health.planned_at == NOON.replace(second=40)
    assert health.watermark == NOON.replace(hour=11, minute=50)
    assert (health.offsets, health.state_bytes) == ({"logOffset": 1}, 5)
    assert (health.writer, health.damaged) == (None, ())


def test_it_tells_who_writes(checkpoint: Path) -> None:
    """And whoever writes is not disturbed by a repair."""
    with writer_lease(checkpoint.as_uri()):
        assert str(examine(checkpoint.as_uri()).writer).startswith("process ")
        with pytest.raises(LeaseHeld):
            repair(checkpoint.as_uri())


def test_a_folder_without_a_query_is_no_checkpoint(tmp_path: Path) -> None:
    """It says what to give."""
    with pytest.raises(SourceError, match="no query has begun here; give the --checkpoint_uri of a job"):
        examine(tmp_path.as_uri())


CUT = {
    "offsets/2": ["offsets/.2.crc", "offsets/2"],
    "commits/1": ["commits/.1.crc", "commits/1"],
    "sources/0/1": [
        *("commits/.1.crc", "commits/1", "offsets/.1.crc", "offsets/.2.crc", "offsets/1", "offsets/2"),
        *("sources/0/.1.crc", "sources/0/1"),
    ],
}
"""The newest entry of each log, and what a repair takes away with it: all that builds on it."""


@pytest.mark.parametrize("size", [0, 1, 2, 3, 10])
@pytest.mark.parametrize("path", CUT)
def test_a_newest_entry_that_was_cut_short_is_taken_away(checkpoint: Path, path: str, size: int) -> None:
    """Wherever it was cut; it is reported before, and the checkpoint is healthy after."""
    before = left(checkpoint)
    cut_short(checkpoint, path, size)
    assert [damage.path for damage in examine(checkpoint.as_uri()).damaged] == [path]

    removed = repair(checkpoint.as_uri())

    assert sorted(removed) == CUT[path]
    assert left(checkpoint) == sorted(set(before) - set(removed))
    assert examine(checkpoint.as_uri()).damaged == ()


def test_a_plan_whose_batch_was_committed_takes_the_commit_along(checkpoint: Path) -> None:
    """The batch is run again from the state before it, and what it wrote is removed before that."""
    entry(checkpoint, "commits", 2, "{}")
    cut_short(checkpoint, "offsets/2", 5)

    assert repair(checkpoint.as_uri()) == ["commits/2", "commits/.2.crc", "offsets/2", "offsets/.2.crc"]


@pytest.mark.parametrize("path", ["offsets/1", "commits/0", "sources/0/0"])
def test_an_older_entry_is_beyond_repair(checkpoint: Path, path: str) -> None:
    """Nothing is changed."""
    cut_short(checkpoint, path, 3)
    before = left(checkpoint)

    with pytest.raises(NotRepairable, match=f"{path} is damaged, and newer entries are there"):
        repair(checkpoint.as_uri())
    assert left(checkpoint) == before


def test_a_healthy_checkpoint_is_left_alone(checkpoint: Path) -> None:
    """As often as one likes."""
    assert repair(checkpoint.as_uri()) == repair(checkpoint.as_uri()) == []
