"""Files that belong to one micro-batch."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from random import Random
from typing import IO, Any
from uuid import UUID

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from glue_jobs.contracts.mobile_coverage import RAW, STATUS_COUNT
from glue_jobs.core.batch_files import Batch, batch_file, current_task, remove_leftovers
from glue_jobs.core.errors import SinkError
from glue_jobs.core.storage import Storage, open_storage

QUERY = str(UUID(int=1))
OTHER_QUERY = str(UUID(int=2))
BATCH = Batch(QUERY, 12)
HOUR = "aggregations/status_count/event_date=2026-03-01/hour=07"


def test_a_files_name_tells_query_batch_and_part() -> None:
    """A pure function of the three, padded so that names sort."""
    assert BATCH.file_name(3) == f"part-00003-batch-000000000012-{QUERY}.parquet"


@pytest.mark.parametrize(
    ("path", "wrote"),
    [
        (f"{HOUR}/{BATCH.file_name(0)}", True),
        (f"{HOUR}/{BATCH.file_name(123456)}", True),
        (f"{HOUR}/{Batch(QUERY, 13).file_name(0)}", True),
        (f"{HOUR}/{Batch(QUERY, 10**13).file_name(0)}", True),
        (f"{HOUR}/.x1y2-{BATCH.file_name(0)}", True),
        (f"{HOUR}/{Batch(QUERY, 11).file_name(0)}", False),
        (f"{HOUR}/.x1y2-{Batch(QUERY, 11).file_name(0)}", False),
        (f"{HOUR}/{Batch(OTHER_QUERY, 12).file_name(0)}", False),
        (f"{HOUR}/{BATCH.file_name(0)}.crc", False),
        (f"{HOUR}/rebuilt.parquet", False),
        (f"{BATCH.file_name(0)}/rebuilt.parquet", False),
    ],
)
def test_which_files_an_attempt_at_a_batch_wrote(path: str, wrote: bool) -> None:
    """Those of the batch and of later ones, drafts too; no earlier batch's, no other query's."""
    assert BATCH.wrote(path) is wrote


@pytest.fixture(params=["file", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """An empty lake."""
    if request.param == "file":
        return open_storage(tmp_path.as_uri())
    request.getfixturevalue("aws")
    bucket = request.node.name.translate(str.maketrans("_[", "--", "]"))[:60].strip("-")
    boto3.client("s3").create_bucket(Bucket=bucket)
    return open_storage(f"s3://{bucket}/lake")


def test_leftovers_are_removed_from_every_table(storage: Storage) -> None:
    """Of the batch and later, in any hour; earlier batches, other queries and other files stay.

    Of earlier batches the drafts go, which a task left that was killed while its batch went on.
    """
    raw = "raw/mobile_coverage/ingest_date=2026-03-01/hour=08"
    left = [
        f"{HOUR}/{BATCH.file_name(0)}",
        f"{HOUR}/{BATCH.file_name(7)}",
        f"{HOUR}/.draft-{BATCH.file_name(1)}",
        f"{HOUR}/.draft-{Batch(QUERY, 11).file_name(1)}",
        f"{raw}/{Batch(QUERY, 13).file_name(0)}",
    ]
    kept = [
        f"{HOUR}/{Batch(QUERY, 11).file_name(0)}",
        f"{HOUR}/{Batch(OTHER_QUERY, 12).file_name(0)}",
        f"{HOUR}/.draft-{Batch(OTHER_QUERY, 12).file_name(1)}",
        f"{HOUR}/rebuilt.parquet",
        f"another/table/{BATCH.file_name(0)}",
    ]
    for path in left + kept:
        with storage.new_file(path):
            pass

    assert remove_leftovers(storage, (STATUS_COUNT.table, RAW), BATCH) == 5
    assert sorted(file.path for file in storage.list_files("")) == sorted(kept)


def test_nothing_is_left_before_the_first_batch(storage: Storage) -> None:
    """An empty lake has nothing to remove."""
    assert remove_leftovers(storage, (STATUS_COUNT.table, RAW), BATCH) == 0


def test_a_batch_file_grows_by_tables_of_rows(storage: Storage) -> None:
    """Snappy Parquet; times as 64-bit microseconds, which Athena reads."""
    schema = pa.schema([("n", pa.int64()), ("at", pa.timestamp("us", "UTC"))])
    rows = pa.table({"n": [1, 2], "at": [0, 1]}, schema=schema)

    with batch_file(storage, "t/a.parquet", schema, nullcontext) as file:
        file.write(rows[:1])
        file.write(rows[1:])

    read = pq.ParquetFile(pa.BufferReader(storage.read_file("t/a.parquet")))
    column = read.metadata.row_group(0).column(1)
    assert read.read().equals(rows)
    assert (column.compression, column.physical_type) == ("SNAPPY", "INT64")


def test_a_batch_file_that_fails_leaves_nothing(storage: Storage) -> None:
    """Rows that were written before the failure are not seen."""
    schema = pa.schema([("n", pa.int64())])

    with (  # noqa: PT012
        pytest.raises(RuntimeError, match="stop"),
        batch_file(storage, "t/a.parquet", schema, nullcontext) as file,
    ):
        file.write(pa.table({"n": [1]}, schema=schema))
        raise RuntimeError("stop")

    assert list(storage.list_files("")) == []


def test_outside_a_stream_there_is_no_batch() -> None:
    """Code that names its files for a batch cannot run anywhere else."""
    with pytest.raises(RuntimeError, match="no micro-batch"):
        current_task()


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """As on a full disk, no file of this process can grow beyond `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("values", [[b"x" * 9000], [b""]], ids=["on writing rows", "on the footer"])
def test_a_disk_that_is_full_is_told_and_leaves_nothing(tmp_path: Path, values: list[bytes]) -> None:
    """The error names the file; neither the file nor its draft is there."""
    storage = open_storage(tmp_path.as_uri())
    rows = pa.table({"data": values})

    with (
        files_no_larger_than(100),
        pytest.raises(SinkError, match=rf"cannot write {tmp_path.as_uri()}/t/a.parquet: .*File too large"),
        batch_file(storage, "t/a.parquet", rows.schema, nullcontext) as file,
    ):
        file.write(rows)

    assert list(storage.list_files("")) == []


def test_of_a_disk_that_stays_full_the_first_error_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ending the file fails as well, with an error that names nothing."""
    opened = Path.open

    def full(path: Path, mode: str) -> IO[Any]:
        return opened(Path("/dev/full"), "wb") if mode == "xb" else opened(path, mode)

    monkeypatch.setattr(Path, "open", full)
    rows = pa.table({"data": [Random(1).randbytes(200_000)]})
    with (
        pytest.raises(SinkError, match=r"cannot write .*/t/a.parquet: .*No space left"),
        batch_file(open_storage(tmp_path.as_uri()), "t/a.parquet", rows.schema, nullcontext) as file,
    ):
        file.write(rows)


def test_an_error_of_the_caller_is_the_callers(tmp_path: Path) -> None:
    """It is not taken for one of the file, whatever its kind."""
    storage = open_storage(tmp_path.as_uri())

    with (
        pytest.raises(FileNotFoundError, match="input"),
        batch_file(storage, "t/a.parquet", pa.schema([]), nullcontext),
    ):
        raise FileNotFoundError("input")
