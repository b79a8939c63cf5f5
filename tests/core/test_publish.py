"""Several attempts at one task publish the same file; what stands in the end has all the rows."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from glue_jobs.core.batch_files import batch_file
from glue_jobs.core.storage import Storage, open_storage
from tests.core.buckets import new_bucket

PATH = "t/hour=07/part.parquet"
ROWS = pa.table({"n": range(100)})
"""What the task has to write; an attempt whose input breaks off has the first of them."""


@pytest.fixture(params=["file", "s3"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URI of an empty lake."""
    if request.param == "file":
        return tmp_path.as_uri()
    request.getfixturevalue("aws")
    return f"s3://{new_bucket()}/lake"


def publish(lake: str, rows: int) -> None:
    """One attempt, as far as its input went."""
    with batch_file(open_storage(lake), PATH, ROWS.schema, nullcontext) as file:
        file.write(ROWS[:rows])


def published(storage: Storage) -> pa.Table:
    """What a reader finds: one file, and no draft."""
    (file,) = storage.list_files("")
    return pq.read_table(pa.BufferReader(storage.read_file(file.path)))


def test_an_attempt_whose_input_broke_off_does_not_replace_a_whole_one(lake: str) -> None:
    """Spark killed it and took the other; what it publishes late has 40 of the 100 rows."""
    publish(lake, 100)
    publish(lake, 40)

    assert published(open_storage(lake)) == ROWS


def test_a_whole_attempt_replaces_one_whose_input_broke_off(lake: str) -> None:
    """The first attempt failed after 40 rows and had published them; the second has all."""
    publish(lake, 40)
    publish(lake, 100)

    assert published(open_storage(lake)) == ROWS


def test_a_file_of_another_run_does_not_stand_whatever_its_rows(
    lake: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that was overtaken sent it before; only the attempts at a task of one run have the same rows."""
    monkeypatch.setattr("glue_jobs.core.batch_files.current_run", lambda: "overtaken")
    publish(lake, 100)
    monkeypatch.setattr("glue_jobs.core.batch_files.current_run", lambda: "the one that writes")
    publish(lake, 40)

    assert published(open_storage(lake)) == ROWS[:40]


def test_of_two_whole_attempts_either_may_stand(lake: str) -> None:
    """They have the same rows."""
    publish(lake, 100)
    publish(lake, 100)

    assert published(open_storage(lake)) == ROWS


def test_whatever_attempts_publish_at_once_the_whole_one_stands(lake: str) -> None:
    """Sixteen finish at the same time, one of them whole, in many orders."""
    rng = Random(7)
    with ThreadPoolExecutor(16) as pool:
        for _ in range(10):
            sizes = [100, *(rng.randrange(100) for _ in range(15))]
            rng.shuffle(sizes)
            list(pool.map(lambda rows: publish(lake, rows), sizes))
            storage = open_storage(lake)
            assert published(storage) == ROWS
            storage.delete_files([PATH])
