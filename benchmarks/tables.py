"""The figures of a report as tables, for the terminal and for the page alike."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.section import Figures

UNKNOWN = "-"
_MIB = 2**20


@dataclass(frozen=True)
class Table:
    """A title, the names of the columns, and rows of texts; all but the first column are figures."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def report_tables(report: Figures) -> Iterator[Table]:
    """All of the sections that the report has."""
    if "engines" in report:
        yield engines_table(report["engines"])
        yield cost_table(report["engines"])
    if "batches" in report:
        yield batches_table(report["batches"])
    if "growth" in report:
        yield from growth_tables(report["growth"])
    if "latency" in report:
        yield latency_table(report["latency"])
    if "producers" in report:
        yield producers_table(report["producers"])
    if "orders" in report:
        yield orders_table(report["orders"])


def engines_table(figures: Figures) -> Table:
    """One row for each engine; medians, and from least to most where there were several runs."""
    columns = {
        "engine": lambda one: "",
        "records": lambda one: f"{one['records']:,}",
        "whole run, s": lambda one: spread(one["seconds"], ",.1f"),
        "records/s": lambda one: spread(one["records_per_second"], ",.0f"),
        "steady records/s": lambda one: spread(one["steady_records_per_second"], ",.0f"),
        "start, s": lambda one: spread(one["startup_seconds"], ".1f"),
        "peak memory, MiB": lambda one: spread(one["peak_bytes"], ",.0f", 1 / _MIB),
    }
    return _by_engine("Engines side by side", columns, figures["engines"])


def cost_table(figures: Figures) -> Table:
    """What a million records take of a processor, and what that costs on Glue."""
    columns = {
        "engine": lambda one: "",
        "CPU s per million, whole run": lambda one: spread(one["cpu_seconds_per_million"], ",.1f"),
        "steady": lambda one: spread(one["steady_cpu_seconds_per_million"], ",.1f"),
        "USD per million on Glue 6.0": lambda one: f"{one['usd_per_million']['6.0']:.6f}",
        "on Glue 5.1": lambda one: f"{one['usd_per_million']['5.1']:.6f}",
    }
    return _by_engine("Processor time and cost", columns, figures["engines"])


def batches_table(figures: Figures) -> Table:
    """Batches of a job that is up, with open windows in its state."""
    return Table(
        f"Single batches ({figures['batches']} of each, {figures['state_rows']:,} groups in the state)",
        ("batch", "seconds"),
        [
            ("without records: closes a window", spread(figures["empty_batch_seconds"], ".2f")),
            (f"of {figures['records']:,} records", spread(figures["small_batch_seconds"], ".2f")),
            ("trigger that finds nothing, CPU seconds", f"{figures['idle_trigger_cpu_seconds']:.3f}"),
        ],
    )


_AXES: dict[str, tuple[str, Callable[[Any], str]]] = {
    "records": ("records in all", "{:,}".format),
    "keys": ("postal codes", "{:,}".format),
    "record_bytes": ("bytes a record", "{:,}".format),
    "rejects": ("share of rejects", "{:.0%}".format),
}


def growth_tables(figures: Figures) -> list[Table]:
    """One table for each axis."""
    return [_growth_table(axis, points) for axis, points in figures.items() if axis in _AXES]


def latency_table(figures: Figures) -> Table:
    """One row for each rate and trigger."""
    rows = [
        (
            f"{run['records_per_second']:,} records/s by {run['source']}, trigger {run['trigger_seconds']} s",
            *(f"{run[what][name]:.1f}" for what in ("windows", "rejects") for name in ("p50", "p99")),
            f"{run['windows']['samples']}, {run['rejects']['samples']}",
        )
        for run in figures["runs"]
    ]
    columns = ("feed", "window p50, s", "p99", "reject p50, s", "p99", "samples")
    return Table("From arrival to a readable file", columns, rows)


def producers_table(figures: Figures) -> Table:
    """How fast records are made, put and got; processor time is that of the client and of the server."""
    rows = [
        (
            what,
            f"{one['records_per_second']:,.0f}",
            f"{one['client_cpu_per_million']:.1f}",
            f"{one['server_cpu_per_million']:.1f}",
        )
        for what, one in figures["feeds"].items()
    ]
    columns = ("feed", "records/s", "CPU s per million, client", "server")
    return Table(f"Producer and embedded Kinesis, {figures['records']:,} records", columns, rows)


def orders_table(figures: Figures) -> Table:
    """One row for each job and number of events."""
    rows = [
        (
            f"{job}, of {size['events']:,} events",
            f"{ran['events']:,}",
            f"{ran['seconds']:.1f}",
            f"{ran['events'] / ran['seconds']:,.0f}",
            f"{ran['whole']:.1f}",
        )
        for size in figures["sizes"]
        for job, ran in size["jobs"].items()
    ]
    return Table("Orders", ("job", "events", "seconds", "events/s", "whole command, s"), rows)


def spread(figure: Mapping[str, float] | None, style: str, scale: float = 1.0) -> str:
    """`12.3 (11.9 to 13.0)`, or `12.3` alone where the others are the same."""
    if figure is None:
        return UNKNOWN
    middle, least, most = (f"{figure[name] * scale:{style}}" for name in ("median", "least", "most"))
    return middle if least == most else f"{middle} ({least} to {most})"


def _by_engine(
    title: str, columns: Mapping[str, Callable[[Figures], str]], engines: Mapping[str, Figures]
) -> Table:
    texts = list(columns.values())[1:]
    rows = [(name, *(text(one) for text in texts)) for name, one in engines.items()]
    return Table(title, list(columns), rows)


def _growth_table(axis: str, points: Sequence[Figures]) -> Table:
    label, text = _AXES[axis]
    several = len({point["engine"] for point in points}) > 1
    rows = [
        (
            text(point[axis]) + (f", {point['engine']}" if several else ""),
            f"{point['records_per_second']:,.0f}",
            _number(point["steady_records_per_second"], ",.0f"),
            _number(_megabytes_per_second(point), ",.0f"),
            f"{point['peak_bytes'] / _MIB:,.0f}",
        )
        for point in points
    ]
    columns = (label, "records/s, whole run", "steady", "steady MB/s", "peak memory, MiB")
    return Table(f"Growth: {label}", columns, rows)


def _megabytes_per_second(point: Figures) -> float | None:
    rate = point["steady_records_per_second"]
    return None if rate is None else rate * point["bytes_per_record"] / 1e6


def _number(value: float | None, style: str) -> str:
    return UNKNOWN if value is None else f"{value:{style}}"
