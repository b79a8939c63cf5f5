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

_MIB = 2**20
_COMPARED = ("records_per_second", "steady", "records_per_cpu_second")


@dataclass(frozen=True)
class Report:
    """What was measured. `baseline` is the engine that the others are compared with."""

    measurements: Sequence[Measurement]
    idle: IdleCost
    baseline: str
    compared_events: int

    def ratio(self, of: Measurement, figure: str) -> float | None:
        """`figure` of an engine as a multiple of the baseline's; None where either is not known."""
        base = next(one for one in self.measurements if one.engine == self.baseline)
        value, one = getattr(of, figure), getattr(base, figure)
        return value / one if value and one else None

    def as_json(self) -> dict[str, Any]:
        """All figures, seconds and bytes, with what they were measured on."""
        return {
            "machine": {"cores": os.cpu_count(), "system": platform.platform()},
            "baseline": self.baseline,
            "events_compared": self.compared_events,
            "engines": [self._engine(one) for one in self.measurements],
            "idle_trigger": asdict(self.idle) | {"cpu_seconds_each": self.idle.cpu_seconds_each},
        }

    def _engine(self, one: Measurement) -> dict[str, Any]:
        derived = {"records_per_second": one.records_per_second, "cpu_per_million": one.cpu_per_million}
        ratios = {f"{name}_ratio": self.ratio(one, name) for name in _COMPARED}
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
    console.print("naive: with folders by postal code, which is why it may have been given fewer records")
    console.print(_verdict(report))


def _lines(report: Report) -> list[tuple[str, Callable[[Measurement], str]]]:
    def ratio(figure: str) -> Callable[[Measurement], str]:
        return lambda one: _number(report.ratio(one, figure), ".1f", " times")

    return [
        ("records", lambda one: f"{one.records:,}"),
        ("whole run", lambda one: f"{one.seconds:.1f} s"),
        ("  records/s", lambda one: f"{one.records_per_second:,.0f}"),
        (f"  to {report.baseline}", ratio("records_per_second")),
        ("steady records/s", lambda one: _number(one.steady, ",.0f")),
        (f"  to {report.baseline}", ratio("steady")),
        ("CPU per million records", lambda one: f"{one.cpu_per_million:.1f} s"),
        (f"  to {report.baseline}", ratio("records_per_cpu_second")),
        ("start to first batch", lambda one: f"{one.startup:.1f} s"),
        ("batch without records", lambda one: _number(one.empty_batch, ".2f", " s")),
        ("peak memory", lambda one: f"{one.peak_bytes / _MIB:,.0f} MiB"),
    ]


def _number(value: float | None, style: str, unit: str = "") -> str:
    return "-" if value is None else f"{value:{style}}{unit}"


def _verdict(report: Report) -> str:
    """Judged by the slower of this project's runs, so that a lucky one does not decide."""
    ours = [one for one in report.measurements if not one.engine.startswith("naive")]
    slowest = min(
        report.ratio(one, "steady") or report.ratio(one, "records_per_second") or 0.0 for one in ours
    )
    reached = "reached" if slowest >= TARGET else "not reached"
    return f"target of {TARGET} times {report.baseline}: {reached} ({slowest:.1f} times)"
