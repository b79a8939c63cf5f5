"""A whole job on Glue, where only what lives in Glue's JVM is stood in for."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from pyspark.sql.types import StructType

from glue_jobs.contracts.mobile_coverage import (
    GPS_PRECISION_BY_PROVIDER,
    QUARANTINE,
    RAW,
    SIGNAL_STRENGTH_BY_OPERATOR,
    STATUS_COUNT,
    STREAM,
    TABLES,
)
from glue_jobs.contracts.records import RECORDS
from glue_jobs.core.errors import OptionError, SourceError
from glue_jobs.core.options import StreamOptions
from glue_jobs.core.runtime import Runtime, run_job
from glue_jobs.core.sources.kinesis import read_kinesis
from glue_jobs.core.stream import StreamFailed
from glue_jobs.streaming.mobile_coverage import main
from tests.events import payload
from tests.lake import hours, rows, write_lines

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient

MALFORMED = b'{"timestamp":'
FUTURE = payload(timestamp="9999-01-01T00:00:00Z")
FIRST = [
    payload(timestamp="2026-03-01T06:59:59Z", signal=10, operator="movistar"),
    payload(timestamp="2026-03-01T07:00:00Z", signal=20, operator="MOVISTAR", precission=None),
    payload(timestamp="2026-03-01T07:01:59.999999Z", signal=99, satellites=None, provider="GPS"),
    payload(timestamp="2026-03-01T07:02:00Z", signal=99, postal_code=None),
    MALFORMED,
    payload(lat=91),
    FUTURE,
]
CLOSING = [payload(timestamp="2026-03-01T08:00:00Z")]


def at(hour: int, minute: int) -> datetime:
    """A time of the tests' day."""
    return datetime(2026, 3, 1, hour, minute, tzinfo=UTC)


@pytest.fixture
def stream_arn(aws: str) -> str:
    """The ARN of the job's stream, which the API knows."""
    client = boto3.client("kinesis")
    if STREAM not in client.list_streams()["StreamNames"]:
        client.create_stream(StreamName=STREAM, ShardCount=1)
    return client.describe_stream_summary(StreamName=STREAM)["StreamDescriptionSummary"]["StreamARN"]


@pytest.fixture
def catalogue(aws: str) -> "GlueClient":
    """A catalogue without tables."""
    client = boto3.client("glue")
    for database in client.get_databases()["DatabaseList"]:
        client.delete_database(Name=database["Name"])
    return client


@pytest.fixture
def options(tmp_path: Path) -> dict[str, Any]:
    """Where the job writes, in folders whose URI is not their path, and that it ends."""
    return {
        "lake_uri": (tmp_path / "a lake").as_uri(),
        "checkpoint_uri": (tmp_path / "a checkpoint").as_uri(),
        "run_mode": "available_now",
    }


