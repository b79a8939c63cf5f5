"""One embedded AWS for the tests of this folder, and clients of it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import boto3
import pytest
from botocore.config import Config

from crawlers.definitions import CRAWLERS
from glue_jobs.contracts.contract import TableContract
from glue_jobs.contracts.mobile_coverage import STATUS_COUNT
from laptop.crawler import crawl
from laptop.embedded_aws import EmbeddedAws, embedded_aws
from laptop.firehose import Firehose
from tests.laptop.firehoses import SMALL, Clock, again, kept, make

if TYPE_CHECKING:
    from mypy_boto3_firehose.client import FirehoseClient
    from mypy_boto3_glue.client import GlueClient
    from mypy_boto3_kinesis.client import KinesisClient

SESSION = boto3.Session("testing", "testing", region_name="us-east-1")
_numbers = count()


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """A running embedded AWS."""
    with embedded_aws(tmp_path_factory.mktemp("shared-lake").as_uri()) as running:
        yield running


@pytest.fixture(scope="session")
def kinesis(aws: EmbeddedAws) -> "Iterator[KinesisClient]":
    """A client of its Kinesis."""
    client = SESSION.client("kinesis", endpoint_url=aws.endpoint_url)
    yield client
    client.close()


@pytest.fixture(scope="session")
def shared_glue(aws: EmbeddedAws) -> "Iterator[GlueClient]":
    """A client of its catalogue."""
    client = SESSION.client("glue", endpoint_url=aws.endpoint_url)
    yield client
    client.close()


@pytest.fixture
def glue(shared_glue: "GlueClient") -> "Iterator[GlueClient]":
    """The client of a catalogue that is empty before and after the test."""
    yield shared_glue
    for database in shared_glue.get_databases()["DatabaseList"]:
        shared_glue.delete_database(Name=database["Name"])


@pytest.fixture
def stream(kinesis: "KinesisClient") -> str:
    """A new stream of two shards."""
    name = f"stream-{next(_numbers)}"
    kinesis.create_stream(StreamName=name, ShardCount=2)
    return name


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """The folder of an empty lake."""
    return tmp_path


@pytest.fixture
def filled_glue(glue: "GlueClient", lake: Path, write_hour: "WriteHour") -> "GlueClient":
    """The client of a catalogue of a crawled lake: `status_count` with two hours and three rows."""
    write_hour(7, ("080193", 0, 3), (None, 1, 4))
    write_hour(8, ("171032", 0, 5))
    for crawler in CRAWLERS.values():
        crawl(crawler, lake.as_uri(), glue)
    return glue


WriteHour: TypeAlias = Callable[..., Path]


@pytest.fixture
def write_hour(lake: Path) -> WriteHour:
    """Writes `rows` of (postal_code, status, count) as one Parquet file of an hour of `status_count`."""
    import datetime as dt

    import pyarrow as pa
    import pyarrow.parquet as pq

    def write(
        hour: int, *rows: tuple[str | None, int, int], folder: str | None = None, **change: Any
    ) -> Path:
        start = dt.datetime(2026, 1, 1, hour, tzinfo=dt.UTC)
        columns = {
            "window_start": pa.array([start] * len(rows), pa.timestamp("us", "UTC")),
            "window_end": pa.array([start + dt.timedelta(minutes=2)] * len(rows), pa.timestamp("us", "UTC")),
            "postal_code": pa.array([code for code, _, _ in rows], pa.string()),
            "status": pa.array([status for _, status, _ in rows], pa.int32()),
            "description": pa.array(["in words"] * len(rows), pa.string()),
            "status_count": pa.array([number for _, _, number in rows], pa.int64()),
        }
        columns = {name: column for name, column in {**columns, **change}.items() if column is not None}
        where = lake / (folder or f"{STATUS_COUNT.table.path}/event_date=2026-01-01/hour={hour:02}")
        where.mkdir(parents=True, exist_ok=True)
        file = where / f"part-{len(list(where.iterdir()))}.parquet"
        pq.write_table(pa.table(columns), file)
        return file

    return write


@pytest.fixture
def table() -> TableContract:
    """The contract of the table that `write_hour` writes."""
    return STATUS_COUNT.table


def firehose_client(endpoint_url: str, region: str = "us-east-1") -> "FirehoseClient":
    """A client that asks once."""
    once = Config(retries={"total_max_attempts": 1})
    return SESSION.client("firehose", endpoint_url=endpoint_url, region_name=region, config=once)


@pytest.fixture(scope="session")
def firehose_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lake of the server below."""
    return tmp_path_factory.mktemp("firehose-lake")


@pytest.fixture(scope="session")
def firehose_server(firehose_lake: Path) -> Iterator[EmbeddedAws]:
    """A server of its own, for what is delivered is looked at in its lake."""
    with embedded_aws(firehose_lake.as_uri()) as running:
        yield running


@pytest.fixture
def firehose(firehose_server: EmbeddedAws) -> "Iterator[FirehoseClient]":
    """A client of a Firehose with no streams before and after the test."""
    made = firehose_client(firehose_server.endpoint_url)
    yield made
    for name in made.list_delivery_streams(Limit=100)["DeliveryStreamNames"]:
        made.delete_delivery_stream(DeliveryStreamName=name)
    made.close()


@pytest.fixture
def delivery_stream(firehose: "FirehoseClient", request: pytest.FixtureRequest) -> str:
    """A stream of the test's own, delivered below `landing/<stream>`."""
    name = f"s{abs(hash(request.node.name))}"
    return make(firehose, replace(SMALL, name=name, prefix=f"landing/{name}/!{{timestamp:yyyy}}/"))


@pytest.fixture
def clock() -> Clock:
    """A clock at noon."""
    return Clock()


@pytest.fixture
def small_firehose(lake: Path, clock: Clock) -> Firehose:
    """A Firehose over the lake, with the stream `small`."""
    made = again(lake, clock)
    made.create(kept(SMALL))
    return made
