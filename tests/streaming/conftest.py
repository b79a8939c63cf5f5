"""A streamed lake that several files of tests copy."""

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from tests.core.hours_lake import HoursLake, glue_client
from tests.streaming.streamed_lake import batches, copied, stream


@pytest.fixture(scope="session")
def streamed(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a lake that a stream with late records has written, not to be changed."""
    folder = tmp_path_factory.mktemp("streamed")
    stream(spark, batches(), folder)
    return folder


@pytest.fixture
def lake(streamed: Path, aws: str, tmp_path: Path) -> HoursLake:
    """A copy of it, with a catalogue."""
    return copied(streamed, tmp_path, HoursLake(tmp_path.as_uri(), glue_client()))
