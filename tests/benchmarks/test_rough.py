"""Figures that are not what the project reports are not shown as if they were."""

from typing import Any

import pytest

from benchmarks.render import TEMPLATE, page
from benchmarks.targets import targets_table
from tests.benchmarks.report_sample import report


def report_with(section: str, **taken: Any) -> dict[str, Any]:
    """A report, one section of which was measured otherwise."""
    figures = report()
    figures[section]["taken"] = figures[section]["taken"] | taken
    return figures


@pytest.mark.parametrize(
    ("taken", "told"),
    [
        ({"quick": True}, "latency: quick run"),
        ({"commit": "abc1234-dirty"}, "latency: changes that are in no commit; sections of several commits"),
        ({"commit": "def5678"}, "sections of several commits"),
    ],
)
def test_a_page_of_rough_or_mixed_figures_says_so_under_its_title(taken: dict[str, Any], told: str) -> None:
    """In bold: a page like this one is not for quoting."""
    text = page(report_with("latency", **taken), TEMPLATE.read_text())
    title, _, notice, *_ = text.splitlines()
    assert title == "# Performance"
    assert notice == f"**Not figures to quote: {told}.**"


def test_a_page_of_one_full_run_has_no_notice() -> None:
    """All of one commit."""
    assert "**Not figures" not in page(report(), TEMPLATE.read_text())


def test_a_quick_run_reaches_no_target() -> None:
    """Nor does it miss one; the other sections' verdicts stand."""
    table = targets_table(report_with("latency", quick=True))
    assert [row[2] for row in table.rows if "p99" in row[0]] == ["rough", "rough"]
    assert "reached" in {row[2] for row in table.rows}
