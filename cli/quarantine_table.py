"""How many records were rejected, for people."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from glue_jobs.core.counted import counted
from glue_jobs.core.redaction import printable

if TYPE_CHECKING:
    from glue_jobs.core.quarantine import Counts, Kind


_PIPED = 200  # columns of a "terminal" that is really a file or a pipe


def print_counts(counts: "Sequence[tuple[Kind, Counts]]") -> None:
    """A line for each hour, reason and field, and the sum."""
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else _PIPED, highlight=False)
    table = Table("hour", "reason", "field", box=box.SIMPLE_HEAD)
    table.add_column("records", justify="right")
    table.add_column("redriven", justify="right")
    for kind, count in counts:
        words = (
            f"{kind.hour:%Y-%m-%d %H}",
            kind.reason,
            kind.field or "",
            f"{count.records:,}",
            f"{count.redriven:,}",
        )
        table.add_row(*(Text(printable(word)) for word in words))
    console.print(table)
    records, redriven = (sum(count[part] for _, count in counts) for part in (0, 1))
    console.print(counted(records, "record") + (f", {redriven:,} redriven" if redriven else ""))
