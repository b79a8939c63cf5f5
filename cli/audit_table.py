"""What an audit found, for people: an hour to a line, the windows that are wrong, and the sums."""

import sys
from dataclasses import astuple, fields
from datetime import datetime

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from glue_jobs.core.audit.accounts import Accounts, Audit
from glue_jobs.core.audit.findings import findings
from glue_jobs.core.counted import counted
from glue_jobs.core.redaction import printable

_TERMS = tuple(term.name.replace("_", " ") for term in fields(Accounts))
_PIPED = 200  # columns of a "terminal" that is really a file or a pipe
_MOST_WINDOWS = 20
"""So many wrong windows are shown; `--format json` has all."""


def print_audit(audit: Audit) -> None:
    """Hours and their sum; wrong windows one by one; what raw and quarantine hold; the findings."""
    width = None if sys.stdout.isatty() else _PIPED
    console = Console(file=sys.stdout, width=width, highlight=False, soft_wrap=True)
    hours = _table("hour")
    for hour, accounts in audit.by_hour().items():
        _add(hours, f"{hour:%Y-%m-%d %H}", accounts)
    hours.add_section()
    _add(hours, "all", audit.total)
    console.print(hours)
    _print_wrong(console, audit)
    _print_sums(console, audit)
    for finding in findings(audit):
        console.print(f"[yellow]![/] {escape(printable(finding))}")


def _print_sums(console: Console, audit: Audit) -> None:
    """The two equations that hold where every record is in one place."""
    total = audit.total
    accepted = audit.raw - audit.refused  # of all windows, though only some may have been asked for
    raw = f"{audit.raw:,} in raw = {accepted:,} accepted + {audit.rejected:,} rejected"
    held = f"{total.published:,} published + {total.open:,} open + {total.late:,} late + "
    held += f"{total.repeated:,} repeated"
    _print_sum(console, raw, audit.refused == audit.rejected)
    _print_sum(console, f"{total.accepted:,} accepted = {held}", total.balanced)


def _print_sum(console: Console, equation: str, holds: bool) -> None:
    mark = "[green]✓[/]" if holds else "[red]✗[/]"
    console.print(f"{mark} {equation if holds else equation.replace('=', '≠', 1)}")


def _print_wrong(console: Console, audit: Audit) -> None:
    wrong = {start: accounts for start, accounts in audit.windows.items() if not accounts.balanced}
    if not wrong:
        return
    windows = _table("window from")
    for start in list(wrong)[:_MOST_WINDOWS]:
        _add(windows, _shown(start), wrong[start])
    console.print(f"{counted(len(wrong), 'window is', 'windows are')} wrong:")
    console.print(windows)
    if len(wrong) > _MOST_WINDOWS:
        console.print(f"and {len(wrong) - _MOST_WINDOWS} more; --format json has them all")


def _table(first: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(first, no_wrap=True)
    for term in _TERMS:
        table.add_column(term, justify="right")
    return table


def _add(table: Table, name: str, accounts: Accounts) -> None:
    table.add_row(name, *(f"{count:,}" if count else "" for count in astuple(accounts)))


def _shown(start: datetime) -> str:
    return f"{start:%Y-%m-%d %H:%M:%S}"
