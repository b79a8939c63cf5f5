"""A small lake with its catalogue, and `sluice` called in this process."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cli.main import main
from laptop.embedded_aws import embedded_aws


@dataclass(frozen=True)
class Called:
    """What a call of `sluice` ended with and printed."""

    code: int
    out: str
    err: str


Sluice: TypeAlias = Callable[..., Called]


@pytest.fixture
def sluice(capsys: pytest.CaptureFixture[str]) -> Sluice:
    """Calls `sluice` with these arguments."""

    def call(*arguments: str) -> Called:
        try:
            code = main(arguments)
        except SystemExit as ended:  # argparse, after --help or wrong use
            code = int(ended.code or 0)
        return Called(code, *capsys.readouterr())

    return call


@pytest.fixture(scope="session")
def lake_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A lake with one hour of `status_count`: a row with a postal code, a row without."""
    lake = tmp_path_factory.mktemp("lake")
    hour = lake / "aggregations/status_count/event_date=2026-01-01/hour=07"
    hour.mkdir(parents=True)
    start = datetime(2026, 1, 1, 7, tzinfo=UTC)
    rows: list[dict[str, object]] = [
        {"postal_code": "080193", "status": 0, "description": 'says "in, service"', "status_count": 3},
        {"postal_code": None, "status": 1, "description": "out", "status_count": 4},
    ]
    window: dict[str, object] = {"window_start": start, "window_end": start + timedelta(minutes=2)}
    schema = pa.schema(
        [
            ("window_start", pa.timestamp("us", "UTC")),
            ("window_end", pa.timestamp("us", "UTC")),
            ("postal_code", pa.string()),
            ("status", pa.int32()),
            ("description", pa.string()),
            ("status_count", pa.int64()),
        ]
    )
    pq.write_table(pa.Table.from_pylist([{**window, **row} for row in rows], schema), hour / "a.parquet")
    with embedded_aws(lake.as_uri()):  # the calls join it, which is quicker than a server for each
        assert main(["crawl", "--lake_uri", lake.as_uri()]) == 0
        yield lake.as_uri()
