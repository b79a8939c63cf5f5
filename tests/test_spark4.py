"""What the tests leave out on Spark 3.5: little, and each with its reason."""

from pathlib import Path

import pytest

from tests import spark4

TESTS = Path(__file__).parent
MARKS = {name: mark for name, mark in vars(spark4).items() if isinstance(mark, pytest.MarkDecorator)}
MOST_REASONS = 3
MOST_FILES = 12
"""A thirteenth file with such tests is a reason to ask whether the code is still portable."""


def files_with(text: str) -> list[str]:
    """The files of tests that have this text."""
    files = (file for file in TESTS.rglob("*.py") if file.name not in ("spark4.py", "test_spark4.py"))
    return sorted(str(file.relative_to(TESTS)) for file in files if text in file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", MARKS)
def test_what_is_left_out_has_a_reason_and_a_test(name: str) -> None:
    """A reason is a sentence or two; what no test bears any more goes."""
    assert MARKS[name].name == "spark4"
    assert len(MARKS[name].kwargs["reason"].split()) > 10
    assert files_with(f"{name}\n") != []


def test_no_test_is_left_out_without_a_reason() -> None:
    """The mark is given by its names alone."""
    assert files_with("mark.spark4") == []


def test_little_is_left_out() -> None:
    """Every other test runs on both versions of Spark."""
    assert len(MARKS) <= MOST_REASONS
    assert len(files_with("from tests.spark4 import")) <= MOST_FILES
