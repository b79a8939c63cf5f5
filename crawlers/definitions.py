"""The Glue crawlers, one for each table of the lake, derived from the contracts.

They run on demand: the jobs register their own partitions, so a crawl is a check and a repair, not a
step of the pipeline. `crawlers.json` is the same as data, for Terraform; make it anew with

    python -m crawlers.definitions
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from glue_jobs.contracts import mobile_coverage, orders
from glue_jobs.contracts.contract import TableContract

FILE = Path(__file__).with_name("crawlers.json")


@dataclass(frozen=True)
class Crawler:
    """One crawler: the table whose files it looks at, and what it does about what it finds.

    Its target is the table in the catalogue, not a folder: it can register partitions, and invent no table.
    A changed schema is only logged, never taken over: the contract says what the table is. Glue allows such a
    target no other policies. `path` is where the table lies below the lake. It runs when somebody starts it.
    """

    name: str
    database: str
    table: str
    path: str
    description: str
    update_behavior: str = "LOG"
    delete_behavior: str = "LOG"
    recrawl_behavior: str = "CRAWL_EVERYTHING"

    @property
    def configuration(self) -> str:
        """Glue's JSON text: partitions have the table's columns; a folder is one table, not several."""
        return json.dumps(
            {
                "Version": 1.0,
                "CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}},
                "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"},
            }
        )


def crawler_of(table: TableContract) -> Crawler:
    """The crawler of a table: `crawler_<table>` over the table's folder."""
    return Crawler(
        name=f"crawler_{table.name}",
        database=table.database,
        table=table.name,
        path=table.path,
        description=table.description,
    )


TABLES: dict[str, TableContract] = {table.name: table for table in (*mobile_coverage.TABLES, *orders.TABLES)}
"""Those of plain Parquet: an Iceberg table says itself which of its files count."""

CRAWLERS: dict[str, Crawler] = {
    crawler.name: crawler for crawler in (crawler_of(table) for table in TABLES.values())
}


def crawlers_of(database: str) -> list[Crawler]:
    """Those of the tables of one database."""
    return [crawler for crawler in CRAWLERS.values() if crawler.database == database]


def as_json() -> str:
    """The text of `crawlers.json`: an object of crawlers by name."""
    crawlers: dict[str, Any] = {
        name: {**asdict(crawler), "configuration": crawler.configuration}
        for name, crawler in CRAWLERS.items()
    }
    return json.dumps(crawlers, indent=2) + "\n"


def write_file(file: Path = FILE) -> None:
    """Make `crawlers.json` what the contracts say."""
    file.write_text(as_json(), encoding="utf-8")


if __name__ == "__main__":
    write_file()
