"""The client of S3, and one version of an object, read piece by piece."""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from io import BufferedReader, RawIOBase
from pathlib import Path
from threading import Lock
from typing import Any

from glue_jobs.core.s3_errors import os_errors

RANGE_BYTES = 4 * 2**20
"""What is fetched at once, and kept until it is read: S3 is paid by the request."""

_making = Lock()
"""Held by whoever looks for the client, also for the moment of a fork: no child finds it taken by a thread
that it does not have."""
os.register_at_fork(before=_making.acquire, after_in_parent=_making.release, after_in_child=_making.release)

_CREDENTIALS = {"AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials", "AWS_CONFIG_FILE": "~/.aws/config"}
"""The variables that name boto3's files, and where they are otherwise."""


def s3_client() -> Any:
    """The client of S3 that this process keeps; several threads may use it at once.

    Making one takes as long as some requests do, and its open connections save each request a handshake.
    Another environment (endpoint, region, credentials) has another client, and so have files of credentials
    that were written since: boto3 reads them once.
    """
    environment = [item for item in os.environ.items() if item[0].startswith("AWS_")]
    with _making:  # boto3 must not make two at once
        return _kept_client(os.getpid(), _credentials_written(), *environment)


def _credentials_written() -> tuple[int, ...]:
    """When the files of credentials were written that are there, in nanoseconds."""
    paths = [os.environ.get(variable, usual) for variable, usual in _CREDENTIALS.items()]
    written = []
    for path in map(os.path.expanduser, paths):
        with suppress(OSError):
            written.append(Path(path).stat().st_mtime_ns)
    return tuple(written)


@lru_cache(maxsize=1)
def _kept_client(process: int, credentials: tuple[int, ...], *environment: tuple[str, str]) -> Any:
    """It gives a request up far sooner than a lease expires.

    What a run sends must not land long after it has looked whether it may (`lease.VALID`).
    """
    import boto3
    from botocore.config import Config

    brief = Config(
        connect_timeout=5,
        read_timeout=15,
        retries={"mode": "standard", "total_max_attempts": 2},
        max_pool_connections=16,
    )
    return boto3.Session().client("s3", config=brief)  # boto3's own session keeps the credentials it has read


class S3Object:
    """The version that is there now: ETag, size in bytes, when it was put (epoch seconds), and its content.

    `read` gives the next bytes, as many as it is asked for while there are as many.

    Raises:
        OSError: S3 refuses; the object is gone, or another version by now.
    """

    def __init__(self, client: Any, bucket: str, key: str) -> None:
        uri = f"s3://{bucket}/{key}"
        with os_errors(uri):
            found = client.head_object(Bucket=bucket, Key=key)
        self.size: int = found["ContentLength"]
        self.modified: float = found["LastModified"].timestamp()
        self.etag: str = found["ETag"]
        version = {"Bucket": bucket, "Key": key, "IfMatch": self.etag}
        self.read: Callable[[int], bytes] = BufferedReader(
            _Ranges(client, uri, version, self.size), RANGE_BYTES
        ).read


class _Ranges(RawIOBase):
    """The content of one version, as large a range at a time as the reader has room for.

    Each range is a request of its own, so that no connection waits while a piece is worked on, and boto3
    tries again what fails on the way. What comes from another version is refused.
    """

    def __init__(self, client: Any, uri: str, version: dict[str, str], size: int) -> None:
        self._client = client
        self._uri = uri
        self._version = version
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        last = min(self._at + len(room), self._size) - 1
        if last < self._at:
            return 0
        with os_errors(self._uri):
            found = self._client.get_object(**self._version, Range=f"bytes={self._at}-{last}")
            piece: bytes = found["Body"].read()
        room[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)
