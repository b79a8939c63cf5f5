"""What each section of the benchmark is given, and what it gives."""

from argparse import Namespace
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from benchmarks.engines import Input

Figures: TypeAlias = dict[str, Any]
"""The figures of one section, as they stand in the report."""

Section: TypeAlias = Callable[["Bench"], Figures]


@dataclass(frozen=True)
class Bench:
    """The options; the input, to take from; an empty folder; and a way to say what goes on."""

    options: Namespace
    base: Input
    folder: Path
    show: Callable[[str], AbstractContextManager[None]]

    @property
    def records_per_file(self) -> int:
        return int(self.base.records // self.options.files)

    def first_files(self, count: int) -> list[Path]:
        """The first files of the input, in order."""
        return sorted(self.base.folder.glob("records-*.json"))[:count]
