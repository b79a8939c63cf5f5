"""A running job: who can connect to it, who can read what it writes, and what it says of its credentials."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random

import boto3
import pyarrow.dataset as ds
import pytest

from glue_jobs.contracts.mobile_coverage import STREAM
from laptop.embedded_aws import EmbeddedAws, embedded_aws
from tests.faults.harness import JOB, ROOT, START, some_line
from tests.security.listening import descendants, listening_addresses
from tests.spark4 import KINESIS_READER

SECRETS = {
    "AWS_ACCESS_KEY_ID": "AKIA" + "QYLPMN5HFICT7OUB",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYnotarealkey",
    "AWS_SESSION_TOKEN": "IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQ",
}
PASSWORD = "hunter2secret"

pytestmark = [
    KINESIS_READER,
    pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="sockets are told by Linux's /proc"),
]


@pytest.fixture
def private() -> Iterator[None]:
    """A user who lets nobody else read files."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.fixture
def aws(tmp_path: Path, private: None) -> Iterator[EmbeddedAws]:
    """An embedded AWS with twenty records in its stream."""
    with embedded_aws((tmp_path / "lake").as_uri()) as running:
        session = boto3.Session("testing", "testing", region_name="us-east-1")
        kinesis = session.client("kinesis", endpoint_url=running.endpoint_url)
        kinesis.create_stream(StreamName=STREAM, ShardCount=2)
        rng = Random(1)
        for number in range(20):
            line = some_line(rng, START + timedelta(seconds=number))
            kinesis.put_record(StreamName=STREAM, Data=line, PartitionKey=str(number))
        kinesis.close()
        yield running


@pytest.fixture
def job(aws: EmbeddedAws, tmp_path: Path) -> "Iterator[subprocess.Popen[str]]":
    """The job with credentials in its environment, and an endpoint that has user and password."""
    for folder in ("temporary", "spark"):
        (tmp_path / folder).mkdir()
    settings = {
        **aws.environment,
        **SECRETS,
        "AWS_ENDPOINT_URL": aws.endpoint_url.replace("http://", f"http://user:{PASSWORD}@"),
        "PYTHONPATH": str(ROOT),
        "TMPDIR": str(tmp_path / "temporary"),
        "SPARK_LOCAL_DIRS": str(tmp_path / "spark"),
    }
    uris = [
        "--lake_uri",
        (tmp_path / "lake").as_uri(),
        "--checkpoint_uri",
        (tmp_path / "checkpoint").as_uri(),
    ]
    with (tmp_path / "errors").open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", JOB, *uris, "--trigger", "1 second", "--max_records_per_trigger", "5"],
            env={**os.environ, **settings},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def modes_for_others(folder: Path) -> dict[Path, int]:
    """What group and others may do with everything below a folder that is being written to."""
    modes = {}
    for parent, folders, files in os.walk(folder):
        for path in (Path(parent, name) for name in folders + files):
            with suppress(FileNotFoundError):  # it has got another name meanwhile
                modes[path] = path.stat().st_mode & 0o077
    return modes


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Every file below a folder: its path, and its content as text, that of Parquet as rows."""
    for path in folder.rglob("*"):
        if path.suffix == ".parquet":
            yield str(path), str(ds.dataset(path, format="parquet").to_table().to_pylist())
        elif path.is_file():
            yield str(path), path.read_bytes().decode("latin-1")


def test_a_running_job_is_reached_from_this_machine_alone_and_keeps_its_secrets(
    job: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    """Every socket of the job, its JVM and its workers, and of the embedded AWS, listens on loopback.

    Under umask 077 nobody else can read anything that it wrote, the files of Spark and the spool included. No
    credential is in what it said or wrote.
    """
    assert job.stdout is not None
    said = [job.stdout.readline()]
    listening = listening_addresses(descendants(os.getpid()))
    modes = modes_for_others(tmp_path)
    names = [path.name for path in modes]
    job.send_signal(signal.SIGTERM)
    said.append(job.communicate(timeout=60)[0])

    assert '"event": "batch"' in said[0], (tmp_path / "errors").read_text()
    assert job.returncode == 0
    assert len(listening) > 5  # the JVM's, py4j's, the workers', the embedded AWS's
    assert [str(address) for address in listening if not address.is_loopback] == []
    assert any(name.startswith("sluice-spool-") for name in names)
    assert any(name.startswith("shuffle_") for name in names)
    assert [str(path) for path, mode in modes.items() if mode] == []
    written = {"standard output": "".join(said), **dict(texts(tmp_path))}
    found = [
        (place, name) for name, secret in SECRETS.items() for place, text in written.items() if secret in text
    ]
    assert found + [place for place, text in written.items() if PASSWORD in text] == []


def test_a_socket_that_listens_everywhere_is_found() -> None:
    """The check above can fail: in IPv4 and in IPv6."""
    with socket.create_server(("0.0.0.0", 0)), socket.create_server(("::1", 0), family=socket.AF_INET6):  # noqa: S104 - for a moment
        found = {str(address) for address in listening_addresses({os.getpid()})}

    assert {"0.0.0.0", "::1"} <= found  # noqa: S104 - as above
