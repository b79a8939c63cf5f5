"""The report: what was measured, on what and when, as JSON that the page is made of."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from benchmarks.section import Figures


def stamp(now: datetime, date: str | None, commit: str | None, quick: bool) -> Figures:
    """When, of what, on what and how: `date`, `commit`, `machine`, `quick`."""
    return {
        "date": date or f"{now:%Y-%m-%d}",
        "commit": commit or _commit_of_the_working_tree(),
        "machine": _machine(),
        "quick": quick,
    }


def merged(earlier: Figures, sections: Mapping[str, Figures], taken: Figures) -> Figures:
    """The earlier report with these sections in place of its own, each with its stamp."""
    return earlier | {name: figures | {"taken": taken} for name, figures in sections.items()}


def read_report(path: Path) -> Figures:
    """The report at `path`; an empty one where there is none.

    Raises:
        ValueError: the file is no report.
    """
    if not path.exists():
        return {}
    try:
        report = json.loads(path.read_text())
    except ValueError as error:
        raise ValueError(f"{path}: is no JSON ({error}); name another file or remove it") from error
    if not isinstance(report, dict):
        raise ValueError(f"{path}: is no report of this benchmark; name another file")
    return report


@contextmanager
def taken_for_a_report(path: Path) -> Iterator[None]:
    """What stands at `path` is used as a report in the block.

    Raises:
        ValueError: it is something else, by what is not in it.
    """
    try:
        yield
    except (LookupError, TypeError, AttributeError, RuntimeError) as error:
        raise ValueError(f"{path}: is no report of this benchmark; name another file") from error


def notice(report: Figures) -> str:
    """What keeps the figures from being quoted, in words; nothing where nothing does."""
    taken = {name: figures["taken"] for name, figures in report.items()}
    quick = [name for name, one in taken.items() if one["quick"]]
    dirty = [name for name, one in taken.items() if one["commit"].endswith("-dirty")]
    told = [
        f"{', '.join(names)}: {what}"
        for names, what in ((quick, "quick run"), (dirty, "changes that are in no commit"))
        if names
    ]
    if len({one["commit"] for one in taken.values()}) > 1:
        told.append("sections of several commits")
    return "; ".join(told)


def write_report(path: Path, report: Figures) -> None:
    """The report as JSON at `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1, default=str) + "\n")


def taken_in_words(taken: Figures) -> str:
    """`on 2026-11-22 at commit 2a9a56e, on 2 cores of …`."""
    machine = taken["machine"]
    return (
        f"on {taken['date']} at commit {taken['commit']}, on {machine['cores']} cores "
        f"of {machine['processor']} with {machine['memory_gib']} GiB, Python {machine['python']}"
        + (", in a quick run with rough figures" if taken["quick"] else "")
    )


def _machine() -> Figures:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_gib": round(pages / 2**30),
        "system": platform.system(),
        "python": ".".join(map(str, sys.version_info[:3])),
    }


def _processor() -> str:
    """The processor's name where the system tells it, else its kind."""
    names = Path("/proc/cpuinfo")
    lines = names.read_text().splitlines() if names.exists() else []
    told = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return told[0] if told else platform.machine()


def _commit_of_the_working_tree() -> str:
    try:
        answer = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--exclude=*"],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parent,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return answer.stdout.strip()
