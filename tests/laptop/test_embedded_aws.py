"""The embedded AWS starts, is shared, ends, and leaves its catalogue in the lake."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING

import boto3
import pytest

from glue_jobs.core.errors import OptionError, SetupError
from laptop.embedded_aws import EmbeddedAws, _serves, embedded_aws

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient

SESSION = boto3.Session("testing", "testing", region_name="us-east-1")
HOLD_OPEN = """
import sys
from laptop.embedded_aws import EmbeddedAws, embedded_aws
with embedded_aws(sys.argv[1]) as aws:
    print(aws.endpoint_url, flush=True)
    sys.stdin.read()
"""


def glue_of(endpoint_url: str, region: str = "us-east-1") -> "GlueClient":
    """A client of the catalogue at an endpoint."""
    return SESSION.client("glue", endpoint_url=endpoint_url, region_name=region)


@contextmanager
def another_process(lake_uri: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that holds the lake's AWS open, and the endpoint it has."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD_OPEN, lake_uri],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def open_and_close(lake_uri: str) -> None:
    """Open a lake's AWS for nothing."""
    with embedded_aws(lake_uri):
        pass


def server_of(parent: int) -> int:
    """The process id of the server that `parent` started."""
    found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    assert len(found) == 1
    return int(found[0])


def is_gone_within(seconds: float, process: int) -> bool:
    """Whether a process ends in that time; one that nobody has reaped counts as ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_the_catalogue_outlives_a_killed_server(tmp_path: Path) -> None:
    """What a create call has answered is there again in the next server."""
    lake_uri = tmp_path.as_uri()
    with another_process(lake_uri) as (process, endpoint_url):
        glue = glue_of(endpoint_url)
        glue.create_database(DatabaseInput={"Name": "d"})
        glue.create_table(DatabaseName="d", TableInput={"Name": "t", "PartitionKeys": [{"Name": "p"}]})
        glue.create_partition(DatabaseName="d", TableName="t", PartitionInput={"Values": ["1"]})
        os.kill(server_of(process.pid), signal.SIGKILL)
    with embedded_aws(lake_uri) as aws:
        found = glue_of(aws.endpoint_url).get_partitions(DatabaseName="d", TableName="t")["Partitions"]
    assert [partition["Values"] for partition in found] == [["1"]]


def test_a_moved_lake_takes_its_catalogue_along(tmp_path: Path) -> None:
    """Locations within the lake follow it; others stay."""
    lake, moved = tmp_path / "lake", tmp_path / "moved"
    lake.mkdir()
    places = {"within": f"{lake.as_uri()}/within", "near": f"{lake.as_uri()}-near/t", "far": "s3://far/t"}
    with embedded_aws(lake.as_uri()) as aws:
        glue = glue_of(aws.endpoint_url)
        glue.create_database(DatabaseInput={"Name": "d"})
        for name, location in places.items():
            glue.create_table(
                DatabaseName="d", TableInput={"Name": name, "StorageDescriptor": {"Location": location}}
            )
    lake.rename(moved)
    with embedded_aws(moved.as_uri()) as aws:
        tables = glue_of(aws.endpoint_url).get_tables(DatabaseName="d")["TableList"]
    found = {table["Name"]: table["StorageDescriptor"]["Location"] for table in tables}
    assert found == {**places, "within": f"{moved.as_uri()}/within"}


def test_what_is_deleted_stays_deleted(tmp_path: Path) -> None:
    """Updates and deletions reach the file too."""
    with embedded_aws(tmp_path.as_uri()) as aws:
        glue = glue_of(aws.endpoint_url)
        glue.create_database(DatabaseInput={"Name": "d"})
        glue.create_table(DatabaseName="d", TableInput={"Name": "kept", "Description": "old"})
        glue.create_table(DatabaseName="d", TableInput={"Name": "gone"})
        glue.update_table(DatabaseName="d", TableInput={"Name": "kept", "Description": "new"})
        glue.delete_table(DatabaseName="d", Name="gone")
    with embedded_aws(tmp_path.as_uri()) as aws:
        tables = glue_of(aws.endpoint_url).get_tables(DatabaseName="d")["TableList"]
    assert [(table["Name"], table["Description"]) for table in tables] == [("kept", "new")]


def test_the_server_ends_with_a_killed_parent(tmp_path: Path) -> None:
    """SIGKILL of the process that started it leaves no server behind."""
    with another_process(tmp_path.as_uri()) as (process, _):
        server = server_of(process.pid)
        process.kill()
        assert is_gone_within(20, server)


def test_the_server_is_reaped_when_the_block_ends(tmp_path: Path) -> None:
    """No child is left, not even a zombie."""
    with embedded_aws(tmp_path.as_uri()):
        children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
        during = set(children.read_text().split())
    assert len(during - set(children.read_text().split())) == 1


def test_ctrl_c_is_left_to_the_parent(tmp_path: Path) -> None:
    """A SIGINT to the whole group does not take the server away while its parent still uses it."""
    with another_process(tmp_path.as_uri()) as (process, endpoint_url):
        os.kill(server_of(process.pid), signal.SIGINT)
        assert glue_of(endpoint_url).get_databases()["DatabaseList"] == []


def test_a_second_process_joins_the_first(tmp_path: Path) -> None:
    """One lake has one server; leaving it does not stop it."""
    with another_process(tmp_path.as_uri()) as (_, endpoint_url):
        with embedded_aws(tmp_path.as_uri() + "/") as joined:
            assert joined.endpoint_url == endpoint_url
        assert glue_of(endpoint_url).get_databases()["DatabaseList"] == []


def test_of_two_that_start_at_once_one_joins(tmp_path: Path) -> None:
    """Whoever comes second waits until the first one's server answers."""
    both_are_in = Barrier(2, timeout=60)

    def endpoint(lake_uri: str) -> str:
        with embedded_aws(lake_uri) as aws:
            both_are_in.wait()
            return aws.endpoint_url

    with ThreadPoolExecutor() as threads:
        assert len(set(threads.map(endpoint, [tmp_path.as_uri()] * 2))) == 1


