"""What is wrong with a command line is said before anything is measured; what goes wrong later, as such."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from benchmarks import render
from benchmarks.bench import main
from benchmarks.engine_process import EngineFailed, engine_process
from benchmarks.measurement import measured
from benchmarks.options import parse_options
from benchmarks.section import Bench, Figures
from tests.benchmarks import report_sample

Told: TypeAlias = Callable[..., tuple[int, str]]


@pytest.fixture
def told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Told:
    """The exit code of a command that measures `batches`, and what it says; nothing is to be measured."""

    def never(bench: Bench) -> Figures:
        pytest.fail("measured")

    def run(measure: Callable[[Bench], Figures] = never, **options: object) -> tuple[int, str]:
        known = {"records": 60, "json": tmp_path / "report.json", "keep": tmp_path / "keep"}
        given = known | {"only": "batches"} | options
        argv = [text for name, value in given.items() for text in (f"--{name}", str(value))]
        code = main(argv, {"batches": measure})
        return code, capsys.readouterr().err.rpartition("bench: ")[2].rstrip()

    return run


def test_a_page_without_all_sections_is_none(told: Told, tmp_path: Path) -> None:
    """Those that are in the report, or are asked for, make it."""
    (tmp_path / "report.json").write_text(json.dumps({"growth": report_sample.growth()}))
    lacking = f"{tmp_path}/report.json lacks engines,latency,producers,orders; measure them, too, with --only"
    assert told(docs=tmp_path / "docs") == (2, f"--docs: {lacking}")


@pytest.mark.parametrize("option", ["json", "keep", "docs"])
def test_a_place_that_cannot_be_made_is_named(told: Told, tmp_path: Path, option: str) -> None:
    """With its option: a file stands where a folder should be."""
    (tmp_path / "file").write_text("")
    (tmp_path / "report.json").write_text(json.dumps(report_sample.report()))
    place = tmp_path / "file" / "folder"
    folder = place if option != "json" else place.parent
    code, line = told(**{option: place})
    assert code == 2
    assert line.startswith(f"--{option}: got {place}; the folder {folder} cannot be made (")


def test_a_report_is_a_file(told: Told, tmp_path: Path) -> None:
    """A folder is none."""
    assert told(json=tmp_path) == (2, f"--json: got {tmp_path}, a folder; name a file")


def test_an_earlier_report_that_is_none_is_left_alone(told: Told, tmp_path: Path) -> None:
    """It has the right sections, and something else in them."""
    content = json.dumps({"growth": {"records": [{}]}, "latency": []})
    (tmp_path / "report.json").write_text(content)
    assert told() == (2, f"{tmp_path}/report.json: is no report of this benchmark; name another file")
    assert (tmp_path / "report.json").read_text() == content


def test_a_section_that_is_measured_anew_may_be_of_an_older_kind(told: Told, tmp_path: Path) -> None:
    """Its figures are replaced."""
    (tmp_path / "report.json").write_text(json.dumps({"batches": {"older": 1}}))
    assert told(lambda bench: report_sample.batches()) == (0, "")


def test_a_wrong_value_in_a_section_is_no_wrong_option(told: Told) -> None:
    """The section is named."""

    def stumbles(bench: Bench) -> Figures:
        raise ValueError("min() iterable argument is empty")

    assert told(stumbles) == (1, "batches failed: min() iterable argument is empty")


def test_an_engine_without_a_batch_has_failed(tmp_path: Path) -> None:
    """Its good end says nothing."""
    with engine_process("this", [], tmp_path) as process:
        seconds = process.run_to_end(60)
        with pytest.raises(EngineFailed, match="printed no event of a batch"):
            measured(process, 60, seconds)


def test_a_date_is_one_of_the_calendar(capsys: pytest.CaptureFixture[str]) -> None:
    """Its form alone is not enough."""
    with pytest.raises(SystemExit):
        parse_options(["--date", "2026-99-99"])
    assert "--date: got '2026-99-99'; give a date such as 2026-11-22" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "there is no such file"), ("engines", "is no report of this benchmark")],
)
def test_what_is_no_report_makes_no_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, words: str
) -> None:
    """One that is not there, and one with the right names and nothing behind them."""
    file = tmp_path / "report.json"
    if content is not None:
        file.write_text(json.dumps({name: {content: {}} for name in report_sample.report()}))
    assert render.main([str(file), "--docs", str(tmp_path / "docs")]) == 2
    assert capsys.readouterr().err.startswith(f"render: {file}: {words}")
    assert not (tmp_path / "docs").exists()
