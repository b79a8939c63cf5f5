"""One planned file read in a task: unpacked, cut into records, refused where it is not what was planned."""

import gzip
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest

from glue_jobs.contracts.records import RECORDS
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.errors import SourceError
from glue_jobs.core.record_text import PIECE_BYTES
from glue_jobs.core.sources.file_reader import read_noted
from glue_jobs.core.sources.noted_file import NotedFile
from glue_jobs.core.storage import LocalStorage, S3Storage, Storage, open_storage
from tests.core.buckets import new_bucket, write

EVENTS = b"".join(b'{"number": %d}\n' % number for number in range(200_000))


@pytest.fixture(params=["file", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """A folder for source files."""
    if request.param == "file":
        return open_storage((tmp_path / "a folder").as_uri())
    request.getfixturevalue("aws")
    return open_storage(f"s3://{new_bucket()}/a folder")


def planned(storage: Storage, name: str, content: bytes) -> NotedFile:
    """A file with this content, as Spark plans it."""
    write(storage, name, content)
    (found,) = (file for file in storage.list_files("") if file.path == name)
    return NotedFile(name, int(found.modified * 1000), found.size)


def lines(storage: Storage, file: NotedFile) -> list[bytes]:
    """The records of a file."""
    return [line for text in read_noted(storage, file) for line in text.records()["data"].to_pylist()]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plain.json", EVENTS),
        ("packed.json.GZ", gzip.compress(EVENTS)),
        ("packed twice.json.gz", gzip.compress(EVENTS[:100]) + gzip.compress(EVENTS[100:])),
        ("padded.json.gz", gzip.compress(EVENTS) + bytes(512)),
    ],
    ids=["plain", "packed", "packed in two members", "packed and padded"],
)
def test_every_line_is_a_record(storage: Storage, name: str, content: bytes) -> None:
    """Of a plain file and of a packed one, which may consist of several members."""
    assert lines(storage, planned(storage, name, content)) == EVENTS.splitlines()


def test_records_come_in_texts_of_bounded_size(storage: Storage) -> None:
    """Each ends with a line, and knows how many it has."""
    texts = list(read_noted(storage, planned(storage, "a", EVENTS)))

    assert b"".join(text.text.to_pybytes() for text in texts) == EVENTS
    assert max(text.text.size for text in texts) <= PIECE_BYTES + len(EVENTS.splitlines()[-1])
    assert sum(text.count for text in texts) == 200_000
    assert all(text.text.to_pybytes().endswith(b"\n") for text in texts)


def test_records_have_the_columns_of_every_source(storage: Storage) -> None:
    """What a file cannot know is null."""
    (text,) = read_noted(storage, planned(storage, "a", b"1"))

    assert text.arrival is None
    assert text.records().schema == arrow_schema(RECORDS)
    assert text.records().to_pylist() == [
        {"data": b"1", "arrival_time": None, "shard_id": None, "sequence_number": None}
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(gzip.compress(EVENTS)[:-1], "ended before the end-of-stream marker", id="last byte"),
        pytest.param(gzip.compress(EVENTS)[:1000], "ended before the end-of-stream marker", id="cut short"),
        pytest.param(gzip.compress(EVENTS)[:5], "ended before the end-of-stream marker", id="in its head"),
        pytest.param(gzip.compress(EVENTS)[:-8] + bytes(8), "CRC check failed", id="wrong checksum"),
        pytest.param(gzip.compress(EVENTS) + b"more", "Not a gzipped file", id="more after it"),
        pytest.param(EVENTS, "Not a gzipped file", id="plain"),
        pytest.param(gzip.compress(EVENTS)[:1000] + bytes(1000), "Error -3", id="other bytes in it"),
    ],
)
def test_a_broken_packed_file_is_told(storage: Storage, content: bytes, words: str) -> None:
    """By its name, and with what is wrong."""
    file = planned(storage, "packed.json.gz", content)

    with pytest.raises(SourceError) as caught:
        lines(storage, file)

    assert str(caught.value).startswith(f"{storage.uri}/packed.json.gz cannot be read: ")
    assert words in str(caught.value)
    assert str(caught.value).endswith("; put a whole file in its place")


@pytest.mark.parametrize("name", ["a.bz2", "a.json.zst", "a.zip"])
def test_what_is_packed_otherwise_is_refused(storage: Storage, name: str) -> None:
    """Its bytes would be taken for lines."""
    with pytest.raises(SourceError) as caught:
        lines(storage, planned(storage, name, b"BZh9"))
    assert str(caught.value) == (
        f"{storage.uri}/{name}: give it plain or gzipped, with a name that ends in .gz"
    )


