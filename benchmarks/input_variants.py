"""Other inputs made of the generated one, for growth along one axis: more days, other keys, sizes, rejects.

Files keep their order of name and time.
"""

import os
import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import TypeAlias

from benchmarks.input_files import DAY

Change: TypeAlias = Callable[[bytes], bytes]
"""One record in, one out; neither with its line end."""

_DAY_SECONDS = 86_400


def first_files(base: Path, folder: Path, count: int) -> Path:
    """The first `count` files of `base` in the new `folder`; after those, further days like it."""
    folder.mkdir(parents=True)
    files = sorted(base.glob("records-*.json"))
    for place in range(count):
        days, file = place // len(files), files[place % len(files)]
        target = folder / f"records-{place:05}.json"
        if days == 0:
            target.hardlink_to(file)
        else:
            target.write_bytes(_on_day(file.read_bytes(), days))
            _take_time(target, file, days * _DAY_SECONDS)
    return folder


def changed(base: Path, folder: Path, files: int, records_per_file: int, change: Change) -> Path:
    """The first records of each of the first `files` of `base`, each changed, in the new `folder`."""
    folder.mkdir(parents=True)
    for file in islice(sorted(base.glob("records-*.json")), files):
        target = folder / file.name
        with file.open("rb") as lines, target.open("wb") as written:
            written.writelines(_each(islice(lines, records_per_file), change))
        _take_time(target, file, 0)
    return folder


def with_postal_codes(count: int, random: Random) -> Change:
    """Each record gets one of `count` postal codes, all as likely."""
    codes = [b'"postal_code":"%06d"' % code for code in range(count)]
    postal_code = re.compile(rb'"postal_code":(null|"[0-9]*")')
    return lambda record: postal_code.sub(random.choice(codes), record, count=1)


def with_size(size_bytes: int) -> Change:
    """Each record is filled up to `size_bytes` by a field that the contract does not name."""

    def fill(record: bytes) -> bytes:
        field = b',"note":"%s"}' % (b"x" * max(size_bytes - len(record) - len(b',"note":""'), 0))
        return record[:-1] + field if len(record) < size_bytes else record

    return fill


def with_rejects(share: float, random: Random) -> Change:
    """That share of the records breaks the contract, in three ways by turns."""
    ways = cycle((_malformed, _wrong_type, _out_of_range))
    return lambda record: next(ways)(record) if random.random() < share else record


def broken(share: float, random: Random, records: int) -> int:
    """How many of `records` are broken by `with_rejects` with an equal `random`."""
    return sum(random.random() < share for _ in range(records))


def _malformed(record: bytes) -> bytes:
    return record[:-1]


def _wrong_type(record: bytes) -> bytes:
    return record.replace(b'"status":', b'"status":"in service","was":', 1)


def _out_of_range(record: bytes) -> bytes:
    return record.replace(b'"lat":', b'"lat":95,"was":', 1)


def _each(lines: Iterable[bytes], change: Change) -> Iterable[bytes]:
    return (change(line.rstrip(b"\n")) + b"\n" for line in lines)


def _on_day(records: bytes, days: int) -> bytes:
    other = DAY + timedelta(days=days)
    return records.replace(b'{"timestamp":"%s' % str(DAY).encode(), b'{"timestamp":"%s' % str(other).encode())


def _take_time(target: Path, file: Path, later_seconds: int) -> None:
    modified = file.stat().st_mtime + later_seconds
    os.utime(target, (modified, modified))
