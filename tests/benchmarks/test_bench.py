"""The benchmark as a whole, with hardly any records: it measures, compares, and says what it found."""

import json
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import process_tree
from benchmarks.bench import main
from benchmarks.engine_process import EngineFailed, engine_process
from benchmarks.engines import IdleCost
from benchmarks.equality import ResultsDiffer
from benchmarks.input_files import input_folder
from benchmarks.measurement import Measurement
from benchmarks.options import parse_options
from benchmarks.report import BY_HOUR, NAIVE, Report


@pytest.fixture(autouse=True)
def sigterm_as_it_was() -> Iterator[None]:
    """The benchmark takes SIGTERM for Ctrl-C."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def argv(**options: object) -> list[str]:
    """The options as a command line."""
    return [text for name, value in options.items() for text in (f"--{name}", str(value))]


def measurement(engine: str, seconds: float) -> Measurement:
    """An engine's figures; one batch with records, so no steady rate."""
    return Measurement(engine, 200, seconds, 0.5, None, 0.25, cpu_seconds=4.0, peak_bytes=1)


def test_figures_come_as_a_table_and_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All engines are in both, and so are the ratios to the naive jobs."""
    engines = [measurement("raw kept", 2.0), measurement(NAIVE, 80.0), measurement(BY_HOUR, 30.0)]
    report = Report(engines, IdleCost(10, 1.0), compared_events=200)
    assert main(argv(json=tmp_path / "report.json"), lambda options, console: report) == 0
    verdict = "target of 20 times the naive job: reached (40.0 times; 15.0 times naive by hour)"
    assert verdict in capsys.readouterr().out
    shown = json.loads((tmp_path / "report.json").read_text())["engines"]
    assert [(one["engine"], one["records"], one["steady"]) for one in shown] == [
        ("raw kept", 200, None),
        (NAIVE, 200, None),
        (BY_HOUR, 200, None),
    ]
    assert shown[0]["to naive by hour"]["records_per_second"] == 15.0


def test_differing_results_fail_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    """A fast wrong answer is no answer: no table, exit code 1, and one line."""

    def measure(options: Namespace, console: Console) -> Report:
        raise ResultsDiffer("status_count differs in 1 groups")

    assert main([], measure) == 1
    assert capsys.readouterr() == ("", "bench: status_count differs in 1 groups\n")


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
