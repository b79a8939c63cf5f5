"""The source `files`: lines of a folder, in order of time and then name."""

import gzip
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from glue_jobs.contracts.records import RECORDS
from glue_jobs.core.errors import SourceError
from glue_jobs.core.sources.files import read_files, refuse_lost_files
from tests.lake import write_lines

NOON = 1_772_366_400

type Batches = list[list[bytes]]
type Read = Callable[..., Batches]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "events"
    folder.mkdir()
    return folder


@pytest.fixture
def read(spark: SparkSession, folder: Path, tmp_path: Path) -> Read:
    """Reads the folder to its end; gives the records of each batch."""

    def read(max_files_per_trigger: int = 1000) -> Batches:
        batches: Batches = []

        def keep(batch: DataFrame, number: int) -> None:
            batches.append([bytes(row.data) for row in batch.collect()])

        stream = read_files(spark, folder.as_uri(), max_files_per_trigger).writeStream.foreachBatch(keep)
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
    stream = read_files(spark, folder.as_uri(), 1)

    assert stream.isStreaming
    assert stream.schema.simpleString() == RECORDS.simpleString()


def test_files_of_one_time_are_taken_by_name(folder: Path, read: Read) -> None:
    """40 files of the same time, made in any order, ten for each batch."""
    names = [f"{number:02}" for number in range(40)]
    for name in random.Random(5).sample(names, 40):
        os.utime(write_lines(folder, name, [name.encode()]), (NOON, NOON))

    batches = read(max_files_per_trigger=10)

    assert [sorted(batch) for batch in batches] == [
        [name.encode() for name in names[first : first + 10]] for first in (0, 10, 20, 30)
    ]


def test_time_comes_before_name_and_no_file_is_too_old(folder: Path, read: Read) -> None:
    """A file ten years older than the newest is read, and read first."""
    for name, days_ago in (("a", 0), ("b", 3650), ("c", 8)):
        moment = NOON - days_ago * 86400
        os.utime(write_lines(folder, name, [name.encode()]), (moment, moment))

    assert read(max_files_per_trigger=1) == [[b"b"], [b"c"], [b"a"]]


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
        read_files(spark, (tmp_path / name).as_uri(), 1)
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


def test_a_file_that_is_to_be_read_again_has_to_be_there(folder: Path, read: Read, tmp_path: Path) -> None:
    """Files of batches that are done may go; one of a planned batch may not, for Spark would not miss it."""
    checkpoint = tmp_path / "checkpoint"
    refuse_lost_files(checkpoint.as_uri())
    for name in ("a", "b c%20d"):
        write_lines(folder, name, [name.encode()])
    read(1)
    (folder / "a").unlink()
    refuse_lost_files(checkpoint.as_uri())
    (checkpoint / "commits" / "1").unlink()  # as if the job had died in its second batch
    refuse_lost_files(checkpoint.as_uri())
    (folder / "b c%20d").unlink()

    with pytest.raises(
        SourceError, match=r"--source_path: file:.*/b%20c.* is gone, but batch 1 of .* put it back"
    ):
        refuse_lost_files(checkpoint.as_uri())
