"""The benchmark as a command: it measures what it is asked to, keeps the report, and says what is wrong."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.bench import main
from benchmarks.equality import ResultsDiffer
from benchmarks.options import parse_options
from benchmarks.section import Bench, Figures
from tests.benchmarks import report_sample


@pytest.fixture(autouse=True)
def signals_as_they_were() -> Iterator[None]:
    """The benchmark takes SIGTERM and SIGHUP for Ctrl-C, unless under nohup, as these tests may be."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def argv(tmp_path: Path) -> Callable[..., list[str]]:
    """A command line with few records, everything in the test's folder."""

    def made(**options: object) -> list[str]:
        known = {"records": 60, "json": tmp_path / "report.json", "keep": tmp_path / "keep", "commit": "abc"}
        return [text for name, value in (known | options).items() for text in (f"--{name}", str(value))]

    return made


def measured(bench: Bench) -> Figures:
    """In place of a section: it finds input and a folder of its own."""
    assert len(bench.first_files(100)) == 60
    assert list(bench.folder.iterdir()) == []
    (bench.folder / "left").write_text("")
    return report_sample.batches()


def test_each_section_stands_in_the_report(argv: Callable[..., list[str]], tmp_path: Path) -> None:
    """With what it was measured on; the terminal shows it; nothing is left but input and report."""
    sections = {"batches": measured, "latency": lambda bench: report_sample.latency()}
    assert main(argv(only="batches,latency", date="2026-11-22"), sections) == 0
    report = json.loads((tmp_path / "report.json").read_text())
    assert sorted(report) == ["batches", "latency"]
    taken = {name: report[name]["taken"]["date"] for name in report}
    assert taken == {"batches": "2026-11-22", "latency": "2026-11-22"}
    assert [file.name for file in (tmp_path / "keep").iterdir()] == ["records-60-of-6000000-60"]


def test_a_section_measured_again_leaves_the_others(
    argv: Callable[..., list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each says of itself when and at which commit it was measured."""
    (tmp_path / "report.json").write_text(json.dumps(report_sample.report()))
    again = report_sample.batches(small=7.5)
    assert main(argv(only="batches", commit="new"), {"batches": lambda bench: again}) == 0
    report = json.loads((tmp_path / "report.json").read_text())
    assert {name: report[name]["taken"]["commit"] for name in report} == {
        "engines": "abc1234",
        "batches": "new",
        "growth": "abc1234",
        "latency": "abc1234",
        "producers": "abc1234",
        "orders": "abc1234",
    }
    assert "7.50 (6.75 to 8.25)" in capsys.readouterr().out


def test_the_page_is_written_where_asked(argv: Callable[..., list[str]], tmp_path: Path) -> None:
    """From the whole report, with what was measured earlier."""
    (tmp_path / "report.json").write_text(json.dumps(report_sample.report()))
    again = report_sample.batches(small=7.5)
    assert main(argv(only="batches", docs=tmp_path / "docs"), {"batches": lambda bench: again}) == 0
    assert "7.50 (6.75 to 8.25)" in (tmp_path / "docs" / "performance.md").read_text()


def test_differing_results_fail_the_run(
    argv: Callable[..., list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fast wrong answer is no answer: no table, exit code 1, one line; what was measured before stays."""

    def differ(bench: Bench) -> Figures:
        raise ResultsDiffer("an engine: status_count differs in 1 rows")

    sections = {"batches": lambda bench: report_sample.batches(), "growth": differ}
    assert main(argv(only="batches,growth"), sections) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.endswith("bench: an engine: status_count differs in 1 rows\n")
    assert list(json.loads((tmp_path / "report.json").read_text())) == ["batches"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_in_good_order(
    argv: Callable[..., list[str]], tmp_path: Path, number: signal.Signals
) -> None:
    """Also that of a terminal that is closed: nothing is left but the input."""

    def interrupted(bench: Bench) -> Figures:
        signal.raise_signal(number)
        return {}

    assert main(argv(only="batches"), {"batches": interrupted}) == 130
    assert [file.name for file in (tmp_path / "keep").iterdir()] == ["records-60-of-6000000-60"]


def test_under_nohup_it_goes_on(argv: Callable[..., list[str]]) -> None:
    """Whoever starts it so wants to close the terminal."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def hung_up(bench: Bench) -> Figures:
        signal.raise_signal(signal.SIGHUP)
        return report_sample.batches()

    assert main(argv(only="batches"), {"batches": hung_up}) == 0


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("repeats", "-1", "--repeats: got '-1'; give a whole number above zero"),
        ("records", "100", "--records: got 100; give a multiple of 60"),
        ("naive_records", "3", "--naive_records: got '3'; give 4 or more"),
        (
            "only",
            "engines,speed",
            "--only: got 'engines,speed'; give one or more of engines,batches,growth,latency,",
        ),
        ("date", "today", "--date: got 'today'; give a date such as"),
    ],
)
def test_a_wrong_option_is_named(
    option: str, value: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the value and what would be right."""
    with pytest.raises(SystemExit) as ended:
        parse_options([f"--{option}", value])
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_quick_is_less_of_everything() -> None:
    """What is given stands."""
    quick, full = parse_options(["--quick", "--repeats", "9"]), parse_options([])
    assert (quick.records, full.records) == (600_000, 6_000_000)
    assert (quick.repeats, full.repeats) == (9, 3)
    assert quick.only == full.only == ("engines", "batches", "growth", "latency", "producers", "orders")


def test_a_file_that_is_no_report_is_not_overwritten(
    argv: Callable[..., list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is named before anything is measured."""
    (tmp_path / "report.json").write_text("notes")
    assert main(argv(only="batches"), {"batches": measured}) == 2
    assert f"{tmp_path / 'report.json'}: is no JSON" in capsys.readouterr().err
    assert (tmp_path / "report.json").read_text() == "notes"
