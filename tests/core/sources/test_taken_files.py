"""Files that vanish or change under a running job, or between two runs: no line is lost without a word."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias, cast

import pytest
from pyspark.sql import DataFrame, SparkSession

from glue_jobs.core.errors import SourceError
from glue_jobs.core.options import StreamOptions
from glue_jobs.core.runtime import Runtime
from glue_jobs.core.sink import HourlySink
from glue_jobs.core.sources.records import read_records
from glue_jobs.core.stream import StreamFailed, run_stream
from tests.lake import write_lines
from tests.records_of import rows_of

Meanwhile: TypeAlias = Callable[[int], object]


@dataclass
class KeptRecords:
    """A sink that keeps the records of each batch; `meanwhile` is done when a batch is through."""

    meanwhile: Meanwhile
    batches: list[list[bytes]] = field(default_factory=list)
    rows_written: dict[int, dict[str, int]] = field(default_factory=dict)

    def __call__(self, batch: DataFrame, number: int) -> None:
        self.batches.append(sorted(bytes(row.data) for row in batch.collect()))
        self.meanwhile(number)


@dataclass
class Job:
    """A job that reads a folder, a file in each batch, run as often as needed."""

    spark: SparkSession
    folder: Path

    @property
    def events(self) -> Path:
        return self.folder / "the events"

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint"

    def write(self, name: str, *lines: bytes) -> None:
        """A file of these lines, written anew."""
        write_lines(self.events, name, lines)

    def run(
        self, meanwhile: Meanwhile = lambda number: None, begun: Callable[[], object] = lambda: None
    ) -> list[list[bytes]]:
        """The records of each batch that is new; `begun` is done when the start has been found good."""
        options = StreamOptions(
            lake_uri=(self.folder / "lake").as_uri(),
            checkpoint_uri=self.checkpoint.as_uri(),
            source="files",
            source_path=self.events.as_uri(),
            max_files_per_trigger=1,
            run_mode="available_now",
        )
        runtime, sink = Runtime(self.spark), KeptRecords(meanwhile)
        rows = rows_of(read_records(runtime, options))
        begun()
        run_stream(runtime, "taken_files", rows, cast(HourlySink, sink), options)
        return sink.batches

    def forget_last_commit(self) -> None:
        """As if the job had died in its last batch."""
        last = max((self.checkpoint / "commits").glob("[0-9]*"), key=lambda path: int(path.name))
        last.with_name(f".{last.name}.crc").unlink()
        last.unlink()


@pytest.fixture
def job(spark: SparkSession, tmp_path: Path) -> Job:
    """A job with two files, whose names are no URIs."""
    job = Job(spark, tmp_path)
    job.write("a", b"1")
    job.write("b %20c", b"2")
    return job


def after_the_first_batch(act: Callable[[], object]) -> Meanwhile:
    """Do it when batch 0 is through; by then the second file has been chosen for batch 1."""
    return lambda number: act() if number == 0 else None


def test_a_file_that_vanishes_before_it_is_read_stops_the_job(job: Job) -> None:
    """Spark would take it for empty. When it is back, the batch is run."""
    with pytest.raises(
        StreamFailed, match=r"b%20%2520c is gone, but batch 1 of .* put it back, or start with"
    ):
        job.run(after_the_first_batch((job.events / "b %20c").unlink))
    with pytest.raises(SourceError, match=r"b%20%2520c is gone, but batch 1 of "):
        job.run()
    job.write("b %20c", b"2")

    assert job.run() == [[b"2"]]


def test_a_file_that_changes_before_it_is_read_stops_the_job(job: Job) -> None:
    """It may be half a file. The next start reads it as it is then."""
    with pytest.raises(
        StreamFailed, match=r"has changed since batch 1 was planned; let what writes it come to"
    ):
        job.run(after_the_first_batch(lambda: job.write("b %20c", b"2", b"3")))

    assert job.run() == [[b"2", b"3"]]
    assert job.run() == []


def test_a_file_that_changes_after_it_was_read_stops_the_job(job: Job) -> None:
    """Spark would never look at it again: what is new has to go into a file of its own."""
    words = (
        r"/a has changed since it was read, and what is new in it would be lost; give that a file with a name"
    )
    with pytest.raises(StreamFailed, match=words):
        job.run(after_the_first_batch(lambda: job.write("a", b"1", b"3")))
    with pytest.raises(SourceError, match=words):
        job.run()
    (job.events / "a").unlink()
    job.write("c", b"3")

    assert job.run() == [[b"2"], [b"3"]]


def test_a_file_with_a_name_that_spark_would_misread_stops_the_job(job: Job) -> None:
    """It comes when the job runs already. Spark would read `c1` twice instead."""
    job.write("c1", b"3")

    with pytest.raises(StreamFailed, match=r"the%20events holds 'c\[1\]'; rename it without any of"):
        job.run(begun=lambda: job.write("c[1]", b"4"))


def test_a_file_of_a_batch_that_is_done_may_go(job: Job) -> None:
    """While the job runs, and between two runs."""
    assert job.run(after_the_first_batch((job.events / "a").unlink)) == [[b"1"], [b"2"]]
    (job.events / "b %20c").unlink()

    assert job.run() == []


def test_a_batch_that_is_run_again_reads_its_files_as_they_are(job: Job) -> None:
    """It was not committed, so nothing of it counts yet; but a file that is gone cannot be read again."""
    job.run()
    job.forget_last_commit()
    job.write("b %20c", b"2", b"3")
    assert job.run() == [[b"2", b"3"]]
    job.forget_last_commit()
    (job.events / "b %20c").unlink()

    with pytest.raises(SourceError, match=r"b%20%2520c is gone, but batch 1 of "):
        job.run()


def test_files_are_known_when_the_log_has_been_summed_up(job: Job) -> None:
    """Spark does that in every tenth entry of its log, and removes the others after a while."""
    for number in range(12):
        job.write(f"c{number:02}", b"%d" % number)
    assert len(job.run()) == 14
    log = job.checkpoint / "sources" / "0"
    for entry in range(9):
        (log / str(entry)).unlink()
    job.forget_last_commit()
    job.write("c11", b"eleven")
    assert job.run() == [[b"eleven"]]
    os.utime(job.events / "c00", (1, 1))

    with pytest.raises(SourceError, match="c00 has changed since it was read"):
        job.run()
