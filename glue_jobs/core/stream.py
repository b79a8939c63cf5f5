"""Running a streaming query to its end: until it fails, is told to stop, or has caught up."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeAlias

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming import DataStreamWriter, StreamingQuery

from glue_jobs.core.errors import SluiceError
from glue_jobs.core.first_cause import first_cause
from glue_jobs.core.observe import BatchEvents
from glue_jobs.core.options import StreamOptions
from glue_jobs.core.runtime import Runtime
from glue_jobs.core.sink import HourlySink
from glue_jobs.core.sources.records import batch_check
from glue_jobs.core.storage import LocalStorage, hadoop_path, open_storage

_POLL_SECONDS = 0.2
"""How soon a signal is heeded."""


class StreamFailed(SluiceError):
    """A source or sink failed, or Spark did."""


class _Stopping(Exception):
    """Ends the query before a batch that was planned after the signal; the next start runs that batch."""


def run_stream(runtime: Runtime, job: str, rows: DataFrame, sink: HourlySink, options: StreamOptions) -> None:
    """Run `rows` into `sink` under the name of `job`, until it ends.

    With `--run_mode available_now` it ends when all that was there at the start is through; else when
    SIGTERM or Ctrl-C comes, which lets the running batch finish. A second Ctrl-C does not wait for that.

    Raises:
        StreamFailed: with the first cause in one line.
        KeyboardInterrupt: after Ctrl-C.
    """
    events = BatchEvents(job, sink.rows_written, _print_line, metrics=runtime.logs_to_cloudwatch)
    runtime.spark.streams.addListener(events)
    stopped = False
    check = batch_check(options)
    with _stop_signals() as stop_requested:

        def write(batch: DataFrame, number: int) -> None:
            nonlocal stopped
            if stop_requested():
                stopped = True
                raise _Stopping
            check(number)
            sink(batch, number)

        try:
            with _file_manager(runtime.spark, options.checkpoint_uri):
                query = _writer(rows, job, options).foreachBatch(write).start()
                _await(query, options, stop_requested)
                query.stop()
        except (PySparkException, Py4JError) as error:
            if not stopped and stop_requested() != signal.SIGINT:  # which also reaches the source's process
                raise StreamFailed(first_cause(str(error))) from error
        finally:
            runtime.spark.streams.removeListener(events)
        if stop_requested() == signal.SIGINT:
            raise KeyboardInterrupt


_FILE_MANAGER = "spark.sql.streaming.checkpointFileManagerClass"

_BY_FILE_SYSTEM = "org.apache.spark.sql.execution.streaming.{}FileSystemBasedCheckpointFileManager"
"""Its package has another name since Spark 4.1."""


@contextmanager
def _file_manager(spark: SparkSession, checkpoint_uri: str) -> Iterator[None]:
    """How Spark gives a file of the checkpoint its name: on a disk by the less usual of Hadoop's two ways.

    Both write a draft and rename it, and keep a checksum beside it. The usual one looks for symbolic links
    on the way, by a program (`readlink`) that it starts eight times for each file: a tenth of a small batch.
    What the session was told to use stays.
    """
    on_disk = isinstance(open_storage(checkpoint_uri), LocalStorage)
    if not on_disk or spark.conf.get(_FILE_MANAGER, None) is not None:
        yield
        return
    package = "" if spark.version.startswith(("3.", "4.0.")) else "checkpointing."
    spark.conf.set(_FILE_MANAGER, _BY_FILE_SYSTEM.format(package))
    try:
        yield
    finally:
        spark.conf.unset(_FILE_MANAGER)


def _writer(rows: DataFrame, job: str, options: StreamOptions) -> DataStreamWriter:
    writer = rows.writeStream.queryName(job).outputMode("append")
    writer = writer.option("checkpointLocation", hadoop_path(options.checkpoint_uri))
    if options.run_mode == "continuous":
        return writer.trigger(processingTime=f"{options.trigger.total_seconds():.0f} seconds")
    if options.source == "files":
        return writer.trigger(availableNow=True)
    return writer.trigger(processingTime="0 seconds")  # the source itself stops bringing news


def _await(query: StreamingQuery, options: StreamOptions, stop_requested: "StopRequested") -> None:
    if options.run_mode == "available_now" and options.source == "kinesis":
        query.processAllAvailable()
        return
    while not query.awaitTermination(_POLL_SECONDS):  # type: ignore[arg-type]  # takes parts of seconds, too
        if stop_requested() and not query.status["isTriggerActive"]:
            return


StopRequested: TypeAlias = Callable[[], int | None]
"""The signal that came first, or None."""


@contextmanager
def _stop_signals() -> Iterator[StopRequested]:
    """Within the block SIGTERM and a first SIGINT are only noted."""
    came: int | None = None

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal came
        if came == number == signal.SIGINT:
            raise KeyboardInterrupt
        came = came or number

    before = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield lambda: came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _print_line(text: str) -> None:
    print(text, flush=True)
