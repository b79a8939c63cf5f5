"""The source `files`: lines of a folder, in order of time and then name."""

import gzip
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from pyspark.sql import DataFrame, SparkSession

from glue_jobs.contracts.records import RECORDS
from glue_jobs.core.errors import SourceError
from glue_jobs.core.sources.files import read_files
from tests.lake import write_lines
from tests.records_of import rows_of

NOON = 1_772_366_400
DAY = 86_400

Batches: TypeAlias = list[list[bytes]]
Read: TypeAlias = Callable[..., Batches]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "events"
    folder.mkdir()
    return folder


@pytest.fixture
def read(spark: SparkSession, folder: Path, tmp_path: Path) -> Read:
    """Reads the folder to its end; gives the records of each batch."""

    def read(
        max_files_per_trigger: int = 1000, seen: Callable[[DataFrame], None] = lambda batch: None
    ) -> Batches:
        batches: Batches = []

        def keep(batch: DataFrame, number: int) -> None:
            seen(batch)
            batches.append([bytes(row.data) for row in batch.collect()])

        stream = rows_of(read_files(spark, folder.as_uri(), max_files_per_trigger)).writeStream.foreachBatch(
            keep
        )
        stream = stream.option("checkpointLocation", str(tmp_path / "checkpoint")).trigger(availableNow=True)
        query = stream.start()
        try:
            query.awaitTermination()
        finally:
            query.stop()
        return batches

    return read


def test_a_line_is_a_record(spark: SparkSession, folder: Path) -> None:
    """With the columns of every source; where a line came from and when is not known."""
    stream = rows_of(read_files(spark, folder.as_uri(), 1))

    assert stream.isStreaming
    assert stream.schema.simpleString() == RECORDS.simpleString()


def test_files_of_one_time_are_taken_by_name(folder: Path, read: Read) -> None:
    """40 files of the same time, made in any order, ten for each batch."""
    names = [f"{number:02}" for number in range(40)]
    for name in random.Random(5).sample(names, 40):
        write_at(NOON, folder, name)

    batches = read(max_files_per_trigger=10)

    assert [sorted(batch) for batch in batches] == [
        [name.encode() for name in names[first : first + 10]] for first in (0, 10, 20, 30)
    ]


def test_time_comes_before_name(folder: Path, read: Read) -> None:
    """A file ten years older than the newest is read, and read first."""
    for name, days_ago in (("a", 0), ("b", 3650), ("c", 8)):
        write_at(NOON - days_ago * DAY, folder, name)

    assert read(max_files_per_trigger=1) == [[b"b"], [b"c"], [b"a"]]


def test_no_file_is_too_old(folder: Path, read: Read) -> None:
    """One that comes when a newer one has been read: Spark would ignore it if it is a week older."""
    write_at(NOON, folder, "new")
    assert read() == [[b"new"]]
    write_at(NOON - 8 * DAY, folder, "a week older")
    write_at(NOON - 3650 * DAY, folder, "ten years older")

    assert [sorted(batch) for batch in read()] == [[b"a week older", b"ten years older"]]


def test_what_is_read_and_what_is_not(folder: Path, read: Read) -> None:
    """Plain and gzipped files of any name, not hidden ones; CRLF ends a line, an empty one is a record."""
    write_lines(folder, "a name with 100%25 # \u00e0.json", [b"1", b"", b"2"])
    (folder / "crlf.json").write_bytes(b"3\r\n4\r\n5")
    (folder / "packed.json.gz").write_bytes(gzip.compress(b"6\n7\n"))
    write_lines(folder, "_hidden", [b"hidden"])
    write_lines(folder, ".hidden", [b"hidden"])
    (folder / "empty.json").write_bytes(b"")

    (batch,) = read()

    assert sorted(batch) == [b"", b"1", b"2", b"3", b"4", b"5", b"6", b"7"]


@pytest.mark.parametrize("name", ["a folder", "per%20cent", "[1]", "{a,b}", "a*", "\u00e0\u00f1o"])
def test_a_folder_may_have_any_name(spark: SparkSession, tmp_path: Path, name: str) -> None:
    """Given as a URI, in which a space is `%20`; nothing in it is a pattern."""
    write_lines(tmp_path / name, "a", [b"1"])

    query = (
        rows_of(read_files(spark, (tmp_path / name).as_uri(), 1))
        .writeStream.format("memory")
        .queryName("folder_of_any_name")
    )
    running = query.trigger(availableNow=True).start()
    try:
        running.awaitTermination()
        assert [bytes(row.data) for row in spark.table("folder_of_any_name").collect()] == [b"1"]
    finally:
        running.stop()


@pytest.mark.parametrize("name", ["a?", "a*", "[a]", "{a,b}", "a\\b", "07:15.json"])
def test_a_name_that_would_be_misread_is_refused(spark: SparkSession, folder: Path, name: str) -> None:
    """Spark would read other files twice in its place, or fail where the name holds a colon."""
    write_lines(folder, name, [])

    with pytest.raises(SourceError) as caught:
        read_files(spark, folder.as_uri(), 1)
    assert str(caught.value) == (
        f"--source_path: {folder.as_uri()} holds {name!r}; rename it without any of * ? [ ] {{ }} \\ :"
    )


def test_a_missing_folder_is_told(spark: SparkSession, folder: Path) -> None:
    """With the argument and the value received; a file is no folder."""
    write_lines(folder, "a", [])
    for uri in (f"{folder.as_uri()}/never", f"{folder.as_uri()}/a"):
        with pytest.raises(SourceError) as caught:
            read_files(spark, uri, 1)
        assert str(caught.value) == f"--source_path: got {uri!r}; there is no such folder"


def test_spark_never_takes_the_content_of_a_file(spark: SparkSession, folder: Path, read: Read) -> None:
    """It would make one object of it; told to refuse a file of more than a byte, it does not meet one."""
    write_lines(folder, "a", [b"1", b"2"])
    spark.conf.set("spark.sql.sources.binaryFile.maxLength", 1)
    try:
        assert read() == [[b"1", b"2"]]
    finally:
        spark.conf.unset("spark.sql.sources.binaryFile.maxLength")


@pytest.mark.parametrize(("files", "size", "tasks"), [(2, 3_000_000, 2), (40, 10, 2), (200, 10, 7)])
def test_the_files_of_a_batch_are_spread_over_the_cores(
    folder: Path, read: Read, files: int, size: int, tasks: int
) -> None:
    """Two large files on two cores; many small ones are put together, some thirty for a task."""
    for number in range(files):
        write_lines(folder, f"{number:03}", [b"x" * size])
    numbers: list[int] = []

    read(seen=lambda batch: numbers.append(batch.rdd.getNumPartitions()))

    assert numbers == [tasks]


def write_at(moment: float, folder: Path, name: str) -> None:
    """A file of one line, its name, modified at that moment."""
    os.utime(write_lines(folder, name, [name.encode()]), (moment, moment))
