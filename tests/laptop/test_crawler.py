"""A crawl registers what the contract says and reports how the files differ from it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from botocore.exceptions import ClientError

from crawlers.definitions import CRAWLERS
from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.catalog import Catalog, table_input
from glue_jobs.core.errors import OptionError
from laptop.crawl_report import CrawlReport
from laptop.crawler import crawl

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient

CRAWLER = CRAWLERS["crawler_status_count"]
FOLDER = "aggregations/status_count"
HOUR = f"{FOLDER}/event_date=2026-01-01/hour=07"


def partitions(glue: "GlueClient", table: TableContract) -> dict[tuple[str, ...], str]:
    """The location of each registered partition."""
    found = glue.get_partitions(DatabaseName=table.database, TableName=table.name)["Partitions"]
    return {tuple(each["Values"]): each["StorageDescriptor"]["Location"] for each in found}


def problems(report: CrawlReport) -> list[str]:
    """The drift of a report as text."""
    return [str(drift) for drift in report.drift]


def test_every_hour_with_a_file_becomes_a_partition(
    glue: "GlueClient", lake: Path, write_hour: Any, table: TableContract
) -> None:
    """Files and rows are counted, partitions lie at their folders, nothing drifts."""
    write_hour(7, ("080193", 0, 3), (None, 1, 4))
    write_hour(7, ("080193", 0, 5))
    write_hour(8, ("080193", 0, 6))
    report = crawl(CRAWLER, lake.as_uri(), glue)
    assert (report.files, report.rows, report.partitions, report.partitions_added) == (3, 4, 2, 2)
    assert report.clean
    assert partitions(glue, table) == {
        ("2026-01-01", "07"): f"{lake.as_uri()}/{HOUR}/",
        ("2026-01-01", "08"): f"{lake.as_uri()}/{FOLDER}/event_date=2026-01-01/hour=08/",
    }


def test_the_table_is_the_contract_s(
    glue: "GlueClient", lake: Path, write_hour: Any, table: TableContract
) -> None:
    """Its columns are those of the contract even where the file has others."""
    write_hour(7, ("080193", 0, 3), status=None, surprise=pa.array(["?"]))
    crawl(CRAWLER, lake.as_uri(), glue)
    found = glue.get_table(DatabaseName=table.database, Name=table.name)["Table"]
    expected = table_input(table, lake.as_uri())
    assert {key: found[key] for key in expected} == expected  # type: ignore[literal-required]


def test_a_second_crawl_changes_nothing(glue: "GlueClient", lake: Path, write_hour: Any) -> None:
    """What is registered is not registered again."""
    write_hour(7, ("080193", 0, 3))
    crawl(CRAWLER, lake.as_uri(), glue)
    report = crawl(CRAWLER, lake.as_uri(), glue)
    assert (report.partitions, report.partitions_added, report.partitions_updated) == (1, 0, 0)


def test_a_partition_that_lies_elsewhere_stays_there(
    glue: "GlueClient", lake: Path, write_hour: Any, table: TableContract
) -> None:
    """A rebuilt hour is not moved back to the folder of the stream."""
    write_hour(7, ("080193", 0, 3))
    crawl(CRAWLER, lake.as_uri(), glue)
    rebuilt = f"{lake.as_uri()}/{FOLDER}__v/2/event_date=2026-01-01/hour=07/"
    move(glue, table, rebuilt)
    crawl(CRAWLER, lake.as_uri(), glue)
    assert partitions(glue, table) == {("2026-01-01", "07"): rebuilt}


def move(glue: "GlueClient", table: TableContract, location: str) -> None:
    """Switch the one partition to another folder, its old column definitions and all."""
    glue.update_partition(
        DatabaseName=table.database,
        TableName=table.name,
        PartitionValueList=["2026-01-01", "07"],
        PartitionInput={
            "Values": ["2026-01-01", "07"],
            "StorageDescriptor": {"Location": location, "Columns": [{"Name": "old", "Type": "int"}]},
        },
    )


def test_old_definitions_are_brought_up_to_date(
    glue: "GlueClient", lake: Path, write_hour: Any, table: TableContract
) -> None:
    """A table or partition registered with other columns gets the contract's."""
    write_hour(7, ("080193", 0, 3))
    crawl(CRAWLER, lake.as_uri(), glue)
    glue.update_table(DatabaseName=table.database, TableInput={"Name": table.name})
    move(glue, table, f"{lake.as_uri()}/{HOUR}/")
    report = crawl(CRAWLER, lake.as_uri(), glue)
    columns = glue.get_table(DatabaseName=table.database, Name=table.name)["Table"]["StorageDescriptor"][
        "Columns"
    ]
    found = glue.get_partitions(DatabaseName=table.database, TableName=table.name)["Partitions"][0]
    assert found["StorageDescriptor"]["Columns"] == columns
    assert (report.partitions_updated, len(columns)) == (1, len(table.schema))


def test_nothing_is_removed(glue: "GlueClient", lake: Path, write_hour: Any, table: TableContract) -> None:
    """A partition whose folder has gone stays registered."""
    write_hour(7, ("080193", 0, 3)).unlink()
    catalog = Catalog(lake.as_uri(), glue)
    catalog.ensure_table(table)
    catalog.ensure_partitions(table, [("2026-01-01", "07")])
    crawl(CRAWLER, lake.as_uri(), glue)
    assert list(partitions(glue, table)) == [("2026-01-01", "07")]


