"""`sluice produce` is the producer of the event that its first word names, or of mobile coverage."""

from pathlib import Path

import pytest

from cli.main import main


def test_mobile_coverage_is_what_is_produced_without_a_name(tmp_path: Path) -> None:
    """With the name the records are the same."""
    argv = ["--generate", "5", "--date", "2026-03-01"]
    assert main(["produce", *argv, "--output", str(tmp_path / "a")]) == 0
    assert main(["produce", "mobile-coverage", *argv, "--output", str(tmp_path / "b")]) == 0
    name = "records-00000.json"
    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_an_event_that_there_is_not_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """With those there are; exit code 2."""
    assert main(["produce", "wells", "--total", "5"]) == 2
    expected = "sluice: produce: got the event 'wells'; give one of mobile-coverage, orders\n"
    assert capsys.readouterr().err == expected


@pytest.mark.parametrize(
    ("words", "program"),
    [
        (["--help"], "sluice produce "),
        (["mobile-coverage", "--help"], "sluice produce mobile-coverage "),
        (["orders", "--help"], "sluice produce orders "),
    ],
)
def test_each_producer_has_its_own_help(
    words: list[str], program: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is called as it was asked for."""
    assert main(["produce", *words]) == 0
    assert f"usage: {program}" in capsys.readouterr().out
