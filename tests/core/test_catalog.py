"""Tables and partitions in a Glue catalogue."""

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import boto3
import pytest

from glue_jobs.contracts.mobile_coverage import DATABASE, QUARANTINE, SIGNAL_STRENGTH_BY_OPERATOR, TABLES
from glue_jobs.core.catalog import Catalog, register_tables
from glue_jobs.core.errors import CatalogError, OptionError
from glue_jobs.core.options import StreamOptions
from glue_jobs.core.partitions import hour_values, partition_folder

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient

LAKE = "s3://bucket/lake"
TABLE = SIGNAL_STRENGTH_BY_OPERATOR.table
HOUR = ("2026-03-01", "07")


@pytest.fixture
def glue(aws: str) -> "GlueClient":
    """The client of a catalogue without databases."""
    client = boto3.client("glue")
    for database in client.get_databases()["DatabaseList"]:
        client.delete_database(Name=database["Name"])
    return client


def options(lake_uri: str = LAKE, *, register_partitions: bool = True) -> StreamOptions:
    """Those of a job with this lake."""
    return StreamOptions(
        lake_uri=lake_uri,
        checkpoint_uri="file:///checkpoint",
        stream_name="s",
        region="us-east-1",
        register_partitions=register_partitions,
    )


def test_a_table_has_the_contracts_columns(glue: "GlueClient") -> None:
    """As Athena names their types; meaning and unit are the comments."""
    Catalog(LAKE, glue).ensure_table(TABLE)

    table = glue.get_table(DatabaseName=DATABASE, Name=TABLE.name)["Table"]
    columns = [
        (column["Name"], column["Type"], column["Comment"])
        for column in table["StorageDescriptor"]["Columns"]
    ]
    assert columns == [
        ("window_start", "timestamp", "start of the window, inclusive, UTC"),
        ("window_end", "timestamp", "end of the window, exclusive, UTC"),
        ("operator", "string", "name of the operator that issued the SIM"),
        ("postal_code", "string", "INE municipality code with check digit; null outside Catalonia"),
        ("average_signal", "double", "mean of the known signals [ASU]"),
        ("minimum_signal", "int", "weakest known signal [ASU]"),
        ("maximum_signal", "int", "strongest known signal [ASU]"),
        ("record_count", "bigint", "known signals, the weight of the mean"),
    ]
    assert [(key["Name"], key["Type"]) for key in table["PartitionKeys"]] == [
        ("event_date", "date"),
        ("hour", "string"),
    ]


def test_a_table_is_external_parquet_at_its_place(glue: "GlueClient") -> None:
    """With what Athena and Spark need to read it."""
    Catalog(LAKE, glue).ensure_table(TABLE)

    table = glue.get_table(DatabaseName=DATABASE, Name=TABLE.name)["Table"]
    descriptor = table["StorageDescriptor"]
    assert (table["TableType"], table["Owner"]) == ("EXTERNAL_TABLE", "data engineering")
    assert table["Parameters"]["classification"] == "parquet"
    assert descriptor["Location"] == f"{LAKE}/aggregations/signal_strength_by_operator/"
    assert descriptor["SerdeInfo"]["SerializationLibrary"].endswith("ParquetHiveSerDe")
    assert (descriptor["InputFormat"], descriptor["OutputFormat"]) == (
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    )


def test_ensuring_again_changes_nothing(glue: "GlueClient") -> None:
    """By the same job or by another, before or after a restart."""
    for catalog in (Catalog(LAKE, glue), Catalog("s3://elsewhere", glue)):
        for _ in range(2):
            catalog.ensure_table(TABLE)
            catalog.ensure_partitions(TABLE, [HOUR])

    (partition,) = glue.get_partitions(DatabaseName=DATABASE, TableName=TABLE.name)["Partitions"]
    assert partition["Values"] == ["2026-03-01", "07"]
    assert partition["StorageDescriptor"]["Location"] == (
        f"{LAKE}/aggregations/signal_strength_by_operator/event_date=2026-03-01/hour=07/"
    )


def test_where_database_and_table_are_there_looking_is_enough(glue: "GlueClient") -> None:
    """A job on AWS has no right to make what Terraform has made."""
    Catalog(LAKE, glue).ensure_table(TABLE)
    asked: list[str] = []
    watching = boto3.client("glue")
    watching.meta.events.register("before-call.glue", lambda model, **_: asked.append(model.name))

    Catalog(LAKE, watching).ensure_table(TABLE)
    Catalog(LAKE, watching).ensure_database(DATABASE)

    assert asked == ["GetTable", "GetDatabase"]