def test_the_server_of_another_lake_is_not_joined(tmp_path: Path) -> None:
    """A port left in a lock file may be another server's by now."""
    (tmp_path / "other").mkdir()
    with embedded_aws((tmp_path / "mine").as_uri()) as aws:
        assert _serves(aws.endpoint_url, tmp_path / "mine")
        assert not _serves(aws.endpoint_url, tmp_path / "other")


def test_another_lake_has_another_server(tmp_path: Path) -> None:
    """Two lakes share nothing."""
    with embedded_aws((tmp_path / "a").as_uri()) as one, embedded_aws((tmp_path / "b").as_uri()) as other:
        glue_of(one.endpoint_url).create_database(DatabaseInput={"Name": "d"})
        assert glue_of(other.endpoint_url).get_databases()["DatabaseList"] == []


def test_files_left_by_a_crash_are_no_obstacle(tmp_path: Path) -> None:
    """A lock file that nobody holds, with an endpoint where nobody answers, is taken over."""
    (tmp_path / "_catalog").mkdir()
    (tmp_path / "_catalog" / "server.lock").write_text("http://127.0.0.1:1")
    with embedded_aws(tmp_path.as_uri()) as aws:
        assert aws.endpoint_url != "http://127.0.0.1:1"
        assert glue_of(aws.endpoint_url).get_databases()["DatabaseList"] == []


def test_the_catalogue_is_the_same_in_every_region(tmp_path: Path) -> None:
    """It belongs to the lake, whatever region a client names."""
    with embedded_aws(tmp_path.as_uri()) as aws:
        glue_of(aws.endpoint_url, "eu-west-1").create_database(DatabaseInput={"Name": "d"})
        found = glue_of(aws.endpoint_url).get_databases()["DatabaseList"]
    assert [database["Name"] for database in found] == ["d"]


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"version": 9}', json.dumps({"version": 1, "databases": [{}]})]
)
def test_a_damaged_catalogue_is_named(tmp_path: Path, content: str) -> None:
    """The message says which file, and what to do."""
    file = tmp_path / "_catalog" / "catalog.json"
    file.parent.mkdir()
    file.write_text(content)
    with pytest.raises(SetupError, match=r"catalog.json is damaged .*; remove the file, then `sluice crawl`"):
        open_and_close(tmp_path.as_uri())
    assert file.read_text() == content


def test_a_lake_on_s3_is_refused() -> None:
    """Its catalogue is on AWS."""
    with pytest.raises(OptionError, match="s3://bucket/lake: the embedded AWS serves lakes on this machine"):
        open_and_close("s3://bucket/lake")


def test_its_environment_is_all_that_boto3_needs(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Endpoint, region and credentials come from it."""
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    assert boto3.client("kinesis").list_streams()["ResponseMetadata"]["HTTPStatusCode"] == 200
