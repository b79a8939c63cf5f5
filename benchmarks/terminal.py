"""A report on the terminal."""

import rich.table
from rich.console import Console

from benchmarks.section import Figures
from benchmarks.tables import Table, report_tables
from benchmarks.targets import targets_table


def print_report(report: Figures, console: Console) -> None:
    """All tables of the sections that the report has, and the targets."""
    for table in (*report_tables(report), targets_table(report)):
        print_table(table, console)


def print_table(table: Table, console: Console) -> None:
    """One table: texts to the left, figures to the right."""
    shown = rich.table.Table(title=table.title, title_justify="left")
    for place, column in enumerate(table.columns):
        shown.add_column(column, justify="right" if place else "left", overflow="fold")
    for row in table.rows:
        shown.add_row(*row)
    console.print(shown)
