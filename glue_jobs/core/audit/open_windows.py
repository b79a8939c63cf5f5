"""The windows that a query holds open, read from its state store.

Spark 4 reads a state store as a table; 3.5 does not, but 4 reads what 3.5 has written.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from glue_jobs.core import state_files
from glue_jobs.core.audit.record_counts import ByWindow
from glue_jobs.core.errors import SourceError
from glue_jobs.core.hours import EPOCH
from glue_jobs.core.storage import LocalStorage, Storage, hadoop_path, open_storage


def open_windows(spark: SparkSession, checkpoint_uri: str, batch: int, table: str) -> ByWindow:
    """The records of each window that was still open after `batch`, by the groups of a table that counts all.

    Raises:
        SourceError: the state cannot be read.
    """
    with _on_this_machine(checkpoint_uri, batch) as uri:
        spark.streams.active  # noqa: B018 - makes the coordinator of state stores, which the reader asks for
        try:
            state = spark.read.format("statestore").option("batchId", batch).load(hadoop_path(uri))
            groups = state.where(F.col("key.table_name") == table)
            rows = groups.select(F.unix_micros("key.window.start").alias("start"), "value").collect()
        except (PySparkException, Py4JError) as error:
            raise SourceError(
                f"{checkpoint_uri}: the state after batch {batch} cannot be read; if a run is busy with it, "
                f"try again: {str(error).splitlines()[0]}"
            ) from error
    counts: ByWindow = Counter()
    for row in rows:
        counts[EPOCH + timedelta(microseconds=row["start"])] += _only(row["value"])
    return counts


def _only(buffers: Sequence[int | None]) -> int:
    """What a group holds: its count of records, and nothing for the measures of other tables."""
    (count,) = (value for value in buffers if value is not None)
    return count


@contextmanager
def _on_this_machine(checkpoint_uri: str, batch: int) -> Iterator[str]:
    """The checkpoint, or of one on S3 a copy of what is needed: Spark has no client for S3 here."""
    checkpoint = open_storage(checkpoint_uri)
    if isinstance(checkpoint, LocalStorage):
        yield checkpoint_uri
        return
    with TemporaryDirectory(prefix="sluice-checkpoint-") as folder:
        for path in _needed(checkpoint, batch):
            target = Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(checkpoint.read_file(path))
        yield Path(folder).as_uri()


def _needed(checkpoint: Storage, batch: int) -> Iterator[str]:
    """The files that say what the state was after a batch."""
    yield "metadata"
    for log in ("offsets", "commits"):
        yield from (file.path for file in checkpoint.list_files(log))
    for store in state_files.stores(checkpoint):
        oldest = store.base(batch + 1)
        yield from (path for version, path in store.files if oldest <= version <= batch + 1)
        yield from store.shared
    yield from (file.path for file in checkpoint.list_files("state") if "/_metadata/" in file.path)
