"""The orders' demo from end to end: a real Firehose API, real jobs, an Iceberg table, Athena SQL."""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TypeAlias

import pytest

from cli.main import main

ROOT = Path(__file__).parent.parent
Demo: TypeAlias = tuple[Path, subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The folder and the outcome of a small demo."""
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "cli.main", "demo", "orders", "--generate", "2000"]
    done = subprocess.run(
        [*command, "--folder", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "160"},
    )
    return folder, done


def test_every_record_and_every_order_is_where_it_belongs(demo: Demo) -> None:
    """2,000 events and 440 troubled ones; exit code 0 says that the accounts balance."""
    _, done = demo
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2,440 sent, 2,440 accounted for" in done.stdout
    assert "each as its newest event says" in done.stdout
    assert "WARN" not in done.stdout + done.stderr


def test_what_it_says_to_try_next_works(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    """Each query that it prints, in a shell's reading: over the lake that it leaves, of now and of then."""
    _, done = demo
    queries = [line for line in done.stdout.splitlines() if line.startswith("  .venv/bin/sluice query")]
    assert len(queries) == 3
    for line in queries:
        assert main([word.replace("\\$", "$") for word in shlex.split(line)[1:]]) == 0, line
        assert "rows" in capsys.readouterr().out.replace("1 row", "1 rows")


def test_what_was_expected_of_the_rows_is_there_to_be_read(demo: Demo) -> None:
    """As pages."""
    folder, _ = demo
    assert (folder / "lake" / "resources" / "data_docs" / "orders" / "index.html").exists()
