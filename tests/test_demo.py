"""The demo from end to end: real records through a real Kinesis API and job to answers in Athena SQL."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cli.main import main
from glue_jobs.contracts.mobile_coverage import STATUS_COUNT
from tests.spark4 import KINESIS_READER

pytestmark = KINESIS_READER

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> "tuple[Path, subprocess.CompletedProcess[str]]":
    """The folder and the outcome of a small demo."""
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "cli.main", "demo", "--generate", "1000", "--folder", str(folder)]
    environment = {**os.environ, "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1", "COLUMNS": "160"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)
    return folder, done


def test_every_record_sent_is_accounted_for(
    demo: "tuple[Path, subprocess.CompletedProcess[str]]",
) -> None:
    """1,000 real, 1,000 generated and 140 troubled records; exit code 0 says that the accounts balance."""
    _, done = demo
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2,140 sent = 2,140 accounted for" in done.stdout


def audited(folder: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    """What `sluice audit` ends with and prints."""
    uris = ["--lake_uri", (folder / "lake").as_uri()]
    uris += ["--checkpoint_uri", (folder / "checkpoints" / "mobile_coverage").as_uri()]
    command = [sys.executable, "-m", "cli.main", "audit", *uris, *more]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_the_audit_is_there_to_be_run_again(demo: "tuple[Path, subprocess.CompletedProcess[str]]") -> None:
    """By anybody, over the lake that the demo leaves."""
    folder, _ = demo
    done = audited(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2,140 in raw = 2,080 accepted + 60 rejected" in done.stdout


def test_a_lost_file_of_a_closed_window_is_noticed(
    demo: "tuple[Path, subprocess.CompletedProcess[str]]", tmp_path: Path
) -> None:
    """Its records are missing, not late: what was late is told by the watermarks."""
    folder, _ = demo
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    whole = json.loads(audited(tmp_path, "--format", "json").stdout)
    lost = next((tmp_path / "lake").glob(f"{STATUS_COUNT.table.path}/**/*.parquet"))
    records = sum(row["status_count"] for row in pq.ParquetFile(lost).read().to_pylist())
    lost.unlink()

    done = audited(tmp_path, "--format", "json")

    found = json.loads(done.stdout)
    assert (whole["balanced"], done.returncode) == (True, 1)
    assert (found["total"]["missing"], found["total"]["late"]) == (records, whole["total"]["late"])


def test_it_prints_the_three_queries_and_what_to_try_next(
    demo: "tuple[Path, subprocess.CompletedProcess[str]]",
) -> None:
    """The description's queries, as tables; no log scrolls by."""
    folder, done = demo
    for table in ("signal_strength_by_operator", "gps_precision_by_provider", "status_count"):
        assert f"SELECT * FROM {table} LIMIT 10" in done.stdout
    assert f"The lake is in {folder / 'lake'}" in done.stdout
    assert "WARN" not in done.stdout + done.stderr


def test_the_lake_still_answers_after_the_demo_has_ended(
    demo: "tuple[Path, subprocess.CompletedProcess[str]]", capsys: pytest.CaptureFixture[str]
) -> None:
    """`sluice query` finds tables and partitions in the lake's own catalogue."""
    folder, _ = demo
    lake = (folder / "lake").as_uri()
    sql = "SELECT count(*) AS rejected FROM quarantine_mobile_coverage"
    assert main(["query", sql, "--lake_uri", lake, "--format", "csv"]) == 0
    assert capsys.readouterr().out.splitlines() == ["rejected", "60"]


def test_checkpoints_lie_outside_the_tables(demo: "tuple[Path, subprocess.CompletedProcess[str]]") -> None:
    """A reader that lists the lake's folders meets none of Spark's own files."""
    folder, _ = demo
    assert (folder / "checkpoints" / "mobile_coverage" / "offsets").is_dir()
    tables = [path for path in (folder / "lake").iterdir() if not path.name.startswith(("_", "."))]
    assert {path.name for path in tables} == {"aggregations", "quarantine", "raw"}


def test_a_folder_that_the_demo_did_not_make_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, exit code 1, and the folder as it was."""
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "precious").touch()
    assert main(["demo", "--folder", str(tmp_path)]) == 1
    assert "not made by the demo" in capsys.readouterr().err
    assert (tmp_path / "lake" / "precious").exists()
