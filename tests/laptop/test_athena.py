"""Athena's SQL gives what stands in the registered partitions, and nothing else."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crawlers.definitions import CRAWLERS
from glue_jobs.core.errors import SourceError
from laptop.athena import QueryResult, run_query
from laptop.crawler import crawl

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient

DATABASE = "mobile_network_aggregations"
FOLDER = "aggregations/status_count"


def ask(glue: "GlueClient", sql: str) -> list[tuple[Any, ...]]:
    """The rows of the answer."""
    return run_query(sql, DATABASE, glue).rows


def test_a_table_has_its_columns_and_then_its_partition_keys(filled_glue: "GlueClient") -> None:
    """Names, Athena's types, and values, timestamps in UTC."""
    found = run_query("SELECT * FROM status_count WHERE status_count = 5", DATABASE, filled_glue)
    start = datetime.fromisoformat("2026-01-01T08:00")  # Athena's timestamps carry no zone
    assert found == QueryResult(
        [
            "window_start",
            "window_end",
            "postal_code",
            "status",
            "description",
            "status_count",
            "event_date",
            "hour",
        ],
        ["timestamp(3)", "timestamp(3)", "varchar", "integer", "varchar", "bigint", "date", "varchar"],
        [(start, start + timedelta(minutes=2), "171032", 0, "in words", 5, date(2026, 1, 1), "08")],
    )


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT sum(status_count) FROM status_count", [(12,)]),
        ("SELECT hour, sum(status_count) FROM STATUS_COUNT GROUP BY 1 ORDER BY 1", [("07", 7), ("08", 5)]),
        ("SELECT count(*) FROM mobile_network_aggregations.status_count", [(3,)]),
        ('SELECT count(*) FROM "mobile_network_aggregations"."status_count"', [(3,)]),
        ('SELECT count(*) FROM "AwsDataCatalog"."mobile_network_aggregations"."status_count"', [(3,)]),
        ("SELECT count(*) FROM status_count WHERE event_date = DATE '2026-01-01' AND hour = '07'", [(2,)]),
        ("SELECT count(*) FROM status_count WHERE window_start >= timestamp '2026-01-01 08:00:00'", [(1,)]),
        (
            "SELECT date_trunc('hour', min(window_start)) = timestamp '2026-01-01 07:00' FROM status_count",
            [(True,)],
        ),
        ("SELECT approx_distinct(hour) FROM status_count", [(2,)]),
        ("SELECT 5 / 2", [(2,)]),
        ("SELECT count(*) FROM status_count WHERE event_date < current_date - interval '1' day", [(3,)]),
        ("WITH status_count AS (SELECT 1 AS x) SELECT x FROM status_count", [(1,)]),
        ("WITH t AS (SELECT * FROM status_count) SELECT max(status_count) FROM t", [(5,)]),
        (
            "SELECT a.status_count FROM status_count a JOIN status_count b ON a.hour < b.hour ORDER BY 1",
            [(3,), (4,)],
        ),
        ("SELECT status_count FROM status_count WHERE hour = (SELECT max(hour) FROM status_count)", [(5,)]),
        ("SELECT x FROM UNNEST(ARRAY[2, 1]) AS t(x) ORDER BY x LIMIT 1", [(1,)]),
        ("SELECT rank() OVER (ORDER BY status_count DESC) FROM status_count ORDER BY 1", [(1,), (2,), (3,)]),
        ("SELECT postal_code FROM status_count ORDER BY postal_code", [("080193",), ("171032",), (None,)]),
        ("SELECT hour FROM status_count UNION SELECT '09' ORDER BY 1", [("07",), ("08",), ("09",)]),
        ("SELECT json_extract_scalar('{\"signal\": 7}', '$.signal')", [("7",)]),
        ("SELECT status_count.status_count FROM status_count ORDER BY 1 LIMIT 1", [(3,)]),
    ],
)
def test_athena_sql_is_understood(filled_glue: "GlueClient", sql: str, expected: list[Any]) -> None:
    """What people ask Athena, with the answers worked out by hand."""
    assert ask(filled_glue, sql) == expected


def test_raw_bytes_are_read_as_text(glue: "GlueClient", lake: Path) -> None:
    """`from_utf8` and JSON paths over the raw zone."""
    where = lake / "raw/mobile_coverage/ingest_date=2026-01-01/hour=07"
    where.mkdir(parents=True)
    arrived = datetime(2026, 1, 1, 7, tzinfo=UTC)
    row = {"data": b'{"signal": 12}', "arrival_time": arrived, "shard_id": "s", "sequence_number": "1"}
    pq.write_table(pa.Table.from_pylist([row]), where / "a.parquet")
    crawl(CRAWLERS["crawler_raw_mobile_coverage"], lake.as_uri(), glue)
    sql = "SELECT json_extract_scalar(from_utf8(data), '$.signal'), data FROM raw_mobile_coverage"
    assert ask(glue, sql) == [("12", b'{"signal": 12}')]


