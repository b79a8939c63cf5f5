"""Giving a finished file its name where another attempt at it may be doing the same.

Spark runs a task again that has failed, and a slow one twice at a time (`spark.speculation`). It kills the
attempt that it no longer wants, but the Python process of that attempt lives on: its input just ends, which
looks like the end of the task's records. So it may publish, late, a file with a part of the rows only. Every
attempt at a task has the same rows to write, so of two files of one name the one with more rows is right.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

Stays: TypeAlias = Callable[[bytes], bool]
"""Told the content of the file that has the name already: whether it keeps it."""


def never(content: bytes) -> bool:
    """The new file replaces whatever is there."""
    return False


_TAKEN = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"}
"""What S3 says where the object is not what the conditional PUT was told."""


def rename(draft: Path, target: Path, stays: Stays) -> None:
    """Give the draft its name, unless the file that has it stays; then the draft is removed."""
    with _alone_in(target.parent):
        if target.exists() and stays(target.read_bytes()):
            draft.unlink()
        else:
            draft.replace(target)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Of several that look and rename in a folder, one at a time."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def put(client: Any, bucket: str, key: str, file: BinaryIO, stays: Stays) -> None:
    """Put the file, unless the object that has the key stays."""
    condition = {} if stays is never else {"IfNoneMatch": "*"}
    while not _put_if(client, bucket, key, file, condition):
        try:
            found = client.get_object(Bucket=bucket, Key=key)
        except client.exceptions.NoSuchKey:
            condition = {"IfNoneMatch": "*"}
            continue
        if stays(found["Body"].read()):
            return
        condition = {"IfMatch": found["ETag"]}


def swap(client: Any, bucket: str, key: str, old: bytes | None, new: bytes) -> bool:
    """Put `new` if the object holds `old` (None: is not there); whether that was so."""
    condition = {"IfNoneMatch": "*"}
    if old is not None:
        try:
            found = client.get_object(Bucket=bucket, Key=key)
        except client.exceptions.NoSuchKey:
            return False
        if found["Body"].read() != old:
            return False
        condition = {"IfMatch": found["ETag"]}
    return _put_if(client, bucket, key, BytesIO(new), condition)


def _put_if(client: Any, bucket: str, key: str, file: BinaryIO, condition: dict[str, str]) -> bool:
    """One conditional PUT; False where the object is another than the condition says."""
    file.seek(0)
    try:
        client.put_object(Bucket=bucket, Key=key, Body=file, **condition)
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in _TAKEN:
            return False
        raise
    return True
