"""A crawl of a lake whose hours maintenance replaces."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crawlers.definitions import CRAWLERS
from glue_jobs.contracts.contract import TableContract
from glue_jobs.contracts.mobile_coverage import RAW
from glue_jobs.core.catalog import Catalog, Location
from glue_jobs.core.lease import LeaseHeld
from glue_jobs.core.repair.switch import lake_lease
from laptop import crawler
from laptop.athena import run_query
from laptop.crawler import crawl
from tests.core.hours_lake import HoursLake
from tests.core.repair.raw_lake import compacted, fill, swept

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient

CRAWLER = CRAWLERS["crawler_status_count"]
HOUR = ("2026-01-01", "07")
OLD_COLUMNS = {"Columns": [{"Name": "old", "Type": "int"}]}


@pytest.fixture
def catalog(glue: "GlueClient", lake: Path, write_hour: Any) -> Catalog:
    """The catalogue of a crawled lake of one hour."""
    write_hour(7, ("080193", 0, 3))
    crawl(CRAWLER, lake.as_uri(), glue)
    return Catalog(lake.as_uri(), glue)


def version(lake: Path) -> Location:
    """Where maintenance lets the hour lie."""
    folder = "aggregations/status_count__v/event_date=2026-01-01/hour=07/20260101T090000Z-5e0c"
    return Location(f"{lake.as_uri()}/{folder}/", datetime(2026, 1, 1, 9, tzinfo=UTC))


def make_outdated(catalog: Catalog, table: TableContract) -> None:
    """Give the hour columns of an earlier contract, where it lies and with what is noted of it."""
    named: Any = {"DatabaseName": table.database, "TableName": table.name}
    found = catalog.client.get_partition(**named, PartitionValues=list(HOUR))["Partition"]
    changed: Any = {
        "Values": list(HOUR),
        "StorageDescriptor": {**OLD_COLUMNS, "Location": found["StorageDescriptor"]["Location"]},
        "Parameters": found.get("Parameters", {}),
    }
    catalog.client.update_partition(**named, PartitionValueList=list(HOUR), PartitionInput=changed)


def test_an_hour_that_was_switched_stays_where_it_lies(
    catalog: Catalog, glue: "GlueClient", lake: Path, table: TableContract
) -> None:
    """Since when it lies there is kept, also where its columns are brought up to date."""
    catalog.switch(table, HOUR, catalog.location(table, HOUR), version(lake))
    make_outdated(catalog, table)

    assert crawl(CRAWLER, lake.as_uri(), glue).partitions_updated == 1
    assert catalog.locations(table) == {HOUR: version(lake)}


def test_versions_are_not_registered(
    catalog: Catalog, glue: "GlueClient", lake: Path, table: TableContract, write_hour: Any
) -> None:
    """Neither that of an hour that is registered nor that of another."""
    before = catalog.locations(table)
    for hour in ("07", "08"):
        folder = f"aggregations/status_count__v/event_date=2026-01-01/hour={hour}/20260101T090000Z-5e0c"
        write_hour(7, ("080193", 0, 3), folder=folder)

    report = crawl(CRAWLER, lake.as_uri(), glue)

    assert (report.files, report.partitions_added, report.clean) == (1, 0, True)
    assert catalog.locations(table) == before


def test_an_hour_that_is_switched_during_the_crawl_is_not_pointed_back(
    catalog: Catalog, glue: "GlueClient", lake: Path, table: TableContract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the catalogue and the change of its columns."""
    make_outdated(catalog, table)
    looked = crawler._create

    def then_switched(*arguments: Any) -> None:
        looked(*arguments)
        catalog.switch(table, HOUR, catalog.location(table, HOUR), version(lake))
        make_outdated(catalog, table)

    monkeypatch.setattr(crawler, "_create", then_switched)
    crawl(CRAWLER, lake.as_uri(), glue)
    assert catalog.locations(table) == {HOUR: version(lake)}


def test_columns_are_not_changed_while_maintenance_runs(
    catalog: Catalog, glue: "GlueClient", lake: Path, table: TableContract
) -> None:
    """It may switch an hour at any moment; a crawl that has nothing to change need not wait."""
    with lake_lease(lake.as_uri()):
        crawl(CRAWLER, lake.as_uri(), glue)
        make_outdated(catalog, table)
        with pytest.raises(LeaseHeld, match="another maintenance"):
            crawl(CRAWLER, lake.as_uri(), glue)


def test_compacted_raw_is_found_where_it_was_before(glue: "GlueClient", lake: Path) -> None:
    """By a query and after another crawl, when the stream's files are gone."""
    made = fill(HoursLake(lake.parent.as_uri(), glue))
    crawler_of_raw, sql = (
        CRAWLERS["crawler_raw_mobile_coverage"],
        "SELECT hour, data FROM raw_mobile_coverage",
    )
    crawl(crawler_of_raw, made.uri, glue)
    rows = sorted(run_query(sql, RAW.database, glue).rows)

    assert (len(compacted(made)), len(swept(made))) == (1, 1)
    crawl(crawler_of_raw, made.uri, glue)

    assert sorted(run_query(sql, RAW.database, glue).rows) == rows
    assert [row[0] for row in rows] == ["07"] * 7 + ["08"] * 2
