"""The benchmark of compaction, over a small day: it compacts every hour, and queries answer as before."""

from pathlib import Path

import pytest

from benchmarks.compaction import main
from glue_jobs.contracts.mobile_coverage import RAW, TABLES


def test_a_small_day_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Four batches an hour with four files of raw each become one file an hour."""
    where = ["--keep", str(tmp_path)]

    assert main([*where, "--records", "100", "--batches", "96", "--repeats", "1"]) == 0

    out, err = capsys.readouterr()
    cells = [[cell.strip() for cell in line.split("│")[1:4]] for line in out.splitlines()]
    assert [RAW.name, "384", "24"] in cells
    assert sum(table.name in out for table in TABLES) == 4
    assert "compaction:" not in err
    assert list(tmp_path.glob("run-*")) == []
