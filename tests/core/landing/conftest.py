"""A lake to land in, on this machine and on S3."""

from pathlib import Path

import pytest

from tests.core.buckets import new_bucket
from tests.landed_lake import LandedLake, catalogued_lake, lake_on_disk


@pytest.fixture
def disk(tmp_path: Path) -> LandedLake:
    """A lake on this machine."""
    return lake_on_disk(tmp_path / "lake")


@pytest.fixture(params=["file", "s3"])
def lake(request: pytest.FixtureRequest, aws: str, tmp_path: Path) -> LandedLake:
    """An empty lake and its catalogue."""
    on_disk = (tmp_path / "a lake").as_uri()
    return catalogued_lake(on_disk if request.param == "file" else f"s3://{new_bucket()}/a prefix")
