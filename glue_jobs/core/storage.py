"""Files of the lake, on this machine (`file:///…`) or on S3 (`s3://bucket/…`).

The one promise everything else is built on: a file appears under its name whole or not at all, and
writing it again replaces it. On a disk that is a rename; on S3 it is one PUT. What fails is an `OSError`,
on S3 too. boto3 is imported when it is needed: the workers of a job over a disk start without it.
"""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Protocol, TypeAlias, cast
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from glue_jobs.core import publish
from glue_jobs.core.errors import OptionError
from glue_jobs.core.file_lock import locked
from glue_jobs.core.publish import Stays, never
from glue_jobs.core.s3_errors import os_errors
from glue_jobs.core.s3_object import S3Object, s3_client

Fence: TypeAlias = Callable[[], AbstractContextManager[None]]
"""Entered when a file is about to get its name."""

_DELETED_AT_ONCE = 1000  # the most keys that one DeleteObjects request takes (S3 API reference)


@dataclass(frozen=True)
class StoredFile:
    """A file below a root: path from there, size in bytes, when written (epoch seconds), on S3 its ETag."""

    path: str
    size: int
    modified: float
    etag: str | None = None

    @property
    def visible(self) -> bool:
        """Whether a reader of tables counts it: no part of the path starts with `_` or `.`."""
        return not any(part.startswith(("_", ".")) for part in self.path.split("/"))


@dataclass(frozen=True)
class OpenFile:
    """A file that is read from its start: what it was when opened, and its next bytes (none: its end)."""

    facts: StoredFile
    read: Callable[[int], bytes]


class Storage(Protocol):
    """A root folder; every path is relative to it, with `/` between its parts."""

    @property
    def uri(self) -> str:
        """The root, without a slash at the end."""

    @property
    def files_at_once(self) -> int:
        """How many files one task does best to write at a time."""

    def list_files(self, folder: str) -> Iterator[StoredFile]:
        """Every file at any depth below `folder`, hidden ones too; none where there is no such folder."""

    def new_file(
        self, path: str, fence: Fence = nullcontext, stays: Stays = never
    ) -> AbstractContextManager[BinaryIO]:
        """A file to write into; it gets its name when the block ends well, and vanishes when it does not.

        It gets its name within `fence()`, which may refuse by raising, and unless a file that has it `stays`.
        """

    def read_file(self, path: str) -> bytes:
        """The whole content of one file."""

    def open_file(self, path: str) -> AbstractContextManager[OpenFile]:
        """One file, to be read in pieces; never partly this file and partly another put in its place."""

    def delete_files(self, paths: Iterable[str]) -> None:
        """Remove these files; one that is gone already is no error."""

    def swap_file(self, path: str, old: bytes | None, new: bytes) -> bool:
        """Write `new` if the file holds `old` (None: is not there); of several who try, one succeeds."""

    def unswapped(self, path: str) -> AbstractContextManager[None]:
        """A block in which nobody swaps the file, on a disk. On S3 nothing can promise that."""


@dataclass(frozen=True)
class LocalStorage:
    """A folder on this machine."""

    uri: str
    files_at_once = 1  # encoding takes longer than the disk, and threads take turns at it

    @cached_property
    def root(self) -> Path:
        return Path(unquote(urlsplit(self.uri).path))

    def list_files(self, folder: str) -> Iterator[StoredFile]:
        for directory, _, names in os.walk(self.root / folder, onerror=_raise_unless_gone):  # not as empty
            for name in sorted(names):
                file = Path(directory, name)
                try:
                    facts = file.stat()
                except FileNotFoundError:  # a writer has just renamed or removed it
                    continue
                yield StoredFile(file.relative_to(self.root).as_posix(), facts.st_size, facts.st_mtime)

    @contextmanager
    def new_file(self, path: str, fence: Fence = nullcontext, stays: Stays = never) -> Iterator[BinaryIO]:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{uuid4().hex}-{target.name}")
        try:
            with draft.open("xb") as file:  # the user's umask says who may read it
                yield file
                file.flush()
                os.fsync(file.fileno())  # or a machine that dies may keep the name and not the content
            with fence():
                publish.rename(draft, target, stays)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise

    def read_file(self, path: str) -> bytes:
        return (self.root / path).read_bytes()

    @contextmanager
    def open_file(self, path: str) -> Iterator[OpenFile]:
        with (self.root / path).open("rb") as file:
            facts = os.fstat(file.fileno())
            yield OpenFile(StoredFile(path, facts.st_size, facts.st_mtime), file.read)

    def delete_files(self, paths: Iterable[str]) -> None:
        for path in paths:
            (self.root / path).unlink(missing_ok=True)

    def swap_file(self, path: str, old: bytes | None, new: bytes) -> bool:
        with locked(self.root / f"{path}.lock", fcntl.LOCK_EX):
            if (self.read_file(path) if (self.root / path).exists() else None) != old:
                return False
            with self.new_file(path) as file:
                file.write(new)
        return True

    def unswapped(self, path: str) -> AbstractContextManager[None]:
        return locked(self.root / f"{path}.lock", fcntl.LOCK_SH)