def test_an_empty_lake_has_tables_without_partitions(
    glue: "GlueClient", lake: Path, table: TableContract
) -> None:
    """A folder that does not exist is no failure."""
    report = crawl(CRAWLER, lake.as_uri(), glue)
    assert report.summary() == "crawler_status_count: status_count: no files; the table is registered"
    assert partitions(glue, table) == {}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"status": None}, "column status is missing"),
        ({"surprise": pa.array(["?"])}, "column surprise (string) is not in the contract"),
        ({"status": pa.array(["0"])}, "column status is string, the contract says int"),
        ({"status_count": pa.array([1.0])}, "column status_count is double, the contract says bigint"),
    ],
)
def test_drifted_columns_are_named(
    glue: "GlueClient", lake: Path, write_hour: Any, change: Any, expected: str
) -> None:
    """Missing, extra and other columns, and the file they are in."""
    write_hour(7, ("080193", 0, 3), **change)
    report = crawl(CRAWLER, lake.as_uri(), glue)
    assert problems(report) == [f"{HOUR}/part-0.parquet: {expected}"]


def test_letter_case_of_a_column_is_no_drift(glue: "GlueClient", lake: Path, write_hour: Any) -> None:
    """Athena knows no case either."""
    write_hour(7, ("080193", 0, 3), status=None, Status=pa.array([0], pa.int32()))
    assert crawl(CRAWLER, lake.as_uri(), glue).clean


@pytest.mark.parametrize(
    "folder",
    [
        "event_date=2026-01-01",
        "day=2026-01-01/hour=07",
        "hour=07/event_date=2026-01-01",
        "2026-01-01/07",
        ".",
    ],
)
def test_other_folders_are_drift_and_no_partition(
    glue: "GlueClient", lake: Path, write_hour: Any, table: TableContract, folder: str
) -> None:
    """Keys that are missing, misnamed or in another order."""
    write_hour(7, ("080193", 0, 3), folder=f"{FOLDER}/{folder}")
    report = crawl(CRAWLER, lake.as_uri(), glue)
    assert problems(report)[0].endswith("not in event_date=…/hour=…")
    assert partitions(glue, table) == {}


def test_a_folder_that_is_no_date_is_drift(glue: "GlueClient", lake: Path, write_hour: Any) -> None:
    """The value has to be of the key's type."""
    write_hour(7, ("080193", 0, 3), folder=f"{FOLDER}/event_date=today/hour=07")
    assert "Invalid isoformat string: 'today'" in problems(crawl(CRAWLER, lake.as_uri(), glue))[0]


def test_unreadable_files_are_named_and_the_rest_is_registered(
    glue: "GlueClient", lake: Path, write_hour: Any, table: TableContract
) -> None:
    """Empty, cut off and foreign files make no partition and stop nothing."""
    whole = write_hour(8, ("080193", 0, 3)).read_bytes()
    bad = lake / HOUR
    bad.mkdir()
    (bad / "a-empty.parquet").touch()
    (bad / "b-cut.parquet").write_bytes(whole[:-20])
    (bad / "c-text.csv").write_text("a,b\n1,2\n")
    report = crawl(CRAWLER, lake.as_uri(), glue)
    assert [problem.split("(")[0] for problem in problems(report)] == [
        f"{HOUR}/a-empty.parquet: is empty ",
        f"{HOUR}/b-cut.parquet: is not readable as Parquet ",
        f"{HOUR}/c-text.csv: is not readable as Parquet ",
    ]
    assert (report.files, list(partitions(glue, table))) == (1, [("2026-01-01", "08")])


@pytest.mark.parametrize(
    "hidden", [f"{FOLDER}/_temporary/hour=07", f"{FOLDER}/.draft", f"{FOLDER}__v/hour=07"]
)
def test_hidden_and_foreign_folders_are_not_looked_into(
    glue: "GlueClient", lake: Path, write_hour: Any, hidden: str
) -> None:
    """Neither `_` and `.` folders nor a neighbour whose name begins the same."""
    write_hour(7, ("080193", 0, 3), folder=hidden)
    report = crawl(CRAWLER, lake.as_uri(), glue)
    assert (report.files, problems(report)) == (0, [])


def test_many_partitions_are_registered_in_batches(
    glue: "GlueClient", lake: Path, write_hour: Any, table: TableContract
) -> None:
    """More than the 100 that one call takes."""
    for day in range(5):
        for hour in range(24):
            write_hour(
                hour, ("080193", 0, 1), folder=f"{FOLDER}/event_date=2026-01-0{day + 1}/hour={hour:02}"
            )
    assert crawl(CRAWLER, lake.as_uri(), glue).partitions_added == 120
    assert len(partitions(glue, table)) == 120


def test_a_lake_on_s3_is_left_to_aws(glue: "GlueClient") -> None:
    """One line says where its crawler is."""
    with pytest.raises(OptionError, match="start the crawler on AWS"):
        crawl(CRAWLER, "s3://bucket/lake", glue)
    with pytest.raises(ClientError, match="not found"):
        glue.get_database(Name=CRAWLER.database)
