"""The page docs/performance.md out of a report and a template: figures and words are kept apart.

    python -m benchmarks.render REPORT.json --docs docs

Into the folder go performance.md, and performance/ with the plots and the report itself, so that the page
can be made again. Prose stands in benchmarks/performance.md.template alone; $names in it are replaced by
what is measured.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from string import Template

from benchmarks import recorded
from benchmarks.engines import FROM_JSON
from benchmarks.options import SECTIONS
from benchmarks.orders_speed import REBUILD, UPSERT
from benchmarks.plots import write_plots
from benchmarks.prices import DPU_HOUR_USD
from benchmarks.report import notice, read_report, taken_for_a_report, taken_in_words, write_report
from benchmarks.section import Figures
from benchmarks.tables import (
    Table,
    batches_table,
    cost_table,
    engines_table,
    growth_tables,
    latency_table,
    orders_table,
    producers_table,
)
from benchmarks.targets import targets_table

TEMPLATE = Path(__file__).with_name("performance.md.template")


def main(argv: Sequence[str]) -> int:
    """Write the page and its plots; 2 where the report cannot be read or lacks a section."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.render", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("report", type=Path, help="JSON that the benchmark wrote")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="(default: %(default)s)")
    options = parser.parse_args(argv)
    try:
        if not options.report.exists():
            raise ValueError(f"{options.report}: there is no such file; name what the benchmark wrote")
        with taken_for_a_report(options.report):
            write_page(read_report(options.report), options.docs)
    except (ValueError, OSError) as error:
        print(f"render: {error}", file=sys.stderr)
        return 2
    return 0


def write_page(report: Figures, docs: Path) -> None:
    """`docs`/performance.md and what it shows.

    Raises:
        ValueError: the report lacks a section.
    """
    text = page(report, TEMPLATE.read_text())
    folder = docs / "performance"
    folder.mkdir(parents=True, exist_ok=True)
    write_plots(report, folder)
    write_report(folder / "report.json", report)
    (docs / "performance.md").write_text(text)


def page(report: Figures, template: str) -> str:
    """The text of the page.

    Raises:
        ValueError: the report lacks a section.
    """
    missing = [name for name in SECTIONS if name not in report]
    if missing:
        raise ValueError(f"the report lacks {', '.join(missing)}; measure with --only {','.join(missing)}")
    engines, batches, growth, latency, producers, orders = (report[name] for name in SECTIONS)
    not_to_quote = notice(report)
    return Template(template).substitute(
        notice=f"**Not figures to quote: {not_to_quote}.**\n\n" if not_to_quote else "",
        engines=_table(engines_table(engines)),
        cost=_table(cost_table(engines)),
        batches=_table(batches_table(batches)),
        growth="\n\n".join(f"### {table.title}\n\n{_table(table)}" for table in growth_tables(growth)),
        latency=_table(latency_table(latency)),
        producers=_table(producers_table(producers)),
        producer_records=f"{producers['records']:,}",
        orders=_table(orders_table(orders)),
        anew_over_upsert=_anew_over_upsert(orders),
        targets=_table(targets_table(report)),
        recorded=_table(recorded.OTHER_ENGINES),
        records=f"{engines['records']:,}",
        files=engines["files"],
        files_per_trigger=engines["files_per_trigger"],
        runs=max(one["runs"] for one in engines["engines"].values()),
        rows_compared=f"{sum(engines['rows_compared'].values()):,}",
        small_records=f"{batches['records']:,}",
        state_rows=f"{batches['state_rows']:,}",
        from_json_seconds=f"{engines['engines'][FROM_JSON.name]['seconds']['median']:.0f}",
        price_6=DPU_HOUR_USD["6.0"],
        price_5=DPU_HOUR_USD["5.1"],
        **{f"{name}_taken": taken_in_words(report[name]["taken"]) for name in SECTIONS},
    )


def _anew_over_upsert(figures: Figures) -> str:
    """How many times as long making the table anew takes as an upsert of changes, of the most events."""
    jobs = figures["sizes"][-1]["jobs"]
    return f"{jobs[REBUILD]['seconds'] / jobs[UPSERT]['seconds']:.1f}"


def _table(table: Table) -> str:
    """In Markdown: texts to the left, figures to the right."""
    rules = ["---", *("---:" for _ in table.columns[1:])]
    return "\n".join(_row(cells) for cells in (table.columns, rules, *table.rows))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
