"""Is every record accounted for? Each term is counted from where it lies.

    sent = published + open + late + rejected

=========  ================================================================================
sent       acknowledgements that the producer got
raw        rows of the raw table: what the job read
rejected   rows of the quarantine
published  records inside the rows of `status_count`, the aggregate that counts every record
open       records in windows that still stand in the query's state store
late       records of raw whose window the batches before theirs had closed, by the checkpoint's watermarks
missing    records of raw that were in time, but that neither tables nor state hold, window by window
double     records that tables and state hold beyond those of raw, window by window
=========  ================================================================================
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.dataset as ds
from pyspark.sql import SparkSession

from glue_jobs.contracts.contract import TableContract
from glue_jobs.contracts.mobile_coverage import EVENT, QUARANTINE, RAW, STATUS_COUNT
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.batch_files import batch_of
from glue_jobs.core.checkpoint import planned_batch
from glue_jobs.core.decode import EVENT_TIME, Decoder
from glue_jobs.core.record_text import texts_of
from glue_jobs.core.runtime import open_runtime
from glue_jobs.core.storage import LocalStorage, hadoop_path, open_storage

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Windows = Counter[datetime]
"""Window start → number of records."""


@dataclass(frozen=True)
class Accounts:
    """The terms of the module's table, in records."""

    sent: int
    raw: int
    rejected: int
    published: int
    open: int
    late: int
    missing: int
    double: int

    @property
    def balanced(self) -> bool:
        """Whether each record sent is in exactly one place."""
        accounted = self.published + self.open + self.late + self.rejected
        return self.sent == self.raw == accounted and self.missing == 0 and self.double == 0


@dataclass(frozen=True)
class WindowCounts:
    """Records of each window: those of raw that came in time, those published, those open."""

    in_time: Windows
    published: Windows
    open: Windows


def balance(sent: int, raw: int, rejected: int, late: int, windows: WindowCounts) -> Accounts:
    """The accounts, from the counts of each window."""
    held = windows.published + windows.open
    return Accounts(
        sent=sent,
        raw=raw,
        rejected=rejected,
        published=windows.published.total(),
        open=windows.open.total(),
        late=late,
        missing=(windows.in_time - held).total(),
        double=(held - windows.in_time).total(),
    )


def account(spark: SparkSession, lake_uri: str, checkpoint_uri: str, sent: int) -> Accounts:
    """The accounts of a lake on this machine, after its job has ended; windows have the contract's length."""
    raw = late = 0
    in_time: Windows = Counter()
    for file in _files(lake_uri, RAW):
        records = _rows([file], RAW)
        accepted = _accepted(records)
        closed = _closed_before(checkpoint_uri, file)
        raw += len(records)
        late += accepted.total()
        for start in [start for start in accepted if start + EVENT.window > closed]:
            in_time[start] += accepted[start]
            late -= accepted[start]
    published = _published(_rows(_files(lake_uri, STATUS_COUNT.table), STATUS_COUNT.table))
    rejected = len(_rows(_files(lake_uri, QUARANTINE), QUARANTINE))
    windows = WindowCounts(in_time, published, _open(spark, checkpoint_uri))
    return balance(sent, raw, rejected, late, windows)


def _closed_before(checkpoint_uri: str, raw_file: str) -> datetime:
    """The watermark by which Spark told late records from others when it ran the batch of a raw file.

    It is that of the batch before: a batch still takes records for the windows that it closes itself.
    """
    batch = batch_of(raw_file)
    if batch is None or batch.number == 0:
        return _EPOCH
    return planned_batch(checkpoint_uri, batch.number - 1).watermark


def _files(lake_uri: str, table: TableContract) -> list[str]:
    """The files of a table, as any reader would list them."""
    lake = open_storage(lake_uri)
    assert isinstance(lake, LocalStorage)
    return [str(lake.root / file.path) for file in lake.list_files(table.path) if file.visible]


def _rows(files: list[str], table: TableContract) -> pa.Table:
    return ds.dataset(files, schema=arrow_schema(table.schema), format="parquet").to_table()


def _accepted(raw: pa.Table) -> Windows:
    """The records that the contract accepts, by window; each was taken in when it arrived."""
    decoded = Decoder(EVENT, ()).decode(list(texts_of(raw)), _EPOCH)
    return Counter(_window_start(moment) for moment in decoded.accepted[EVENT_TIME].to_pylist())


def _window_start(moment: datetime) -> datetime:
    return moment - (moment - _EPOCH) % EVENT.window


def _published(rows: pa.Table) -> Windows:
    return _summed(zip(rows["window_start"].to_pylist(), rows["status_count"].to_pylist(), strict=True))


def _open(spark: SparkSession, checkpoint_uri: str) -> Windows:
    spark.streams.active  # noqa: B018 - makes the coordinator of state stores, which the reader asks for
    state = spark.read.format("statestore").load(hadoop_path(checkpoint_uri))
    counts = state.where(f"key.table_name = '{STATUS_COUNT.table.name}'").select("key.window.start", "value")
    return _summed((row["start"].replace(tzinfo=UTC), _only(row["value"])) for row in counts.collect())


def _only(buffers: Sequence[int | None]) -> int:
    """What a group of `status_count` holds: its count, and nothing for the measures of other tables."""
    (count,) = (value for value in buffers if value is not None)
    return count


def _summed(counts: Iterable[tuple[datetime, int]]) -> Windows:
    total: Windows = Counter()
    for start, count in counts:
        total[start] += count
    return total


def main(lake_uri: str, checkpoint_uri: str, sent: str) -> None:
    """Print the accounts as JSON."""
    with open_runtime("accounts", []) as runtime:
        accounts = account(runtime.spark, lake_uri, checkpoint_uri, int(sent))
    sys.stdout.write(json.dumps(asdict(accounts)))


if __name__ == "__main__":
    main(*sys.argv[1:])
