"""The plots of the page: small, in black and two colours, their texts as text."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from benchmarks.section import Figures

_OURS, _OTHERS, _LIMIT = "#1f6f8b", "#b8b8b8", "#c0392b"
_MIB = 2**20

# Equal figures give equal files: no random ids, no date in them.
_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "sluice",
    "font.family": "sans-serif",
    "font.size": 9,
}


def write_plots(report: Figures, folder: Path) -> None:
    """engines.svg, memory.svg, growth.svg and latency.svg in `folder`."""
    _write(folder / "engines.svg", (7.2, 2.9), 1, lambda axes: _engines(report["engines"], axes[0]))
    _write(folder / "growth.svg", (7.2, 2.6), 3, lambda axes: _growth(report["growth"], axes))
    _write(folder / "memory.svg", (7.2, 2.2), 1, lambda axes: _memory(report["growth"], axes[0]))
    _write(folder / "latency.svg", (7.2, 2.6), 2, lambda axes: _latency(report["latency"], axes))


def _write(path: Path, size: tuple[float, float], columns: int, draw: Callable[[list[Axes]], None]) -> None:
    with mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=size, layout="constrained")
        axes = [figure.add_subplot(1, columns, place + 1) for place in range(columns)]
        for one in axes:
            one.spines[["top", "right"]].set_visible(False)
        draw(axes)
        figure.savefig(path, metadata={"Date": None})


def _engines(figures: Figures, axes: Axes) -> None:
    """Steady rates, logarithmic, the fastest on top; from least to most where there were several runs."""
    rates = {
        name: one["steady_records_per_second"] or one["records_per_second"]
        for name, one in figures["engines"].items()
    }
    names = sorted(rates, key=lambda name: float(rates[name]["median"]))
    middles = [rates[name]["median"] for name in names]
    ranges = [
        [rates[name]["median"] - rates[name]["least"] for name in names],
        [rates[name]["most"] - rates[name]["median"] for name in names],
    ]
    colors = [_OURS if name.startswith("this job") else _OTHERS for name in names]
    axes.barh(names, middles, xerr=ranges, color=colors, error_kw={"elinewidth": 1})
    for name, middle in zip(names, middles, strict=True):
        axes.text(middle * 1.15, name, f"{middle:,.0f}", va="center")
    axes.set_xscale("log")
    axes.set_xlim(right=max(middles) * 6)
    axes.set_xlabel("records/s, steady (DuckDB: whole run), logarithmic")


def _growth(figures: Figures, axes: Sequence[Axes]) -> None:
    labels = {"keys": "postal codes", "record_bytes": "bytes a record", "rejects": "share of rejects"}
    for one, (axis, label) in zip(axes, labels.items(), strict=True):
        for engine in dict.fromkeys(point["engine"] for point in figures[axis]):
            points = [point for point in figures[axis] if point["engine"] == engine]
            color = _OURS if engine.endswith("own source") else _LIMIT
            rates = [point["steady_records_per_second"] or point["records_per_second"] for point in points]
            one.plot([point[axis] for point in points], rates, "o-", color=color, ms=3, label=engine)
        one.set_xlabel(label)
        one.set_ylim(bottom=0)
        one.yaxis.set_major_formatter(FuncFormatter(lambda rate, place: f"{rate / 1000:,.0f} k"))
        if axis != "rejects":
            one.set_xscale("log")
    axes[0].set_ylabel("records/s, steady")
    axes[-1].legend(fontsize=7, frameon=False)


def _memory(figures: Figures, axes: Axes) -> None:
    """The most memory during each batch of the longest run."""
    longest = figures["records"][-1]
    peaks = [peak / _MIB for peak in longest["batch_peak_bytes"]]
    axes.plot(range(1, len(peaks) + 1), peaks, "o-", color=_OURS, ms=3)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(f"batch, {longest['records']:,} records in all")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylabel("peak memory, MiB")


def _latency(figures: Figures, axes: Sequence[Axes]) -> None:
    """p50 and p99 as bars, the limit as a line above each."""
    runs = figures["runs"]
    names = [f"{run['records_per_second']:,}/s\n{run['trigger_seconds']} s" for run in runs]
    places = list(range(len(runs)))
    for one, what, title, triggers in zip(
        axes, ("windows", "rejects"), ("closing record to file", "reject to file"), (2, 1), strict=True
    ):
        one.bar([place - 0.2 for place in places], [run[what]["p50"] for run in runs], 0.4, color=_OTHERS)
        one.bar([place + 0.2 for place in places], [run[what]["p99"] for run in runs], 0.4, color=_OURS)
        limits = [triggers * run["trigger_seconds"] + 2 for run in runs]
        one.hlines(limits, [place - 0.4 for place in places], [place + 0.4 for place in places], color=_LIMIT)
        one.set_xticks(places, names)
        one.set_title(title, fontsize=9)
    axes[0].set_ylabel("seconds: p50, p99; red: limit")
