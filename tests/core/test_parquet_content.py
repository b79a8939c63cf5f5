"""Parquet files in memory."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from glue_jobs.core.parquet_content import open_content

_READS_AND_ENDS = """
import sys
from pathlib import Path
from glue_jobs.core.parquet_content import open_content
print(open_content(Path(sys.argv[1]).read_bytes()).read_row_group(0)["letters"].to_pylist())
"""


def test_the_rows_of_a_file_are_read(tmp_path: Path) -> None:
    """As they were written."""
    rows = pa.table({"letters": ["a", "b", None]})
    pq.write_table(rows, tmp_path / "file")

    assert open_content((tmp_path / "file").read_bytes()).read().equals(rows)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no Parquet at all"])
def test_other_content_is_told(content: bytes) -> None:
    """By an error of Arrow."""
    with pytest.raises(pa.ArrowException):
        open_content(content)


def test_a_process_may_end_right_after_it_has_read(tmp_path: Path) -> None:
    """Every second one was aborted while Arrow's threads held Python's bytes."""
    columns = {f"filler_{number}": ["some text"] * 20 for number in range(8)}
    pq.write_table(pa.table({"letters": ["a"] * 20, **columns}), tmp_path / "file")
    read = (sys.executable, "-c", _READS_AND_ENDS, str(tmp_path / "file"))

    ends = [subprocess.run(read, capture_output=True, text=True) for _ in range(12)]

    assert {(end.returncode, end.stdout, end.stderr) for end in ends} == {(0, f"{['a'] * 20}\n", "")}
