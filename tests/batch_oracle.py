"""What a batch run over the same records gives, and what a plain listing of a lake shows."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from glue_jobs.contracts.contract import Aggregate, TableContract
from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT, QUARANTINE, RAW
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.decode import EVENT_TIME, Decoder
from glue_jobs.core.record_text import texts_of
from glue_jobs.core.storage import open_storage
from glue_jobs.core.windows import Windows
from tests.events import records

Rows = list[dict[str, Any]]


class RowTwice(AssertionError):
    """A key of a table stands in more than one row."""


def decoded(payloads: Sequence[bytes]) -> tuple[pa.Table, list[bytes]]:
    """The accepted rows of these records, and the payloads of the rejected ones."""
    decoder = Decoder(EVENT, Windows(EVENT, AGGREGATES, EVENT.window).columns)
    texts = list(texts_of(records(payloads, [None] * len(payloads))))
    result = decoder.decode(texts, datetime.now(UTC))
    return result.accepted, result.rejected["payload"].to_pylist()


def batch_rows(
    accepted: pa.Table, aggregate: Aggregate, closed_before: datetime, window: timedelta = EVENT.window
) -> Rows:
    """The rows of an aggregate's table by one SQL query; only windows that end by `closed_before`.

    DuckDB shares nothing with the job, so that an error in the job's aggregation shows here.
    """
    length = f"INTERVAL '{window.total_seconds():.0f} seconds'"
    keys = ", ".join(aggregate.keys)
    measures = ", ".join(f"{one.function}({one.of or '*'}) AS {one.column}" for one in aggregate.measures)
    with duckdb.connect() as database:
        database.register("accepted", accepted.cast(_without_time_zone(accepted.schema)))
        rows = database.sql(
            f"""
            WITH timed AS (SELECT *, time_bucket({length}, event_time) AS window_start FROM accepted)
            SELECT window_start, window_start + {length} AS window_end, {keys}, {measures}
            FROM timed
            WHERE window_start + {length} <= $closed
            GROUP BY window_start, {keys}
            """,
            params={"closed": closed_before.replace(tzinfo=None)},
        ).to_arrow_table()
    typed: Rows = rows.cast(arrow_schema(aggregate.table.schema)).to_pylist()
    return typed


def _without_time_zone(schema: pa.Schema) -> pa.Schema:
    """All times are UTC; DuckDB would need an extension to know what that is."""
    plain = pa.timestamp("us")
    return pa.schema([field.with_type(plain) if field.name == EVENT_TIME else field for field in schema])


def listed(lake: Path | str, table: TableContract) -> Rows:
    """The rows of every file that a plain listing of a lake shows, which is a folder or a URI.

    Raises:
        pa.ArrowInvalid: a file is not whole Parquet.
        FileNotFoundError: a file was removed after it had been listed.
    """
    storage = open_storage(lake.as_uri() if isinstance(lake, Path) else lake)
    files = sorted(file.path for file in storage.list_files(table.path) if file.visible)
    tables = (pq.read_table(pa.BufferReader(storage.read_file(file))) for file in files)
    return [row for rows in tables for row in rows.to_pylist()]


Read = Callable[[Path | str, TableContract], Rows]
"""How a table of a lake is read."""


def in_order(rows: Rows) -> Rows:
    """The rows in an order that depends on nothing but them."""
    return sorted(rows, key=lambda row: [str(value) for value in row.values()])


def check_tables(
    lake: Path | str,
    payloads: Sequence[bytes],
    *aggregates: Aggregate,
    window: timedelta = EVENT.window,
    watermark: timedelta = EVENT.watermark,
) -> None:
    """The tables hold what a batch run over `payloads` gives: equal rows, each key once.

    No payload may be late. Windows are closed that end by the last event's time less the watermark.
    """
    accepted = decoded(payloads)[0]
    closed_before = max(accepted[EVENT_TIME].to_pylist()) - watermark
    for aggregate in aggregates:
        rows = listed(lake, aggregate.table)
        keys = Counter(tuple(row[name] for name in aggregate.table.key) for row in rows)
        twice = [key for key, count in keys.items() if count > 1]
        if twice:
            raise RowTwice(f"{aggregate.table.name}: {twice}")
        assert in_order(rows) == in_order(batch_rows(accepted, aggregate, closed_before, window))


def check_side_tables(lake: Path | str, payloads: Sequence[bytes], read: Read = listed) -> None:
    """Raw holds every payload as often as it came, the quarantine every one that is rejected."""
    rejected = decoded(payloads)[1]
    assert Counter(row["data"] for row in read(lake, RAW)) == Counter(payloads)
    assert Counter(row["payload"] for row in read(lake, QUARANTINE)) == Counter(rejected)