def test_what_was_registered_once_is_not_asked_for_again(glue: "GlueClient") -> None:
    """A batch each 20 seconds needs no call for an hour it has written before."""
    catalog = Catalog(LAKE, glue)
    catalog.ensure_table(TABLE)
    catalog.ensure_partitions(TABLE, [HOUR])
    glue.delete_database(Name=DATABASE)

    catalog.ensure_partitions(TABLE, [HOUR])

    with pytest.raises(CatalogError):
        catalog.ensure_partitions(TABLE, [("2026-03-01", "08")])


def test_more_hours_are_registered_than_one_call_takes(glue: "GlueClient") -> None:
    """After an outage a batch writes many; those that are there already do not matter."""
    days = [f"2026-03-{day:02}" for day in range(1, 11)]
    hours = [(day, f"{hour:02}") for day in days for hour in range(24)]
    Catalog(LAKE, glue).ensure_table(TABLE)
    asked: list[int] = []
    glue.meta.events.register(
        "provide-client-params.glue.BatchCreatePartition",
        lambda params, **_: asked.append(len(params["PartitionInputList"])),
    )
    Catalog(LAKE, glue).ensure_partitions(TABLE, hours[:30])

    Catalog(LAKE, glue).ensure_partitions(TABLE, hours)

    assert asked == [30, 100, 100, 40]
    pages = glue.get_paginator("get_partitions").paginate(DatabaseName=DATABASE, TableName=TABLE.name)
    registered = [partition["Values"] for page in pages for partition in page["Partitions"]]
    assert sorted(registered) == [list(values) for values in hours]


def test_all_tables_of_a_job_are_registered(glue: "GlueClient") -> None:
    """The aggregates, raw and quarantine."""
    catalog = register_tables(options(), TABLES)

    assert catalog is not None
    assert catalog.lake_uri == LAKE
    names = [table["Name"] for table in glue.get_tables(DatabaseName=DATABASE)["TableList"]]
    assert sorted(names) == sorted(table.name for table in TABLES)


def test_a_job_may_leave_the_catalogue_alone(glue: "GlueClient") -> None:
    """Then there is none."""
    assert register_tables(options(register_partitions=False), TABLES) is None
    assert glue.get_databases()["DatabaseList"] == []


def test_a_lake_on_this_machine_is_not_for_the_catalogue_of_aws(
    aws: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent; the embedded catalogue takes such a lake."""
    assert register_tables(options("file:///lake"), ()) is not None
    monkeypatch.delenv("AWS_ENDPOINT_URL")

    with pytest.raises(
        OptionError, match=r"^--lake_uri: got 'file:///lake', .* --register_partitions false$"
    ):
        register_tables(options("file:///lake"), TABLES)


def test_a_refusal_is_told_in_one_line(glue: "GlueClient") -> None:
    """What was refused, and why: here a partition of a table that is not there."""
    with pytest.raises(CatalogError) as caught:
        Catalog(LAKE, glue).ensure_partitions(TABLE, [HOUR])

    text = str(caught.value)
    assert text.startswith(
        "partitions ('2026-03-01', '07') to ('2026-03-01', '07') of "
        f"{DATABASE}.{TABLE.name}: the Glue catalogue refused: "
    )
    assert "EntityNotFoundException" in text
    assert "\n" not in text


def test_an_unreachable_catalogue_is_told_in_one_line(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the address that does not answer."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")

    with pytest.raises(
        CatalogError, match=r"^table \w+\.signal_strength_by_operator: .*127\.0\.0\.1:9"
    ) as caught:
        register_tables(options(), TABLES)

    assert "\n" not in str(caught.value)


def test_missing_credentials_are_told_in_one_line(
    aws: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Not as a traceback from the AWS library."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    nowhere = str(tmp_path_factory.mktemp("aws") / "none")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", nowhere)
    monkeypatch.setenv("AWS_CONFIG_FILE", nowhere)

    with pytest.raises(CatalogError, match="the Glue catalogue refused: Unable to locate credentials"):
        register_tables(options(), TABLES)


def test_a_partition_lies_in_its_hive_folder() -> None:
    """Relative to the lake; each table has its own partition columns."""
    assert partition_folder(TABLE, HOUR) == f"{TABLE.path}/event_date=2026-03-01/hour=07"
    assert partition_folder(QUARANTINE, HOUR) == "quarantine/mobile_coverage/ingest_date=2026-03-01/hour=07"


@pytest.mark.parametrize(
    ("moment", "values"),
    [
        (datetime(2026, 3, 1, 7, 59, 59, 999_999, UTC), ("2026-03-01", "07")),
        (datetime(2026, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))), ("2026-02-28", "23")),
    ],
)
def test_an_hour_is_that_of_utc(moment: datetime, values: tuple[str, str]) -> None:
    """Date and hour, each padded with zeros."""
    assert hour_values(moment) == values
