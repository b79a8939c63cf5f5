"""Is every record accounted for? Each term is counted from where it lies.

    sent = published + open + late + rejected

=========  ================================================================================
sent       acknowledgements that the producer got
raw        rows of the raw table: what the job read
rejected   rows of the quarantine
published  records inside the rows of `status_count`, the aggregate that counts every record
open       records in windows that still stand in the query's state store
late       records of raw whose window had been closed without them, window by window
missing    records of raw in windows that are still open, but that the state does not hold
double     records that tables and state hold beyond those of raw
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
from glue_jobs.core.checkpoint import watermark
from glue_jobs.core.decode import EVENT_TIME, Decoder
from glue_jobs.core.runtime import open_runtime
from glue_jobs.core.storage import LocalStorage, hadoop_path, open_storage

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


def balance(sent: int, raw: int, rejected: int, windows: "WindowCounts", closed_before: datetime) -> Accounts:
    """The accounts, from the counts of each window and the watermark."""
    late = missing = double = 0
    for start in windows.raw | windows.published | windows.open:
        absent = windows.raw[start] - windows.published[start] - windows.open[start]
        if absent < 0:
            double -= absent
        elif start + EVENT.window <= closed_before:
            late += absent
        else:
            missing += absent
    return Accounts(
        sent, raw, rejected, windows.published.total(), windows.open.total(), late, missing, double
    )


@dataclass(frozen=True)
class WindowCounts:
    """Records of each window: those that raw accepts, those published, those open."""

    raw: Windows
    published: Windows
    open: Windows


def account(spark: SparkSession, lake_uri: str, checkpoint_uri: str, sent: int) -> Accounts:
    """The accounts of a lake on this machine, after its job has ended; windows have the contract's length."""
    raw = _rows(lake_uri, RAW)
    windows = WindowCounts(
        raw=_accepted(raw),
        published=_published(_rows(lake_uri, STATUS_COUNT.table)),
        open=_open(spark, checkpoint_uri),
    )
    rejected = len(_rows(lake_uri, QUARANTINE))
    return balance(sent, len(raw), rejected, windows, watermark(checkpoint_uri))


def _rows(lake_uri: str, table: TableContract) -> pa.Table:
    """All rows of a table, by listing its files as any reader would."""
    lake = open_storage(lake_uri)
    assert isinstance(lake, LocalStorage)
    files = [str(lake.root / file.path) for file in lake.list_files(table.path) if file.visible]
    return ds.dataset(files, schema=arrow_schema(table.schema), format="parquet").to_table()


def _accepted(raw: pa.Table) -> Windows:
    """The records of raw that the contract accepts, by window.

    Raw was taken in when it arrived, so the arrival time serves as the batch's.
    """
    arrived = raw["arrival_time"]
    decoded = Decoder(EVENT, ()).decode(raw.append_column("batch_time", arrived))
    return Counter(_window_start(moment) for moment in decoded.accepted[EVENT_TIME].to_pylist())


def _window_start(moment: datetime) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return moment - (moment - epoch) % EVENT.window


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