def test_the_job_runs_on_glue_from_records_to_tables(
    glue: Any,
    run_on_glue: Callable[..., None],
    stream_arn: str,
    catalogue: "GlueClient",
    options: dict[str, Any],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Windows, raw and quarantine lie in the lake, their hours in the catalogue, events in the log."""
    write_lines(tmp_path / "stream", "0", FIRST)
    write_lines(tmp_path / "stream", "1", CLOSING)
    glue.streams[stream_arn] = tmp_path / "stream"

    run_on_glue(main, **options)

    lake = options["lake_uri"]
    before, after = (at(6, 58), at(7, 0)), (at(7, 0), at(7, 2))
    last = (at(7, 2), at(7, 4))
    assert rows(lake, SIGNAL_STRENGTH_BY_OPERATOR.table) == [
        (*before, "Movistar", "080193", 10.0, 10, 10, 1),
        (*after, "Movistar", "080193", 20.0, 20, 20, 1),
        (*last, "Movistar", None, None, None, None, 0),
    ]
    assert rows(lake, GPS_PRECISION_BY_PROVIDER.table) == [
        (*before, "gps", 11.5, 1, 4.0, 1),
        (*after, "gps", 11.5, 1, 4.0, 1),
        (*last, "gps", 11.5, 1, 4.0, 1),
    ]
    assert rows(lake, STATUS_COUNT.table, "event_date=2026-03-01/hour=06") == [
        (*before, "080193", 0, "STATE_IN_SERVICE", 1)
    ]
    assert rows(lake, STATUS_COUNT.table, "event_date=2026-03-01/hour=07") == [
        (*after, "080193", 0, "STATE_IN_SERVICE", 2),
        (*last, None, 0, "STATE_IN_SERVICE", 1),
    ]
    origin = (None, None, None)
    assert rows(lake, RAW) == sorted([(data, *origin) for data in FIRST + CLOSING], key=repr)
    assert rows(lake, QUARANTINE) == [
        ("future_event_time", "timestamp", FUTURE, *origin),
        ("malformed_json", None, MALFORMED, *origin),
        ("out_of_range", "lat", payload(lat=91), *origin),
    ]
    assert glue.run == "committed"
    assert registered(catalogue) == {
        table.name: [
            hour.replace("event_date=", "").replace("ingest_date=", "") for hour in hours(lake, table)
        ]
        for table in TABLES
    }
    events = [json.loads(line) for line in capfd.readouterr().out.splitlines() if line.startswith("{")]
    assert [(event["records_in"], event["rejected"]) for event in events if event["records_in"]] == [
        (7, 3),
        (1, 0),
    ]
    assert all(event["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Sluice" for event in events)


def registered(catalogue: "GlueClient") -> dict[str, list[str]]:
    """The partitions of each table in the catalogue, `yyyy-MM-dd/hour=HH`, sorted."""
    database = TABLES[0].database
    found = {}
    for table in catalogue.get_tables(DatabaseName=database)["TableList"]:
        partitions = catalogue.get_partitions(DatabaseName=database, TableName=table["Name"])["Partitions"]
        found[table["Name"]] = sorted("/hour=".join(partition["Values"]) for partition in partitions)
    return found


def test_a_failed_stream_is_not_committed_and_raises(
    glue: Any,
    run_on_glue: Callable[..., None],
    stream_arn: str,
    options: dict[str, Any],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Glue shows the error as the reason of the failed run; the table and the path are named."""
    write_lines(tmp_path / "stream", "0", [payload()])
    write_lines(tmp_path / "stream", "1", CLOSING)
    hour = tmp_path / "a lake" / STATUS_COUNT.table.path
    write_lines(hour, "event_date=2026-03-01", [b"a file in place of a folder"])
    glue.streams[stream_arn] = tmp_path / "stream"

    with pytest.raises(StreamFailed) as caught:
        run_on_glue(lambda argv: exit_code(argv), **options, register_partitions="false")

    text = str(caught.value)
    assert f"cannot write {options['lake_uri']}/aggregations/" in text
    assert "\n" not in text
    assert glue.run == "running"
    assert capfd.readouterr().err == ""


def exit_code(argv: Any) -> None:
    """The job as a program; on Glue it never comes to an exit code other than 0."""
    assert run_job(main, argv) == 0


@pytest.mark.parametrize("with_arrival", [False, True], ids=["arrival hidden", "arrival known"])
def test_glues_connector_gives_records(
    glue: Any, stream_arn: str, tmp_path: Path, with_arrival: bool
) -> None:
    """Their text, and the time of their arrival where the connector tells it: it hides the rest."""
    glue.streams[stream_arn] = tmp_path
    glue.with_arrival = with_arrival
    options = StreamOptions(lake_uri="file:///l", checkpoint_uri="file:///c", stream_name=STREAM)

    frame = read_kinesis(Runtime(glue.spark, glue), options).planned

    known = 2 if with_arrival else 1
    assert frame.schema.simpleString() == StructType(RECORDS.fields[:known]).simpleString()
    assert frame.isStreaming


def test_a_stream_may_be_named_by_its_arn(glue: Any, tmp_path: Path) -> None:
    """Then nobody is asked for it."""
    arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/elsewhere"
    glue.streams[arn] = tmp_path
    options = StreamOptions(lake_uri="file:///l", checkpoint_uri="file:///c", stream_name=arn)

    assert read_kinesis(Runtime(glue.spark, glue), options).planned.isStreaming


def test_an_unknown_stream_is_told_in_one_line(glue: Any, aws: str) -> None:
    """Before Spark starts a query."""
    options = StreamOptions(lake_uri="file:///l", checkpoint_uri="file:///c", stream_name="never_made")

    with pytest.raises(SourceError, match="never_made") as caught:
        read_kinesis(Runtime(glue.spark, glue), options)

    assert "\n" not in str(caught.value)


def test_a_wrong_argument_is_raised_on_glue(glue: Any, run_on_glue: Callable[..., None]) -> None:
    """Before anything is started."""
    with pytest.raises(OptionError, match=r"^--window: got '2'"):
        run_on_glue(
            lambda argv: exit_code(argv), lake_uri="file:///l", checkpoint_uri="file:///c", window="2"
        )

    assert glue.run == "not started"
