"""Files hold every record once, in order, and are dated in that order."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_jobs.core.errors import SinkError
from producers.json_lines import write_files, write_json_lines
from producers.record import Record

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def numbered(count: int) -> list[Record]:
    """Records that can be told apart."""
    return [Record(b'{"n":%d}' % number, "generated", float(number)) for number in range(count)]


def test_a_file_holds_one_record_a_line(tmp_path: Path) -> None:
    """The bytes as they are, each with a line feed; the folder holds nothing else."""
    path = tmp_path / "some.json"

    assert write_json_lines(path, numbered(3)) == 3
    assert path.read_bytes() == b'{"n":0}\n{"n":1}\n{"n":2}\n'
    assert list(tmp_path.iterdir()) == [path]


@given(count=st.integers(0, 40), files=st.integers(1, 12))
def test_files_cut_the_records_evenly_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, count: int, files: int
) -> None:
    """By name or by modification time, one after the other they are the stream; lengths differ by one."""
    folder = tmp_path_factory.mktemp("files")
    paths = write_files(folder, files, iter(numbered(count)), count, NOW)

    by_time = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    assert paths == by_time == sorted(folder.iterdir())
    lines = [path.read_bytes().splitlines() for path in paths]
    assert [line for some in lines for line in some] == [record.data for record in numbered(count)]
    assert {len(some) for some in lines} <= {count // files, -(-count // files)}


def test_modification_times_are_a_second_apart_and_end_now(tmp_path: Path) -> None:
    """No file is dated in the future, and none shares its time with another."""
    paths = write_files(tmp_path, 3, iter(numbered(9)), 9, NOW)

    assert [path.stat().st_mtime - NOW.timestamp() for path in paths] == [-2, -1, 0]


def test_files_of_an_earlier_run_are_not_mixed_with_new_ones(tmp_path: Path) -> None:
    """The error names one of them, and they stay as they are."""
    write_files(tmp_path, 2, iter(numbered(4)), 4, NOW)

    with pytest.raises(SinkError, match=r"records-0000\d\.json: is there already"):
        write_files(tmp_path, 1, iter(numbered(9)), 9, NOW)
    assert (tmp_path / "records-00000.json").read_bytes() == b'{"n":0}\n{"n":1}\n'


def test_a_file_that_is_cut_short_does_not_appear(tmp_path: Path) -> None:
    """Where the records break off, no file is left."""

    def broken() -> Iterator[Record]:
        yield from numbered(2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_json_lines(tmp_path / "some.json", broken())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    """One line, no traceback."""
    (tmp_path / "file").write_text("")

    with pytest.raises(SinkError, match=r"file: cannot be made: File exists: name another folder"):
        write_files(tmp_path / "file", 1, iter(numbered(1)), 1, NOW)
