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
def test_glue_names_the_table_as_the_contract_does(table: TableContract) -> None:
    """Prefix and folder name make the table's name, since that is how Glue names it."""
    crawler = CRAWLERS[f"crawler_{table.name}"]
    assert crawler.table_prefix + crawler.path.rsplit("/", 1)[-1] == table.name


def test_no_crawler_changes_a_table_or_runs_by_itself() -> None:
    """Schemas come from the contract, and a crawl costs money."""
    behaviours = {
        (crawler.update_behavior, crawler.delete_behavior, crawler.schedule) for crawler in CRAWLERS.values()
    }
    assert behaviours == {("LOG", "LOG", None)}


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