def test_a_file_that_is_gone_is_told(storage: Storage) -> None:
    """It is no empty file."""
    with pytest.raises(SourceError, match=r"/a cannot be read: .*; put a whole file in its place"):
        lines(storage, NotedFile("a", 0, 0))


def test_a_file_that_is_not_what_was_planned_is_refused(storage: Storage) -> None:
    """It has other bytes or another time, before anything is read of it."""
    file = planned(storage, "a", EVENTS)
    for other in (
        NotedFile("a", file.modified_ms, len(EVENTS) - 1),
        NotedFile("a", file.modified_ms - 1000, len(EVENTS)),
    ):
        with pytest.raises(SourceError, match=r"/a changed while it was read; let what writes it"):
            next(read_noted(storage, other))


def append(storage: LocalStorage) -> None:
    """Write on at the end of the file, as a program does that has not come to its end."""
    with (storage.root / "a").open("ab") as file:
        file.write(b"more\n")


def replace(storage: Storage) -> None:
    """Put another file of the same size in its place."""
    write(storage, "a", EVENTS[:-2] + b"!\n")


def shorten(storage: LocalStorage) -> None:
    """Cut the file short."""
    os.truncate(storage.root / "a", 10)


@pytest.mark.parametrize("change", [append, replace, shorten])
def test_a_file_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, change: Callable[[Storage], None]
) -> None:
    """On a disk: when the last of its lines has been read at the latest."""
    storage = open_storage(tmp_path.as_uri())
    file = planned(storage, "a", EVENTS)
    os.utime(tmp_path / "a", (1, 1))
    records = read_noted(storage, NotedFile("a", 1000, file.size))
    next(records)

    change(storage)

    refuses_as_changed(records)


def test_an_object_that_is_replaced_while_it_is_read_is_refused(aws: str) -> None:
    """On S3: nothing of the other version is read, though it has the same size."""
    storage = open_storage(f"s3://{new_bucket()}")
    assert isinstance(storage, S3Storage)
    content = EVENTS * 2  # more than one request brings
    records = read_noted(storage, planned(storage, "a", content))
    read = [next(records).text.to_pybytes()]

    write(storage, "a", content[:-2] + b"!\n")

    # Which of the two is said depends on whether the clock of S3, which has whole seconds, has moved on.
    with pytest.raises(SourceError, match=r"PreconditionFailed|changed while it was read"):
        read.extend(text.text.to_pybytes() for text in records)
    assert content.startswith(b"".join(read))


def test_half_a_packed_file_that_is_still_being_written_is_told_as_that(tmp_path: Path) -> None:
    """It is no broken file."""
    storage = open_storage(tmp_path.as_uri())
    content = gzip.compress(os.urandom(3_000_000))
    file = planned(storage, "a.gz", content[: len(content) // 2])
    records = read_noted(storage, file)
    next(records)

    write(storage, "a.gz", content)

    refuses_as_changed(records)


def refuses_as_changed(records: Iterator[object]) -> None:
    """Reading on ends with the words for a file that changes."""
    with pytest.raises(SourceError, match="changed while it was read"):
        list(records)


def test_times_are_compared_as_spark_has_them(tmp_path: Path) -> None:
    """It cuts off what is beyond the millisecond; a disk knows the nanosecond."""
    storage = open_storage(tmp_path.as_uri())
    write(storage, "a", b"")
    for nanoseconds in (0, 1, 123_000_000, 123_999_999, 999_000_000):
        os.utime(tmp_path / "a", ns=(0, 1_772_366_400_000_000_000 + nanoseconds))
        (facts,) = storage.list_files("")
        exact = 1_772_366_400_000 + nanoseconds // 1_000_000
        assert [NotedFile("a", exact + off).is_still(facts) for off in (-2, 0, 2)] == [False, True, False]


def test_an_object_is_read_by_the_names_that_s3_has(aws: str) -> None:
    """A key may hold what would mean something in a URI."""
    bucket = new_bucket()
    boto3.client("s3").put_object(Bucket=bucket, Key="a%20b/c d?e#f", Body=b"1")
    with open_storage(f"s3://{bucket}/a%20b").open_file("c d?e#f") as file:
        assert (file.read(5), file.read(5), file.facts.size) == (b"1", b"", 1)