def _raise_unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


@dataclass(frozen=True)
class S3Storage:
    """A prefix of a bucket. Region, credentials and endpoint are those of boto3's default chain."""

    uri: str
    files_at_once = 8  # each waits for two answers, of the fence and of its PUT

    @cached_property
    def bucket(self) -> str:
        return urlsplit(self.uri).netloc

    @cached_property
    def prefix(self) -> str:
        return urlsplit(self.uri).path.strip("/")

    def _key(self, path: str) -> str:
        return f"{self.prefix}/{path}" if self.prefix else path

    def list_files(self, folder: str) -> Iterator[StoredFile]:
        below, strip = self._key(folder).rstrip("/"), len(self._key(""))
        with os_errors(f"{self.uri}/{folder}"):
            pages = s3_client().get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.bucket, Prefix=f"{below}/" if below else ""):
                for found in page.get("Contents", []):
                    path, modified = found["Key"][strip:], found["LastModified"].timestamp()
                    yield StoredFile(path, found["Size"], modified, found["ETag"])

    @contextmanager
    def new_file(self, path: str, fence: Fence = nullcontext, stays: Stays = never) -> Iterator[BinaryIO]:
        with tempfile.TemporaryFile() as file:
            yield (content := cast(BinaryIO, file))
            with fence(), os_errors(f"{self.uri}/{path}"):
                publish.put(s3_client(), self.bucket, self._key(path), content, stays)

    def read_file(self, path: str) -> bytes:
        with os_errors(f"{self.uri}/{path}"):
            return bytes(s3_client().get_object(Bucket=self.bucket, Key=self._key(path))["Body"].read())

    @contextmanager
    def open_file(self, path: str) -> Iterator[OpenFile]:
        found = S3Object(s3_client(), self.bucket, self._key(path))
        yield OpenFile(StoredFile(path, found.size, found.modified, found.etag), found.read)

    def delete_files(self, paths: Iterable[str]) -> None:
        keys = [{"Key": self._key(path)} for path in paths]
        for first in range(0, len(keys), _DELETED_AT_ONCE):
            some = keys[first : first + _DELETED_AT_ONCE]
            with os_errors(self.uri):
                done = s3_client().delete_objects(Bucket=self.bucket, Delete={"Objects": some, "Quiet": True})
            for refused in done.get("Errors", []):
                raise OSError(f"s3://{self.bucket}/{refused['Key']}: {refused['Code']}: {refused['Message']}")

    def swap_file(self, path: str, old: bytes | None, new: bytes) -> bool:
        with os_errors(f"{self.uri}/{path}"):
            return publish.swap(s3_client(), self.bucket, self._key(path), old, new)

    def unswapped(self, path: str) -> AbstractContextManager[None]:
        return nullcontext()


def open_storage(uri: str) -> Storage:
    """The files below `uri`.

    Raises:
        OptionError: `uri` is neither `file:///…` nor `s3://bucket/…`, or there are several ways to read it.
    """
    parts, folder = urlsplit(uri), uri.rstrip("/")
    steps = {*unquote(urlsplit(folder).path).split("/")[1:]}
    if {"", ".", ".."} & steps or "#" in uri or "?" in uri or not unquote(uri).isprintable():
        raise OptionError(
            f"got {uri!r}; give it without '//', '.', '..', '?' and '#' (%3F, %23), invisible letters"
        )
    if parts.scheme == "file" and parts.netloc == "" and parts.path.startswith("/") and len(parts.path) > 1:
        return LocalStorage(folder)
    if parts.scheme == "s3" and parts.netloc and not {"@", ":"} & {*parts.netloc}:
        return S3Storage(folder)
    raise OptionError(f"got {uri!r}; give a folder as file:///absolute/path or s3://bucket/prefix")


def hadoop_path(uri: str) -> str:
    """`uri` as Spark's own readers and writers want it, where `%20` is no space but three characters."""
    storage = open_storage(uri)
    return f"file://{storage.root.as_posix()}" if isinstance(storage, LocalStorage) else storage.uri
