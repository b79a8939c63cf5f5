"""What several folders of tests share: one Spark, one AWS on loopback."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from hypothesis import settings
from moto.server import ThreadedMotoServer
from pyspark import __version__ as SPARK
from pyspark.sql import SparkSession

from glue_jobs.core import iceberg, runtime
from glue_jobs.core.catalog import Catalog


@dataclass(frozen=True)
class IcebergLake:
    """A lake with Iceberg tables, the session that knows them, and the catalogue that both are in."""

    uri: str
    spark: SparkSession
    catalog: Catalog


# The same examples in every run, and no verdict that depends on how busy the machine is.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=5000)  # --hypothesis-profile=search
settings.load_profile("repeatable")

# What a shell starts in the background ignores Ctrl-C, and so does all that it starts: tests of Ctrl-C, too.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parent.parent


def _quick_jvm() -> dict[str, str]:
    """Two Sparks of tests run side by side: no threads for what one thread does."""
    name = "spark.driver.extraJavaOptions"
    return {name: f"{runtime._THIS_MACHINE[name]} -XX:+UseSerialGC"}


def _iceberg() -> dict[str, str]:
    """What Iceberg needs of a Spark at its start; without its jars only the tests of Iceberg tables fail."""
    return iceberg.session_settings([]) if iceberg.jars_are_here() else {}


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """The Spark of all tests, with the settings of a job."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("PYTHONPATH", str(ROOT))  # for the workers, wherever pytest was called
        builder = SparkSession.builder.appName("tests").master("local[2]")
        builder = builder.config(
            map={**runtime._THIS_MACHINE, **runtime._session_of(SPARK), **_quick_jvm(), **_iceberg()}
        )
        session = builder.config("spark.sql.shuffle.partitions", 2).getOrCreate()
        yield session
        session.stop()


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """The endpoint of an AWS on loopback: Kinesis, S3 and the Glue catalogue."""
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(moto_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The environment of a program whose AWS is the one on loopback; its endpoint."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)  # it remembers credentials
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_url)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    return moto_url


@contextmanager
def iceberg_lake_at(spark: SparkSession, endpoint_url: str, folder: Path) -> Iterator[IcebergLake]:
    """An empty lake below `folder` whose Iceberg tables a Spark session of its own knows."""
    uri, session = f"{folder.as_uri()}/lake", spark.newSession()
    keys = boto3.Session("testing", "testing", region_name="us-east-1")
    client = keys.client("glue", endpoint_url=endpoint_url)
    catalog = Catalog(uri, client)
    iceberg.use_catalog(runtime.Runtime(session), catalog)
    yield IcebergLake(uri, session, catalog)
    for database in client.get_databases()["DatabaseList"]:
        client.delete_database(Name=database["Name"])
    client.close()


@pytest.fixture
def iceberg_lake(spark: SparkSession, moto_url: str, tmp_path: Path) -> Iterator[IcebergLake]:
    """One for a single test."""
    with iceberg_lake_at(spark, moto_url, tmp_path / "with a blank") as lake:
        yield lake
