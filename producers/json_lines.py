"""Records as files of newline-delimited JSON."""

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from glue_jobs.core.errors import SinkError
from producers.record import Record


def write_json_lines(path: Path, records: Iterable[Record], modified: datetime | None = None) -> int:
    """Writes one record a line and returns how many.

    The file appears whole or not at all, with the modification time asked for, in the folder of `path`.
    Raises SinkError where it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    count = 0
    try:
        with part.open("wb") as file:
            for count, record in enumerate(records, start=1):  # noqa: B007 (the count is the result)
                file.write(record.data + b"\n")
        if modified is not None:
            os.utime(part, (modified.timestamp(), modified.timestamp()))
        part.rename(path)
    except OSError as error:
        raise SinkError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    return count


def write_files(
    folder: Path,
    files: int,
    records: Iterator[Record],
    count: int,
    now: datetime,
    progress: Callable[[int], None] = lambda written: None,
) -> list[Path]:
    """Cuts `count` records into `files` files of even length, named in order.

    Modification times rise in the same order, a second apart, and end at `now`: a reader that takes
    files by time takes them as they were made. `progress` is told the records written so far.

    Raises SinkError where a file is there already or cannot be written.
    """
    paths = [folder / f"records-{place:05}.json" for place in range(files)]
    _claim(folder, paths)
    written = 0
    for place, path in enumerate(paths):
        length = count * (place + 1) // files - count * place // files
        modified = now - timedelta(seconds=files - 1 - place)
        written += write_json_lines(path, islice(records, length), modified)
        progress(written)
    return paths


def _claim(folder: Path, paths: list[Path]) -> None:
    """Makes the folder; mixing new files with those of an earlier run would break their order."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SinkError(f"{folder}: cannot be made: {error.strerror}: name another folder") from error
    there = next(folder.glob("records-*.json"), None)
    if there is not None:
        raise SinkError(f"{there}: is there already: remove it or name another folder")
