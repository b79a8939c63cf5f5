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

HIDDEN = ("_*", "_*/**", "**/_*", "**/_*/**", ".*", ".*/**", "**/.*", "**/.*/**")
"""Globs of what no reader of tables counts: files and folders that start with `_` or `.`."""


@dataclass(frozen=True)
class Crawler:
    """One crawler: the folder it looks at, and what it does about what it finds.

    `path` is relative to the lake. `table_prefix` is what Glue puts before the folder's name to name the
    table. A changed schema is only logged, never taken over: the contract says what the table is. New
    folders are all it looks at, which Glue allows with `LOG` alone. No `schedule` means on demand.
    """

    name: str
    database: str
    table: str
    path: str
    description: str
    table_prefix: str = ""
    exclusions: tuple[str, ...] = HIDDEN
    update_behavior: str = "LOG"
    delete_behavior: str = "LOG"
    recrawl_behavior: str = "CRAWL_NEW_FOLDERS_ONLY"
    schedule: str | None = None

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
    folder = table.path.rsplit("/", 1)[-1]
    return Crawler(
        name=f"crawler_{table.name}",
        database=table.database,
        table=table.name,
        path=table.path,
        description=table.description,
        table_prefix=table.name.removesuffix(folder),
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
