"""The files that one task of the sink writes: which rows are in them, and what an error leaves."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from threading import enumerate as enumerate_threads
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql.types import LongType, StructType, TimestampType

from glue_jobs.contracts.contract import TableContract, described, hourly
from glue_jobs.core.batch_files import Batch
from glue_jobs.core.errors import SinkError
from glue_jobs.core.lease import LeaseLost
from glue_jobs.core.sink import HourOfRows, by_table_and_hour, write_files
from glue_jobs.core.storage import Storage, open_storage
from tests.core.buckets import new_bucket, write
from tests.lake import rows_of

BATCH = Batch(str(UUID(int=1)), 12)
SCHEMA = StructType(
    [described("moment", TimestampType(), "when", nullable=False), described("n", LongType(), "a number")]
)
TABLE = TableContract("t", "db", "tables/t", "", "", ("moment",), SCHEMA, hourly("event_date", "moment"))
MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)


def rows(*of: tuple[str, datetime, int]) -> pa.Table:
    """Rows of tables, in batches of three, as they come to a task."""
    names = ["table_name", "moment", "n"]
    types = [pa.string(), pa.timestamp("us", "UTC"), pa.int64()]
    columns = [pa.array([row[place] for row in of], kind) for place, kind in enumerate(types)]
    return pa.Table.from_batches(pa.table(columns, names).to_batches(max_chunksize=3))


def hour(number: int, rows_in_it: int = 1) -> HourOfRows:
    """The rows of one hour of the table."""
    moment = MIDNIGHT + timedelta(hours=number)
    some = rows(*(("t", moment, n) for n in range(rows_in_it)))
    return HourOfRows("t", f"{moment:%Y-%m-%d}", f"{moment:%H}", some)


@pytest.fixture(autouse=True)
def task(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test stands in a task of a batch."""
    monkeypatch.setattr("glue_jobs.core.sink.current_task", lambda: (BATCH, 0))


@pytest.fixture
def s3_lake(aws: str) -> Storage:
    """An empty lake on S3."""
    return open_storage(f"s3://{new_bucket()}/lake")


moments = st.builds(
    lambda minutes: MIDNIGHT + timedelta(minutes=minutes), st.integers(-90, 90) | st.sampled_from([0, 60])
)


@given(st.lists(st.tuples(st.sampled_from(["alpha", "beta", "t"]), moments, st.integers(0, 9)), min_size=1))
def test_rows_are_cut_by_table_and_hour_and_keep_their_order(of: list[tuple[str, datetime, int]]) -> None:
    """As if each row were put in its own cut, one after the other; cuts are sorted by table and hour."""
    expected: dict[tuple[str, str, str], list[Any]] = defaultdict(list)
    for row in of:
        expected[(row[0], f"{row[1]:%Y-%m-%d}", f"{row[1]:%H}")].append(row)

    cuts = by_table_and_hour(rows(*of), "moment")

    assert [(*cut[:3], rows_of(cut.rows)) for cut in cuts] == [
        (*key, expected[key]) for key in sorted(expected)
    ]


@pytest.mark.parametrize("lake", ["file", "s3"])
def test_every_hour_has_its_file(lake: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Fifty hours, as after an outage: each with its rows, and no draft is left."""
    storage = open_storage(tmp_path.as_uri()) if lake == "file" else request.getfixturevalue("s3_lake")

    write_files(storage, nullcontext, {"t": TABLE}, [hour(number, number % 3 + 1) for number in range(50)])

    written = {file.path: storage.read_file(file.path) for file in storage.list_files("")}
    assert {path: pq.read_table(pa.BufferReader(content)).num_rows for path, content in written.items()} == {
        f"{TABLE.path}/event_date=2026-03-{1 + number // 24:02}/hour={number % 24:02}/{BATCH.file_name(0)}": (
            number % 3 + 1
        )
        for number in range(50)
    }


def test_on_s3_the_files_of_a_task_are_on_their_way_at_the_same_time(s3_lake: Storage) -> None:
    """Eight meet at their fences, which no one could that went alone."""
    together = Barrier(8, timeout=20)

    @contextmanager
    def fence() -> Iterator[None]:
        together.wait()
        yield

    write_files(s3_lake, fence, {"t": TABLE}, [hour(number) for number in range(16)])

    assert len(list(s3_lake.list_files(""))) == 16


def test_files_that_were_under_way_when_one_failed_have_ended(s3_lake: Storage) -> None:
    """The error comes when nothing is under way any more: of eight files seven are there, and no thread."""
    places, together = iter(range(8)), Barrier(8, timeout=20)
    before = {*enumerate_threads()}

    @contextmanager
    def fence() -> Iterator[None]:
        place = next(places)
        together.wait()
        if place == 3:
            raise LeaseLost(f"taken over before file {place}")
        yield

    with pytest.raises(LeaseLost, match="taken over before file 3"):
        write_files(s3_lake, fence, {"t": TABLE}, [hour(number) for number in range(8)])

    assert len(list(s3_lake.list_files(""))) == 7
    pools = [thread for thread in enumerate_threads() if "ThreadPool" in thread.name]
    assert {*pools} - before == set()


def test_after_an_error_no_file_is_begun(tmp_path: Path) -> None:
    """The third of five cannot be written: its error names it, and the two after it are not there."""
    storage = open_storage(tmp_path.as_uri())
    write(storage, f"{TABLE.path}/event_date=2026-03-01/hour=02", b"a file in place of a folder")

    with pytest.raises(SinkError, match=r"cannot write .*/hour=02/part-00000"):
        write_files(storage, nullcontext, {"t": TABLE}, [hour(number) for number in range(5)])

    hours = sorted(file.path.split("hour=")[1][:2] for file in storage.list_files("") if "part" in file.path)
    assert hours == ["00", "01"]