def test_a_column_without_a_name_is_called_by_its_place(filled_glue: "GlueClient") -> None:
    """As Athena does, counting from zero."""
    found = run_query(
        "SELECT hour, count(*), 1 AS one, max(status) FROM status_count GROUP BY 1", DATABASE, filled_glue
    )
    assert found.columns == ["hour", "_col1", "one", "_col3"]


def test_files_of_unregistered_folders_are_not_seen(filled_glue: "GlueClient", write_hour: Any) -> None:
    """A partition counts from its registration on."""
    write_hour(9, ("080193", 0, 100))
    assert ask(filled_glue, "SELECT sum(status_count) FROM status_count") == [(12,)]


def test_a_switched_partition_is_read_where_it_lies(
    filled_glue: "GlueClient", lake: Path, write_hour: Any
) -> None:
    """The rebuilt hour is seen instead of the old one, with the partition's values from the catalogue."""
    write_hour(7, ("080193", 0, 50), folder=f"{FOLDER}__v/rebuilt")
    location = f"{lake.as_uri()}/{FOLDER}__v/rebuilt/"
    filled_glue.update_partition(
        DatabaseName=DATABASE,
        TableName="status_count",
        PartitionValueList=["2026-01-01", "07"],
        PartitionInput={"Values": ["2026-01-01", "07"], "StorageDescriptor": {"Location": location}},
    )
    sql = "SELECT hour, sum(status_count) FROM status_count GROUP BY 1 ORDER BY 1"
    assert ask(filled_glue, sql) == [("07", 50), ("08", 5)]


def test_hidden_and_empty_files_are_skipped(filled_glue: "GlueClient", lake: Path) -> None:
    """Drafts and markers are no data."""
    hour = lake / FOLDER / "event_date=2026-01-01/hour=07"
    (hour / "_SUCCESS").write_text("x")
    (hour / ".draft.parquet").write_text("x")
    (hour / "empty.parquet").touch()
    assert ask(filled_glue, "SELECT count(*) FROM status_count") == [(3,)]


def test_a_table_without_partitions_is_empty(filled_glue: "GlueClient") -> None:
    """Its columns are known all the same."""
    found = run_query("SELECT provider, hour FROM gps_precision_by_provider", DATABASE, filled_glue)
    assert (found.columns, found.rows) == (["provider", "hour"], [])


def test_a_partition_without_its_folder_is_empty(filled_glue: "GlueClient", lake: Path) -> None:
    """As on S3, where folders do not exist."""
    for file in (lake / FOLDER / "event_date=2026-01-01/hour=08").iterdir():
        file.unlink()
    assert ask(filled_glue, "SELECT count(*) FROM status_count") == [(2,)]


def test_older_files_without_a_column_give_null(filled_glue: "GlueClient", write_hour: Any) -> None:
    """A column that the contract got later; one that it never had is not shown."""
    write_hour(8, ("080193", 0, 9), description=None, surprise=pa.array([1]))
    sql = "SELECT description FROM status_count WHERE hour = '08' ORDER BY status_count"
    assert ask(filled_glue, sql) == [("in words",), (None,)]


def test_a_corrupt_file_is_named(filled_glue: "GlueClient", lake: Path) -> None:
    """A wrong answer would be worse than none."""
    (lake / FOLDER / "event_date=2026-01-01/hour=08/bad.parquet").write_text("no Parquet at all")
    with pytest.raises(SourceError, match=r"the query failed: .*bad\.parquet"):
        ask(filled_glue, "SELECT count(status) FROM status_count")


def test_show_tables_lists_the_database(filled_glue: "GlueClient") -> None:
    """Also of another database by name, in any letter case."""
    tables = sorted(crawler.table for crawler in CRAWLERS.values() if crawler.database == DATABASE)
    names = [(name,) for name in tables]
    assert ask(filled_glue, "show tables") == ask(filled_glue, f"SHOW TABLES IN {DATABASE};") == names


def test_show_partitions_lists_them_in_order(filled_glue: "GlueClient") -> None:
    """In the way that folders are named."""
    expected = [("event_date=2026-01-01/hour=07",), ("event_date=2026-01-01/hour=08",)]
    assert ask(filled_glue, "SHOW PARTITIONS status_count") == expected


def test_describe_lists_columns_and_keys(filled_glue: "GlueClient") -> None:
    """Name, type and meaning."""
    found = ask(filled_glue, f"DESCRIBE {DATABASE}.status_count")
    assert found[3][:2] == ("status", "int")
    assert found[-1] == ("hour", "string", "UTC hour of the window's start, 00 to 23")
