"""One buffer of Firehose: the records of one object to be, in a file that outlives whoever writes it.

Each line of the file is JSON. The first says whose buffer it is and when its oldest record came; then each
line has the records of one put, in base64; a last one closes the buffer and says what object it becomes. A
line is on the disk before the put is answered. One that was cut short was never answered, and is cut off.
"""

import gzip
import os
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, cast

import orjson

from glue_jobs.core.storage import LocalStorage

_LEVEL = 6  # gzip's own; Python's default of 9 takes twice as long for one part in a hundred less


@dataclass(frozen=True)
class ObjectToBe:
    """What a closed buffer becomes: the key of the object, and how its records are put together."""

    key: str
    delimiter: str
    compression: str


@dataclass
class Buffer:
    """A buffer on the disk: so many records, of so many bytes with their delimiters."""

    file: Path
    stream: str
    arrival: float
    delimiter_bytes: int
    count: int = 0
    size_bytes: int = 0
    becomes: ObjectToBe | None = None

    @classmethod
    def new(cls, file: Path, stream: str, arrival: float, delimiter_bytes: int) -> "Buffer":
        """An empty one. Raises OSError where it cannot be made."""
        buffer = cls(file, stream, arrival, delimiter_bytes)
        head = {"stream": stream, "arrival": arrival, "delimiter_bytes": delimiter_bytes}
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            _append(file, head)
        except OSError:
            file.unlink(missing_ok=True)
            raise
        return buffer

    @classmethod
    def found(cls, file: Path) -> "Buffer | None":
        """The buffer that a file holds, without a line that was cut short; None where nothing is in it.

        Raises ValueError, KeyError or TypeError where the file is no buffer.
        """
        whole = file.read_bytes().rpartition(b"\n")
        if whole[2]:
            os.truncate(file, len(whole[0] + whole[1]))
        lines = [orjson.loads(line) for line in whole[0].splitlines()]
        if not lines:
            return None
        buffer = cls(file, **lines[0])
        for line in lines[1:]:
            buffer._count(line)
        return buffer

    def _count(self, line: dict[str, Any]) -> None:
        if "key" in line:
            self.becomes = ObjectToBe(**line)
        else:
            self._add(line["records"])

    def _add(self, records: Sequence[str]) -> None:
        self.count += len(records)
        self.size_bytes += sum(map(self.size_of, records))

    def size_of(self, record: str) -> int:
        """What a record (in base64) adds to the size."""
        return len(record) // 4 * 3 - record[-2:].count("=") + self.delimiter_bytes

    def append(self, records: Sequence[str]) -> None:
        """Puts records (in base64) behind those that are there, all of them or none.

        Raises OSError where they cannot be written.
        """
        _append(self.file, {"records": records})
        self._add(records)

    def close(self, becomes: ObjectToBe) -> None:
        """Says what object it becomes. Raises OSError where that cannot be written."""
        _append(self.file, asdict(becomes))
        self.becomes = becomes

    def deliver(self, lake: LocalStorage) -> None:
        """Makes the object of a closed buffer, unless it is there already, then removes the buffer.

        So whoever is stopped in between and begins again makes no second one. Raises OSError where it cannot.
        """
        assert self.becomes is not None
        if not (lake.root / self.becomes.key).exists():
            with lake.new_file(self.becomes.key) as file, ExitStack() as closing:
                packed: IO[bytes] = file
                if self.becomes.compression == "GZIP":
                    packer = gzip.GzipFile(
                        filename="", mode="wb", compresslevel=_LEVEL, fileobj=file, mtime=0
                    )
                    packed = cast(IO[bytes], closing.enter_context(packer))
                for record in self._records():
                    packed.write(record + self.becomes.delimiter.encode())
        self.file.unlink(missing_ok=True)

    def _records(self) -> Iterator[bytes]:
        with self.file.open("rb") as lines:
            for line in lines:
                yield from map(b64decode, orjson.loads(line).get("records", ()))


def _append(file: Path, line: dict[str, Any]) -> None:
    """A line more, on the disk when this returns; where that fails the file is as it was."""
    with file.open("ab", buffering=0) as lines:
        before = lines.seek(0, os.SEEK_END)
        try:
            _write_all(lines.fileno(), orjson.dumps(line) + b"\n")
            os.fsync(lines.fileno())
        except OSError:
            lines.truncate(before)
            raise


def _write_all(file: int, content: bytes) -> None:
    """A disk that fills up takes a part first, and says so only when asked again."""
    left = memoryview(content)
    while left:
        left = left[os.write(file, left) :]
