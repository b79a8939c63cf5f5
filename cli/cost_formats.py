"""A bill as a table for people, as CSV (RFC 4180) and as JSON, on standard output."""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cost.bill import Bill, Line, total, totals
from cost.cheaper import Saving
from cost.prices import Prices
from glue_jobs.core.redaction import printable

_PIPED = 160  # columns of a "terminal" that is really a file or a pipe
_COLUMNS = ("stack", "what", "quantity", "unit", "price_usd", "usd")


@dataclass(frozen=True)
class Answer:
    """What is printed: the bill, what would be cheaper, what does not fit, and the prices behind it."""

    bill: Bill
    savings: Sequence[Saving]
    warnings: Sequence[str]
    prices: Prices


def print_table(answer: Answer) -> None:
    """The lines with the sum of each stack, then what would be cheaper; USD to the cent."""
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else _PIPED, highlight=False)
    console.print(_lines(answer.bill))
    if answer.savings:
        console.print("What would be cheaper, each by itself:")
        console.print(_savings(answer.savings))
    prices = answer.prices
    console.print(f"USD a month of 30 days, prices of {prices.region} as of {prices.as_of}: docs/cost.md")


def _lines(bill: Bill) -> Table:
    table = _table("stack", "what", quantity="right", unit="left", price="right", USD="right")
    for stack, usd in totals(bill).items():
        for line in (line for line in bill if line.stack == stack):
            shown = (f"{line.quantity:,.2f}", line.price.unit, f"{line.price.usd:g}", f"{line.usd:,.2f}")
            _add(table, (stack, line.what, *shown))
        _add(table, (stack, "together", "", "", "", f"{usd:,.2f}"), end_section=True)
    _add(table, ("all", "", "", "", "", f"{total(bill):,.2f}"))
    return table


def _savings(savings: Iterable[Saving]) -> Table:
    table = _table("stack", "change", saves="right", gives_up="left")
    for saving in savings:
        change = saving.change
        _add(table, (change.stack, change.what, f"{saving.usd:,.2f}", change.gives_up))
    return table


def _table(*left: str, **aligned: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for name in left:
        table.add_column(name)
    for name, side in aligned.items():
        table.add_column(name.replace("_", " "), justify="right" if side == "right" else "left")
    return table


def _add(table: Table, cells: Iterable[str], end_section: bool = False) -> None:
    """A setting in a text may be anybody's, so it is shown with escapes."""
    table.add_row(*(escape(printable(cell)) for cell in cells), end_section=end_section)


def print_csv(answer: Answer) -> None:
    """A header and the lines of the bill, ended by CR LF."""
    writer = csv.DictWriter(sys.stdout, _COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(map(_as_row, answer.bill))


def print_json(answer: Answer) -> None:
    """All there is, with the source of each price."""
    told = {
        "prices_as_of": answer.prices.as_of.isoformat(),
        "region": answer.prices.region,
        "lines": [
            {**_as_row(line), "source": line.price.source, "note": line.price.note} for line in answer.bill
        ],
        "totals": {stack: round(usd, 6) for stack, usd in totals(answer.bill).items()},
        "total": round(total(answer.bill), 6),
        "cheaper": [
            {
                "stack": saving.change.stack,
                "change": saving.change.what,
                "saves_usd": round(saving.usd, 6),
                "gives_up": saving.change.gives_up,
            }
            for saving in answer.savings
        ],
        "warnings": list(answer.warnings),
    }
    print(json.dumps(told, indent=2))


def _as_row(line: Line) -> dict[str, Any]:
    values = (
        line.stack,
        line.what,
        round(line.quantity, 6),
        line.price.unit,
        line.price.usd,
        round(line.usd, 6),
    )
    return dict(zip(_COLUMNS, values, strict=True))


FORMATS: Mapping[str, Callable[[Answer], None]] = MappingProxyType(
    {"table": print_table, "csv": print_csv, "json": print_json}
)
