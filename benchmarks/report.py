"""The figures of a run, for people and for programs."""

import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.engines import IdleCost
from benchmarks.measurement import Measurement

TARGET = 20
"""How many times as fast as the naive job this project wants to be."""

NAIVE = "naive"
"""The naive job as it is described, with folders by hour and postal code: the one the target is about."""

BY_HOUR = "naive by hour"
"""The same without its folders by postal code, and with all the records: the harder one to beat."""

_MIB = 2**20
_COMPARED = ("records_per_second", "steady", "records_per_cpu_second")


@dataclass(frozen=True)
class Report:
    """What was measured; the engines `NAIVE` and `BY_HOUR` are what the others are compared with."""

    measurements: Sequence[Measurement]
    idle: IdleCost
    compared_events: int

    def ratio(self, of: Measurement, figure: str, baseline: str) -> float | None:
        """`figure` of an engine as a multiple of the baseline's; None where either is not known."""
        base = next(one for one in self.measurements if one.engine == baseline)
        value, one = getattr(of, figure), getattr(base, figure)
        return value / one if value and one else None

    def as_json(self) -> dict[str, Any]:
        """All figures, seconds and bytes, with what they were measured on."""
        return {
            "machine": {"cores": os.cpu_count(), "system": platform.platform()},
            "events_compared": self.compared_events,
            "engines": [self._engine(one) for one in self.measurements],
            "idle_trigger": asdict(self.idle) | {"cpu_seconds_each": self.idle.cpu_seconds_each},
        }

    def _engine(self, one: Measurement) -> dict[str, Any]:
        derived = {"records_per_second": one.records_per_second, "cpu_per_million": one.cpu_per_million}
        ratios = {
            f"to {baseline}": {name: self.ratio(one, name, baseline) for name in _COMPARED}
            for baseline in (NAIVE, BY_HOUR)
        }
        return asdict(one) | derived | ratios


def print_report(report: Report, console: Console) -> None:
    """A table with an engine in each column, and what does not fit in one."""
    table = Table(title="Files source, generated mobile coverage records")
    table.add_column("")
    for one in report.measurements:
        table.add_column(one.engine, justify="right")
    for label, text in _lines(report):
        table.add_row(label, *(text(one) for one in report.measurements))
    console.print(table)
    console.print(
        f"a trigger that finds nothing: {report.idle.cpu_seconds_each:.2f} s of processor time "
        f"(mean of {report.idle.triggers}, one a second, the process itself included)"
    )
    console.print(f"equal: {report.compared_events:,} events by window, postal code and status")
    console.print(
        f"{NAIVE}: as such jobs are described; its folders by postal code make a file of nearly every row, "
        f"so it may have been given fewer records. {BY_HOUR}: the same without these folders"
    )
    console.print(_verdict(report))


def _lines(report: Report) -> list[tuple[str, Callable[[Measurement], str]]]:
    def ratio(figure: str, baseline: str) -> tuple[str, Callable[[Measurement], str]]:
        return f"  to {baseline}", lambda one: _number(report.ratio(one, figure, baseline), ",.1f", " times")

    def ratios(figure: str) -> Sequence[tuple[str, Callable[[Measurement], str]]]:
        return [ratio(figure, baseline) for baseline in (NAIVE, BY_HOUR)]

    return [
        ("records", lambda one: f"{one.records:,}"),
        ("whole run", lambda one: f"{one.seconds:.1f} s"),
        ("  records/s", lambda one: f"{one.records_per_second:,.0f}"),
        *ratios("records_per_second"),
        ("steady records/s", lambda one: _number(one.steady, ",.0f")),
        *ratios("steady"),
        ("CPU per million records", lambda one: f"{one.cpu_per_million:.1f} s"),
        *ratios("records_per_cpu_second"),
        ("start to first batch", lambda one: f"{one.startup:.1f} s"),
        ("batch without records", lambda one: _number(one.empty_batch, ".2f", " s")),
        ("peak memory", lambda one: f"{one.peak_bytes / _MIB:,.0f} MiB"),
    ]


def _number(value: float | None, style: str, unit: str = "") -> str:
    return "-" if value is None else f"{value:{style}}{unit}"


def _verdict(report: Report) -> str:
    """Judged by the slower of this project's runs, so that a lucky one does not decide."""
    slowest = {baseline: _slowest(report, baseline) for baseline in (NAIVE, BY_HOUR)}
    reached = "reached" if slowest[NAIVE] >= TARGET else "not reached"
    return (
        f"target of {TARGET} times the naive job: {reached} "
        f"({slowest[NAIVE]:,.1f} times; {slowest[BY_HOUR]:.1f} times {BY_HOUR})"
    )


def _slowest(report: Report, baseline: str) -> float:
    """The least ratio of this project's runs: of the steady rates where they are known, else of the whole."""
    ours = [one for one in report.measurements if one.engine not in (NAIVE, BY_HOUR)]
    return min(
        report.ratio(one, "steady", baseline) or report.ratio(one, "records_per_second", baseline) or 0.0
        for one in ours
    )
