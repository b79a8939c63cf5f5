"""What a rebuild takes out of raw: by arrival where that is known, else by the time of the batch."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from glue_jobs.contracts.mobile_coverage import RAW
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.audit.record_counts import ByWindow
from glue_jobs.core.batch_files import Batch, with_batch_time
from glue_jobs.core.pieces import Piece, Redrive, metadata_of, pieces_of
from glue_jobs.core.repair.raw_rows import RawFile, partial_rows
from glue_jobs.core.repair.raw_windows import (
    RawHour,
    TableHour,
    raw_hours,
    records_by_window,
    rows_by_hour,
)
from tests.events import payload
from tests.streaming.streamed_lake import WINDOWS

SEVEN = datetime(2026, 3, 1, 7, tzinfo=UTC)
EIGHT, NINE = SEVEN + timedelta(hours=1), SEVEN + timedelta(hours=2)
ALL = (SEVEN, EIGHT, NINE)
QUERY = str(UUID(int=1))
LAST = 9
"""The newest batch that is done."""


def at(minutes: float) -> datetime:
    """So many minutes after seven."""
    return SEVEN + timedelta(minutes=minutes)


def raw_file(
    folder: Path,
    minutes: Sequence[float],
    arrival: datetime | None = None,
    batch_time: datetime | None = None,
    batch: int = 0,
    name: str | None = None,
) -> RawFile:
    """A file of raw with an event at each minute, as a batch planned after seven wrote it."""
    data = [payload(timestamp=f"{at(minute):%Y-%m-%dT%H:%M:%S.%fZ}") for minute in minutes]
    schema = arrow_schema(RAW.schema)
    rows = [{"data": one, "arrival_time": arrival} for one in data]
    table = pa.Table.from_pylist(rows, with_batch_time(schema, batch_time) if batch_time else schema)
    folder.mkdir(exist_ok=True)
    path = name or Batch(QUERY, batch).file_name(0)
    pq.write_table(table, folder / path)
    return RawFile(folder.as_uri(), path, LAST, EIGHT)


def records(spark: SparkSession, files: Sequence[RawFile], which: Sequence[datetime] = ALL) -> ByWindow:
    """The records of each window that a rebuild takes."""
    return records_by_window(partial_rows(spark, files, WINDOWS, which), WINDOWS)


def test_arrival_counts_where_it_is_known(spark: SparkSession, tmp_path: Path) -> None:
    """An event more than five minutes ahead of it was rejected, whenever the batch was planned."""
    file = raw_file(tmp_path, [14, 20, 20.1], arrival=at(15), batch_time=at(50))
    assert records(spark, [file]) == {at(14): 1, at(20): 1}


def test_the_time_of_the_batch_counts_where_arrival_is_hidden(spark: SparkSession, tmp_path: Path) -> None:
    """As it is on Glue."""
    assert records(spark, [raw_file(tmp_path, [14, 20, 20.1], batch_time=at(15))]) == {at(14): 1, at(20): 1}


def test_an_older_file_does_not_say_it(spark: SparkSession, tmp_path: Path) -> None:
    """Then the end of its hour stands in."""
    assert records(spark, [raw_file(tmp_path, [14, 65, 65.1])]) == {at(14): 1, at(64): 1}


def test_windows_are_chosen_by_their_start(spark: SparkSession, tmp_path: Path) -> None:
    """From the first moment of the first hour to the last before the end."""
    file = raw_file(tmp_path, [-0.01, 0, 59.99, 60], arrival=NINE)
    assert records(spark, [file], [SEVEN]) == {at(0): 1, at(58): 1}


def test_the_inputs_of_an_hour_are_the_files_that_hold_records_of_it(
    spark: SparkSession, tmp_path: Path
) -> None:
    """Another hour's records change nothing, another record of this one does."""
    one, two = raw_file(tmp_path, [1, 2, 61], NINE, batch=3), raw_file(tmp_path, [62], NINE, batch=4)
    both = hours(spark, [one, two])
    assert {hour: (raw.newest, raw.records) for hour, raw in both.items()} == {SEVEN: (3, 2), EIGHT: (4, 2)}

    assert hours(spark, [one])[SEVEN] == hours(spark, [two, one])[SEVEN] == both[SEVEN]

    three = raw_file(tmp_path, [3], NINE, batch=5)
    more = hours(spark, [one, two, three])
    assert more[SEVEN] == RawHour(more[SEVEN].inputs, 5, 0, 3)
    assert more[SEVEN].inputs != both[SEVEN].inputs
    assert more[EIGHT] == both[EIGHT]


def test_merged_files_count_as_the_files_that_they_were_made_of(spark: SparkSession, tmp_path: Path) -> None:
    """Each with its batch and its time; a redrive has the batch of the newest record that it took up."""
    redrive = Redrive(QUERY, 2, until=7)
    files = [
        raw_file(tmp_path, [14, 20, 20.1], batch_time=at(15), batch=3),
        raw_file(tmp_path, [20.1, 61], batch_time=at(60), batch=4),
        raw_file(tmp_path, [1], arrival=NINE, name=redrive.file_name),
        raw_file(tmp_path, [2], arrival=NINE, batch=LAST + 1),
    ]
    apart = hours(spark, files)
    assert {hour: raw[1:] for hour, raw in apart.items()} == {SEVEN: (7, 2, 4), EIGHT: (4, 0, 1)}

    together = merged(tmp_path, files)

    assert hours(spark, [together]) == apart
    assert records(spark, [together]) == records(spark, files)
    assert hours(spark, [together._replace(last=4)]) == hours(spark, files[:2])


def merged(folder: Path, files: Sequence[RawFile]) -> RawFile:
    """The files as one, with row groups that do not end where they do."""
    tables, pieces = [pq.read_table(folder / file.path) for file in files], list[Piece]()
    for file in files:
        pieces += pieces_of(file.path, pq.read_metadata(folder / file.path))
    whole = pa.concat_tables(tables).replace_schema_metadata(metadata_of(pieces))
    pq.write_table(whole, folder / "part-00000.parquet", row_group_size=2)
    return files[0]._replace(path="part-00000.parquet")


def hours(spark: SparkSession, files: Sequence[RawFile]) -> dict[datetime, RawHour]:
    """What the files hold of each hour."""
    return raw_hours(partial_rows(spark, files, WINDOWS, ALL), WINDOWS)


def test_rows_come_hour_by_hour_in_order(spark: SparkSession, tmp_path: Path) -> None:
    """Those that are wanted, table by table, by the table's key."""
    files = [
        raw_file(tmp_path, [1, 61, 63], NINE, batch=0),
        raw_file(tmp_path, [3, 121], NINE + timedelta(1), batch=1),
    ]
    names = sorted(aggregate.table.name for aggregate in WINDOWS.aggregates)
    wanted = [TableHour(hour, name) for name in names for hour in (EIGHT, SEVEN)]

    found = [
        (key, pa.concat_tables(tables)["window_start"].to_pylist())
        for key, tables in rows_by_hour(partial_rows(spark, files, WINDOWS, ALL), WINDOWS, wanted)
    ]

    starts = {SEVEN: [at(0), at(2)], EIGHT: [at(60), at(62)]}
    assert found == [(TableHour(hour, name), starts[hour]) for hour in (SEVEN, EIGHT) for name in names]


def test_no_file_gives_nothing(spark: SparkSession, tmp_path: Path) -> None:
    """Nor an error."""
    assert records(spark, []) == Counter()
    assert hours(spark, [raw_file(tmp_path, [])]) == {}
