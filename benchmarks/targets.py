"""What the project wants to reach, held against a report."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from benchmarks import recorded
from benchmarks.engines import FROM_JSON, NAIVE, NAIVE_BY_HOUR, ON_GLUE, OWN_SOURCE, OWN_SOURCE_AT_ONCE
from benchmarks.producers_speed import TO_FILES
from benchmarks.section import Figures
from benchmarks.tables import Table

_TRIGGER_SLACK_SECONDS = 2.0


@dataclass(frozen=True)
class Verdict:
    """A target, what was measured, and whether it is reached; None where the report cannot tell.

    Of a quick run it says little, for its figures are `rough`.
    """

    target: str
    measured: str
    reached: bool | None
    rough: bool = False


def verdicts(report: Figures) -> list[Verdict]:
    """One for each target whose section the report has."""
    sections = {
        "engines": _engines,
        "batches": _batches,
        "growth": _growth,
        "latency": _latency,
        "producers": _producers,
    }
    return [
        replace(one, rough=report[name]["taken"]["quick"])
        for name, judge in sections.items()
        if name in report
        for one in judge(report[name])
    ]


def targets_table(report: Figures) -> Table:
    """The verdicts, in words."""
    rows = [(one.target, one.measured, _in_words(one)) for one in verdicts(report)]
    return Table("Targets", ("target", "measured", ""), rows)


def _in_words(verdict: Verdict) -> str:
    if verdict.reached is None:
        return "not comparable"
    if verdict.rough:
        return "rough"
    return "reached" if verdict.reached else "not reached"


def _engines(figures: Figures) -> Iterator[Verdict]:
    engines = figures["engines"]
    for other, times in ((FROM_JSON, 1.5), (NAIVE, 40), (NAIVE_BY_HOUR, 40)):
        ratio = _steady(engines, ON_GLUE.name) / _steady(engines, other.name)
        wanted = f"{ON_GLUE.name}: {times} times '{other.name}', steady"
        yield Verdict(wanted, f"{ratio:,.1f} times", ratio >= times)
    rate = _steady(engines, OWN_SOURCE.name)
    yield Verdict(f"{OWN_SOURCE.name}: 1,000,000 records/s, steady", f"{rate:,.0f}", rate >= 1e6)
    yield from _whole_runs(engines[OWN_SOURCE_AT_ONCE.name])


def _whole_runs(own: Figures) -> Iterator[Verdict]:
    """Against figures recorded elsewhere, so only over as many records."""
    seconds = own["seconds"]["median"]
    comparable = own["records"] == recorded.RECORDS
    limits = {
        "faster than Bytewax with its Polars combiner": recorded.BYTEWAX_POLARS_SECONDS,
        "twice as fast as Flink SQL": recorded.FLINK_SECONDS / 2,
    }
    for words, limit in limits.items():
        wanted = (
            f"{OWN_SOURCE_AT_ONCE.name}: whole run {words} ({limit:.0f} s for {recorded.RECORDS:,} records)"
        )
        measured = f"{seconds:.1f} s for {own['records']:,}"
        yield Verdict(wanted, measured, seconds < limit if comparable else None)


def _steady(engines: Figures, name: str) -> float:
    """The steady rate; that of the whole run where there was one batch only."""
    one = engines[name]
    return float((one["steady_records_per_second"] or one["records_per_second"])["median"])


def _batches(figures: Figures) -> Iterator[Verdict]:
    limits = {
        "a batch that only closes a window: 0.5 s": ("empty_batch_seconds", 0.5),
        f"a batch of {figures['records']:,} records: 1 s": ("small_batch_seconds", 1.0),
    }
    for wanted, (name, limit) in limits.items():
        seconds = figures[name]["median"]
        yield Verdict(wanted, f"{seconds:.3f} s", seconds <= limit)


def _growth(figures: Figures) -> Iterator[Verdict]:
    for engine in (OWN_SOURCE.name, ON_GLUE.name):
        ratio = _rate_at(figures, engine, 0.1) / _rate_at(figures, engine, 0.0)
        wanted = f"{engine}: half the clean speed with 10 % rejects, steady"
        yield Verdict(wanted, f"{ratio:.2f} of it", ratio >= 0.5)
    peaks = figures["records"][-1]["batch_peak_bytes"]
    wanted = "memory over the last tenth of the records: 1.1 times that over the second"
    if len(peaks) < 3:
        yield Verdict(wanted, "batches too short to tell", None)
        return
    yield Verdict(wanted, f"{peaks[-1] / peaks[1]:.2f} times", peaks[-1] <= 1.1 * peaks[1])


def _rate_at(figures: Figures, engine: str, share: float) -> float:
    point: dict[str, Any] = next(
        one for one in figures["rejects"] if one["engine"] == engine and one["rejects"] == share
    )
    return float(point["steady_records_per_second"] or point["records_per_second"])


def _latency(figures: Figures) -> Iterator[Verdict]:
    for run in figures["runs"]:
        feed = f"{run['records_per_second']:,} records/s, trigger {run['trigger_seconds']} s"
        for what, words, triggers in (
            ("windows", "closing record to file", 2),
            ("rejects", "reject to file", 1),
        ):
            limit = triggers * run["trigger_seconds"] + _TRIGGER_SLACK_SECONDS
            p99 = run[what]["p99"]
            yield Verdict(f"{words}, p99, {feed}: {limit:.0f} s", f"{p99:.1f} s", p99 <= limit)


def _producers(figures: Figures) -> Iterator[Verdict]:
    rate = 1e6 / figures["feeds"][TO_FILES]["client_cpu_per_million"]
    wanted = "records generated into files: 50,000 records/s a core"
    yield Verdict(wanted, f"{rate:,.0f}", rate >= 50_000)
