"""`sluice crawl` says what it found."""

from pathlib import Path
from typing import Any


def test_a_clean_crawl_counts(sluice: Any, lake_uri: str) -> None:
    """One line for each crawler named."""
    called = sluice("crawl", "crawler_status_count", "--lake_uri", lake_uri)
    assert called.code == 0
    assert called.out == (
        "crawler_status_count: status_count: 1 file, 2 rows, 1 partition (0 added, 0 updated)\n"
    )


def test_drift_is_printed_and_code_1(sluice: Any, tmp_path: Path) -> None:
    """Each file that is not as the contract says, under its table."""
    hour = tmp_path / "aggregations/status_count/event_date=2026-01-01/hour=07"
    hour.mkdir(parents=True)
    (hour / "a.parquet").touch()
    called = sluice("crawl", "crawler_status_count", "--lake_uri", tmp_path.as_uri())
    assert called.code == 1
    assert (
        "  drift: aggregations/status_count/event_date=2026-01-01/hour=07/a.parquet: is empty" in called.out
    )


def test_a_lake_is_crawled_for_the_databases_it_has(sluice: Any, lake_uri: str, tmp_path: Path) -> None:
    """One of mobile coverage learns nothing of orders; one without any table of all."""
    (tmp_path / "empty").mkdir()
    mobile = sluice("crawl", "--lake_uri", lake_uri).out
    empty = sluice("crawl", "--lake_uri", (tmp_path / "empty").as_uri()).out
    assert ("crawler_raw_mobile_coverage" in mobile, "crawler_raw_orders" in mobile) == (True, False)
    assert ("crawler_raw_mobile_coverage" in empty, "crawler_raw_orders" in empty) == (True, True)
