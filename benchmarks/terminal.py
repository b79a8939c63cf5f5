"""A report on the terminal."""

from collections.abc import Iterator

import rich.table
from rich.console import Console

from benchmarks.section import Figures
from benchmarks.tables import (
    Table,
    batches_table,
    cost_table,
    engines_table,
    growth_tables,
    latency_table,
    producers_table,
)
from benchmarks.targets import targets_table


def print_report(report: Figures, console: Console) -> None:
    """All tables of the sections that the report has, and the targets."""
    for table in (*_tables(report), targets_table(report)):
        shown = rich.table.Table(title=table.title, title_justify="left")
        for place, column in enumerate(table.columns):
            shown.add_column(column, justify="right" if place else "left", overflow="fold")
        for row in table.rows:
            shown.add_row(*row)
        console.print(shown)


def _tables(report: Figures) -> Iterator[Table]:
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
