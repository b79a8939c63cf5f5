"""The crawlers are the contracts' tables, and `crawlers.json` says the same."""

import json
from pathlib import Path

import pytest

from crawlers.definitions import CRAWLERS, FILE, as_json, write_file
from glue_jobs.contracts.contract import TableContract
from glue_jobs.contracts.mobile_coverage import TABLES


def test_the_crawlers_have_the_names_of_the_description() -> None:
    """Three for the aggregates, two for what lies beside them, two for the orders; none for Iceberg."""
    assert list(CRAWLERS) == [
        "crawler_signal_strength_by_operator",
        "crawler_gps_precision_by_provider",
        "crawler_status_count",
        "crawler_raw_mobile_coverage",
        "crawler_quarantine_mobile_coverage",
        "crawler_raw_orders",
        "crawler_quarantine_orders",
    ]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_crawler_looks_at_a_table_that_is_there(table: TableContract) -> None:
    """Its target is the table of the contract, in the catalogue, so it can make none."""
    crawler = CRAWLERS[f"crawler_{table.name}"]
    assert (crawler.database, crawler.table, crawler.path) == (table.database, table.name, table.path)


def test_no_crawler_changes_a_table() -> None:
    """Schemas come from the contract; these are the policies that Glue allows for tables of the catalogue."""
    behaviours = {
        (crawler.update_behavior, crawler.delete_behavior, crawler.recrawl_behavior)
        for crawler in CRAWLERS.values()
    }
    assert behaviours == {("LOG", "LOG", "CRAWL_EVERYTHING")}


def test_a_crawl_gives_partitions_the_columns_of_the_table() -> None:
    """And keeps a folder one table, however its files differ."""
    told = json.loads(CRAWLERS["crawler_status_count"].configuration)
    assert told["CrawlerOutput"] == {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}}
    assert told["Grouping"] == {"TableGroupingPolicy": "CombineCompatibleSchemas"}


def test_the_json_file_is_fresh() -> None:
    """Terraform reads it; `python -m crawlers.definitions` makes it anew."""
    assert FILE.read_text(encoding="utf-8") == as_json()


def test_the_json_file_is_written_as_data(tmp_path: Path) -> None:
    """An object of crawlers by name, lists and texts only."""
    file = tmp_path / "crawlers.json"
    write_file(file)
    found = json.loads(file.read_text(encoding="utf-8"))
    assert found["crawler_status_count"]["path"] == "aggregations/status_count"
    assert json.loads(found["crawler_status_count"]["configuration"])["Version"] == 1.0
