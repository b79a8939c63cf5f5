"""The benchmark as a whole, with hardly any records: it measures, compares, and says what it found."""

import json
import signal
import sys
from pathlib import Path

import pytest

from benchmarks import process_tree
from benchmarks.bench import main
from benchmarks.engine_process import EngineFailed, engine_process
from benchmarks.input_files import input_folder
from benchmarks.measurement import Measurement
from benchmarks.options import parse_options


def test_it_runs_through_and_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All engines run, agree, and have their figures in the table and in the JSON."""
    # The naive job's 200 shuffle partitions, which it is measured for, would take minutes here.
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", "--conf spark.sql.shuffle.partitions=1 pyspark-shell")
    report = tmp_path / "report.json"
    options = {"records": "400", "naive_records": "200", "files": "2", "files_per_trigger": "1"}
    paths = {"keep": str(tmp_path / "keep"), "json": str(report)}
    argv = [text for name, value in {**options, **paths}.items() for text in (f"--{name}", value)]
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert main(argv) == 0
    finally:
        signal.signal(signal.SIGTERM, before)
    assert "target of 20 times naive by hour" in capsys.readouterr().out
    engines = json.loads(report.read_text())["engines"]
    assert [(one["engine"], one["records"]) for one in engines] == [
        ("raw kept", 400),
        ("raw not kept", 400),
        ("naive", 200),
        ("naive by hour", 400),
    ]
    assert [path.name for path in (tmp_path / "keep").glob("run-*")] == []


def test_a_wrong_count_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """An option's error names it and the value."""
    with pytest.raises(SystemExit):
        parse_options(["--records", "-1"])
    assert "--records: got '-1'" in capsys.readouterr().err


def test_input_is_made_once(tmp_path: Path) -> None:
    """The same files are used again, unless the generator would write others."""
    made: list[int] = []
    folder = input_folder(tmp_path, 10, 2, made.append)
    assert input_folder(tmp_path, 10, 2, made.append) == folder
    (folder / "records-00000.json").write_text("{}\n")
    input_folder(tmp_path, 10, 2, made.append)
    assert made == [5, 10, 5, 10]


def test_rates_are_those_of_the_figures() -> None:
    """By the clock, and by the processor."""
    one = Measurement("engine", 1000, 2.0, 0.5, None, None, cpu_seconds=4.0, peak_bytes=1)
    assert (one.records_per_second, one.records_per_cpu_second, one.cpu_per_million) == (500, 250, 4000)


def test_a_failed_engine_says_why(tmp_path: Path) -> None:
    """Its last word is in the error."""
    with (
        pytest.raises(EngineFailed, match="no_such_module"),
        engine_process("benchmarks.no_such_module", [], tmp_path) as process,
    ):
        process.run_to_end(60)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds processes through /proc")
def test_no_process_is_left(tmp_path: Path) -> None:
    """What an engine has started ends with the block, also what is in a group of its own."""
    with engine_process("http.server", ["--bind", "127.0.0.1", "0"], tmp_path) as process:
        process.run_until(lambda: process.peak_bytes > 0, 60)
        session = process.session
        assert process_tree.resident_bytes(session) > 0
    assert process_tree.resident_bytes(session) == 0
