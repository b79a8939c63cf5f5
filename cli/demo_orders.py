"""`sluice demo orders`: what it shows at its end."""

from pathlib import Path
from typing import TYPE_CHECKING

from glue_jobs.contracts.orders import DATABASE

if TYPE_CHECKING:
    from rich.console import Console

    from laptop.demo_display import Display
    from laptop.orders_demo import OrdersDemoResult

_NEXT_QUERIES = (
    "SELECT payment_method, sum(revenue) AS revenue FROM revenue_by_day GROUP BY payment_method",
    "SELECT count(*) AS orders FROM processed_orders FOR TIMESTAMP AS OF TIMESTAMP '{moment} UTC'",
    """SELECT snapshot_id, committed_at, operation FROM "processed_orders$snapshots" """,
)


def demo_orders(console: "Console", display: "Display", folder: Path, total: int) -> bool:
    """Run it, print what came out; whether every record and every order is where it belongs."""
    from cli.result_formats import print_answers
    from laptop.orders_demo import OrdersDemoFolder, run_orders_demo

    result = run_orders_demo(OrdersDemoFolder(folder), total, display)
    print_answers(console, result.answers)
    _print_accounts(console, result)
    _print_what_next(console, result, folder)
    return result.balanced


def _print_accounts(console: "Console", result: "OrdersDemoResult") -> None:
    from rich.table import Table

    table = Table(title="\nEvery record sent, and where it is", title_justify="left", title_style="bold")
    table.add_column("term")
    table.add_column("records", justify="right")
    table.add_column("counted from")
    table.add_row("sent", f"{result.sent:,}", "acknowledgements of Firehose")
    table.add_row("accepted", f"{result.accepted:,}", "rows of raw_orders, repeats too")
    for reason, count in sorted(result.rejected.items()):
        table.add_row(reason, f"{count:,}", "rows of quarantine_orders")
    table.add_row("empty", f"{result.empty:,}", "the raw job: an empty line is no record")
    console.print(table)
    verdict = "[green]✓[/]" if result.balanced else "[red]✗[/]"
    as_told = (
        "each as its newest event says"
        if result.different == 0
        else f"{result.different:,} not as their newest event says"
    )
    console.print(
        f"{verdict} {result.sent:,} sent, {result.held:,} accounted for; {result.orders:,} orders, {as_told}",
        highlight=False,
    )


def _print_what_next(console: "Console", result: "OrdersDemoResult", folder: Path) -> None:
    lake = folder / "lake"
    console.print(f"\nThe lake is in {lake}. Try next:", highlight=False, soft_wrap=True)
    here = f"--lake_uri {lake.as_uri()}"
    for query in _NEXT_QUERIES:
        sql = query.format(moment=result.as_it_was[0]).strip().replace('"', '\\"').replace("$", "\\$")
        console.print(
            f'  .venv/bin/sluice query {here} --database {DATABASE} "{sql}"', highlight=False, soft_wrap=True
        )
    console.print(f"  .venv/bin/sluice run orders-maintenance {here}", highlight=False, soft_wrap=True)
