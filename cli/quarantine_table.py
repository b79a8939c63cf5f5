"""How many records were rejected, for people."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from glue_jobs.core.redaction import printable

if TYPE_CHECKING:
    from glue_jobs.core.quarantine import Kind


_PIPED = 200  # columns of a "terminal" that is really a file or a pipe


def print_counts(counts: "Sequence[tuple[Kind, int]]") -> None:
    """A line for each hour, reason and field, and the sum."""
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else _PIPED, highlight=False)
    table = Table("hour", "reason", "field", box=box.SIMPLE_HEAD)
    table.add_column("records", justify="right")
    for kind, count in counts:
        words = (f"{kind.hour:%Y-%m-%d %H}", kind.reason, kind.field or "", f"{count:,}")
        table.add_row(*(Text(printable(word)) for word in words))
    console.print(table)
    console.print(f"{sum(count for _, count in counts):,} records")
