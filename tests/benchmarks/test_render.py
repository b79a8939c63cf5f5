"""A report becomes a page and plots."""

import json
import re
from pathlib import Path

import pytest

from benchmarks import render
from benchmarks.render import TEMPLATE, page
from benchmarks.targets import verdicts
from tests.benchmarks.report_sample import batches, engines, growth, latency, producers, report

DOCS = Path(__file__).parents[2] / "docs"


def reached(figures: dict[str, object]) -> dict[str, bool | None]:
    """Target → whether it is reached."""
    return {one.target: one.reached for one in verdicts(figures)}


def test_the_committed_page_is_what_the_committed_report_gives() -> None:
    """`python -m benchmarks.render docs/performance/report.json` mends it."""
    kept = json.loads((DOCS / "performance" / "report.json").read_text())
    assert (DOCS / "performance.md").read_text() == page(kept, TEMPLATE.read_text())


def test_every_plot_of_the_page_is_committed() -> None:
    """And no other."""
    shown = re.findall(r"\(performance/(.+?\.svg)\)", TEMPLATE.read_text())
    assert sorted(shown) == sorted(file.name for file in (DOCS / "performance").glob("*.svg"))


def test_a_report_becomes_a_page_with_its_plots(tmp_path: Path) -> None:
    """Equal reports give equal files, to the byte; the report lies beside the page."""
    (tmp_path / "report.json").write_text(json.dumps(report()))
    for docs in ("one", "other"):
        assert render.main([str(tmp_path / "report.json"), "--docs", str(tmp_path / docs)]) == 0
    one = {file.name: file.read_bytes() for file in (tmp_path / "one").rglob("*.*")}
    other = {file.name: file.read_bytes() for file in (tmp_path / "other").rglob("*.*")}
    assert one == other
    assert sorted(one) == [
        *("engines.svg", "growth.svg", "latency.svg", "memory.svg", "performance.md", "report.json")
    ]
    assert json.loads(one["report.json"]) == report()


def test_figures_stand_in_the_page() -> None:
    """Medians with their range, costs, verdicts, and when and on what it was measured."""
    text = page(report(), TEMPLATE.read_text())
    assert "| this job, own source | 6,000,000 | 17.5 (15.7 to 19.2) |" in text
    assert "| without records: closes a window | 0.40 (0.36 to 0.44) |" in text
    assert "| 100,000 | 200,000 | 400,000 | 120 | 1,024 |" in text
    assert "| 1,000 records/s by kinesis, trigger 20 s | 30.0 | 41.9 | 11.0 | 22.1 | 30, 100 |" in text
    assert "| generated into files | 100,000 | 8.0 | 0.0 |" in text
    assert "| a batch of 20,000 records: 1 s | 0.900 s | reached |" in text
    assert "Measured on 2026-11-22 at commit abc1234, on 2 cores of a processor with 24 GiB" in text
    assert "quick run" not in text


def test_a_quick_run_is_called_one() -> None:
    """Its figures are rough."""
    figures = report()
    figures["latency"]["taken"] = figures["latency"]["taken"] | {"quick": True}
    assert page(figures, TEMPLATE.read_text()).count("in a quick run with rough figures") == 1


def test_a_report_without_a_section_makes_no_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What lacks is named, with how to get it; nothing is written."""
    (tmp_path / "report.json").write_text(json.dumps({"engines": engines(), "growth": growth()}))
    assert render.main([str(tmp_path / "report.json"), "--docs", str(tmp_path / "docs")]) == 2
    lacking = ["batches", "latency", "producers", "orders"]
    told = f"render: the report lacks {', '.join(lacking)}; measure with --only {','.join(lacking)}\n"
    assert capsys.readouterr() == ("", told)
    assert not (tmp_path / "docs").exists()


def test_what_is_not_json_makes_no_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file is named."""
    (tmp_path / "report.json").write_text("{")
    assert render.main([str(tmp_path / "report.json")]) == 2
    assert f"{tmp_path / 'report.json'}: is no JSON" in capsys.readouterr().err


@pytest.mark.parametrize(("seconds", "expected"), [(0.5, True), (0.51, False)])
def test_a_batch_without_records_may_take_half_a_second(seconds: float, expected: bool) -> None:
    """The limit itself is reached."""
    told = reached({"batches": batches(empty=seconds)})
    assert told["a batch that only closes a window: 0.5 s"] is expected


@pytest.mark.parametrize(("p99", "expected"), [(42.0, True), (42.1, False)])
def test_a_window_may_take_two_triggers_and_two_seconds(p99: float, expected: bool) -> None:
    """Its 99th percentile; and a reject one trigger and two seconds."""
    told = reached({"latency": latency(windows_p99=p99)})
    feed = "p99, 1,000 records/s, trigger 20 s"
    assert told == {f"closing record to file, {feed}: 42 s": expected, f"reject to file, {feed}: 22 s": False}


def test_engines_are_held_against_each_other() -> None:
    """By their steady rates; what was recorded over another number of records is not comparable."""
    figures = engines()
    told = list(reached({"engines": figures}).values())
    assert told == [False, True, True, True, False, True]
    figures["engines"]["this job, own source, one batch"]["records"] = 600_000
    assert list(reached({"engines": figures}).values())[-2:] == [None, None]


def test_a_tenth_of_rejects_may_halve_the_rate() -> None:
    """On Glue and off it; memory must stay as it is."""
    assert list(reached({"growth": growth(with_rejects=0.5)}).values()) == [True, True, True]
    assert list(reached({"growth": growth(with_rejects=0.49)}).values()) == [False, False, True]


@pytest.mark.parametrize(("cpu_seconds", "expected"), [(20.0, True), (20.1, False)])
def test_a_core_generates_fifty_thousand_records_a_second(cpu_seconds: float, expected: bool) -> None:
    """That is 20 s of it for a million."""
    assert list(reached({"producers": producers(cpu_seconds)}).values()) == [expected]


def test_growing_memory_is_told() -> None:
    """The last batch of the longest run against the second."""
    figures = growth()
    figures["records"][-1]["batch_peak_bytes"] = [2**30, 2**30, 2**30, int(1.2 * 2**30)]
    assert list(reached({"growth": figures}).values())[-1] is False
    figures["records"][-1]["batch_peak_bytes"] = [2**30]
    assert list(reached({"growth": figures}).values())[-1] is None
