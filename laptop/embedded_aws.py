"""AWS for one lake on this machine: Kinesis, Glue and S3 APIs on 127.0.0.1, without an account.

    with embedded_aws("file:///tmp/lake") as aws:
        kinesis = boto3.client("kinesis", endpoint_url=aws.endpoint_url, …)

The first process that opens a lake starts the server, as a child that ends with it, however it ends.
Others that open the same lake meanwhile join that server. Who is first is decided by a lock on
`<lake>/_catalog/server.lock`, which the server holds while it lives; a file left by a crash holds none.
"""

import fcntl
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from glue_jobs.core.errors import OptionError, SetupError
from glue_jobs.core.storage import LocalStorage, open_storage

REGION = "us-east-1"
LAKE_PATH = "/sluice/lake"
"""A GET of it answers with the folder of the lake that the server belongs to."""

_JOIN_SECONDS = 30.0
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.05
_HERE = re.compile(r"http://127\.0\.0\.1:[0-9]{1,5}")


@dataclass(frozen=True)
class EmbeddedAws:
    """Where the server of a lake answers."""

    endpoint_url: str

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make boto3 and the AWS CLI talk to it. The credentials open nothing."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "embedded",
            "AWS_SECRET_ACCESS_KEY": "embedded",
        }


@contextmanager
def embedded_aws(lake_uri: str) -> Iterator[EmbeddedAws]:
    """Start the server of a lake, or join the one that runs already.

    Only the process that started the server ends it; for those that joined it is gone from then on.

    Raises:
        OptionError: the lake is not on this machine.
        SetupError: the server does not start, or does not answer.
    """
    folder = _catalog_folder(lake_uri)
    with _lock_file(folder) as lock:
        endpoint_url = _running_server(folder.parent.resolve(), lock)
        if endpoint_url is not None:
            yield EmbeddedAws(endpoint_url)
            return
        server = _start_server(lake_uri, lock, folder / "server.log")
    try:
        endpoint_url = _endpoint_of(server, folder / "server.log")
        (folder / "server.lock").write_text(endpoint_url)
        yield EmbeddedAws(endpoint_url)
    finally:
        _stop(server)


def _catalog_folder(lake_uri: str) -> Path:
    lake = open_storage(lake_uri)
    if not isinstance(lake, LocalStorage):
        raise OptionError(f"--lake_uri {lake_uri}: the embedded AWS serves lakes on this machine, file:///…")
    folder = lake.root / "_catalog"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(f"{folder}: cannot be made ({error.strerror}); choose another lake") from error
    return folder


def _lock_file(folder: Path) -> BinaryIO:
    try:
        return (folder / "server.lock").open("a+b", buffering=0)
    except OSError as error:
        raise SetupError(f"{folder}: cannot be written ({error.strerror}); choose another lake") from error


def _running_server(lake: Path, lock: BinaryIO) -> str | None:
    """Take the lock and give None, or give the endpoint of whoever holds it, once that answers."""
    deadline = time.monotonic() + _JOIN_SECONDS
    while not _taken(lock):
        lock.seek(0)
        endpoint_url = lock.read().decode()
        if _serves(endpoint_url, lake):
            return endpoint_url
        if time.monotonic() > deadline:
            raise SetupError(
                f"{lock.name}: another process holds this lake, but its server at "
                f"{endpoint_url or 'an unknown port'} does not answer; end that process and try again"
            )
        time.sleep(_POLL_SECONDS)
    lock.truncate(0)
    return None


def _taken(lock: BinaryIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _serves(endpoint_url: str, lake: Path) -> bool:
    """Whether the server there is this lake's: its port may have gone to another program since."""
    if not _HERE.fullmatch(endpoint_url):  # the file may come with a lake of somebody else's
        return False
    try:
        connection = HTTPConnection(urlsplit(endpoint_url).netloc, timeout=2)
        with closing(connection):
            connection.request("GET", LAKE_PATH)
            return connection.getresponse().read(10_000) == str(lake).encode()
    except (HTTPException, OSError, ValueError):
        return False


def _start_server(lake_uri: str, lock: BinaryIO, log: Path) -> subprocess.Popen[str]:
    """The child gets its own hold on the lock, so the lake is taken for as long as the child lives."""
    with log.open("wb") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", "laptop.aws_server", lake_uri],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            pass_fds=[lock.fileno()],
            env={**os.environ, "PYTHONPATH": _module_path()},
        )


def _module_path() -> str:
    """Where the child finds our packages, whatever folder it starts in."""
    here = str(Path(__file__).parent.parent)
    return os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])


def _endpoint_of(server: subprocess.Popen[str], log: Path) -> str:
    assert server.stdout is not None
    line = server.stdout.readline()
    answer: dict[str, str] = json.loads(line) if line else {}
    if "endpoint_url" in answer:
        return answer["endpoint_url"]
    raise SetupError(answer.get("error") or f"the embedded AWS did not start; {log} says why")


def _stop(server: subprocess.Popen[str]) -> None:
    """End the server and reap it. Its input ending is enough; a hung one is killed."""
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.close()
    try:
        server.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    finally:
        server.stdout.close()
