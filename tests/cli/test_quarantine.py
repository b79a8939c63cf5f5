"""`sluice quarantine`: rejected records, counted and shown."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from glue_jobs.contracts.mobile_coverage import QUARANTINE
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.batch_files import Batch
from glue_jobs.core.partitions import hour_values, partition_folder
from tests.security.test_shown_data import ESCAPES, SHOWN

ARRIVED = datetime(2026, 3, 1, 7, 15, tzinfo=UTC)


def rejected(reason: str, field: str | None, payload: bytes, **more: Any) -> dict[str, Any]:
    """A row of the quarantine."""
    return {"reason": reason, "field": field, "payload": payload, **more}


@pytest.fixture
def lake(tmp_path: Path) -> str:
    """Three batches of two hours."""
    put(
        tmp_path,
        7,
        0,
        rejected("malformed_json", None, b"no json", arrival_time=ARRIVED, sequence_number="9"),
    )
    put(tmp_path, 8, 1, rejected("wrong_type", "signal", b'{"signal": "strong"}'))
    put(tmp_path, 8, 2, rejected("malformed_json", None, b"\xff" * 400), rejected("wrong_type", "lat", b"{}"))
    return tmp_path.as_uri()


def put(lake: Path, hour: int, batch: int, *rows: dict[str, Any]) -> None:
    """Write the rejected records of a batch."""
    folder = partition_folder(QUARANTINE, hour_values(datetime(2026, 3, 1, hour, tzinfo=UTC)))
    file = lake / folder / Batch(str(UUID(int=1)), batch).file_name(0)
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows), arrow_schema(QUARANTINE.schema)), file)


def listed(sluice: Any, lake: str, *arguments: str) -> list[tuple[str, str, str | None, int]]:
    """What `list` counts."""
    called = sluice("quarantine", "list", "--lake_uri", lake, "--format", "json", *arguments)
    return [
        (row["hour"][11:13], row["reason"], row["field"], row["records"]) for row in json.loads(called.out)
    ]


def test_records_are_counted_by_hour_reason_and_field(sluice: Any, lake: str) -> None:
    """In order."""
    assert listed(sluice, lake) == [
        ("07", "malformed_json", None, 1),
        ("08", "malformed_json", None, 1),
        ("08", "wrong_type", "lat", 1),
        ("08", "wrong_type", "signal", 1),
    ]


def test_hours_reasons_and_fields_can_be_chosen(sluice: Any, lake: str) -> None:
    """An hour is chosen by any time in it."""
    assert len(listed(sluice, lake, "--from", "2026-03-01T08:30")) == 3
    assert len(listed(sluice, lake, "--to", "2026-03-01T08:00")) == 1
    assert len(listed(sluice, lake, "--reason", "malformed_json")) == 2
    assert listed(sluice, lake, "--field", "lat") == [("08", "wrong_type", "lat", 1)]


def test_a_table_for_people_ends_with_the_sum(sluice: Any, lake: str) -> None:
    """A line for each kind."""
    lines = [
        " ".join(line.split()) for line in sluice("quarantine", "list", "--lake_uri", lake).out.splitlines()
    ]
    assert "2026-03-01 08 wrong_type signal 1 0" in lines
    assert lines[-1] == "4 records"


def test_records_are_shown_the_latest_first(sluice: Any, lake: str) -> None:
    """With their reason, and when and where they arrived as far as that is known; long ones are cut."""
    called = sluice("quarantine", "show", "--lake_uri", lake, "--width", "20")
    assert called.out.splitlines() == [
        "malformed_json  " + r"\xff" * 20 + "… (400 bytes)",
        "wrong_type (lat)  {}",
        'wrong_type (signal)  {"signal": "strong"}',
        "malformed_json 2026-03-01 07:15:00 None/9  no json",
        "4 shown",
    ]


def test_so_many_are_shown_and_it_is_said_that_there_may_be_more(sluice: Any, lake: str) -> None:
    """The rest is not read."""
    called = sluice("quarantine", "show", "--lake_uri", lake, "--limit", "2", "--reason", "wrong_type")
    assert called.out.splitlines()[-1] == "2 shown; --limit shows more"
    assert (
        json.loads(sluice("quarantine", "show", "--lake_uri", lake, "--limit", "2", "--format", "json").out)[
            1
        ]["field"]
        == "lat"
    )


@pytest.mark.parametrize("how", ["table", "json"])
def test_no_terminal_obeys_a_payload(sluice: Any, tmp_path: Path, how: str) -> None:
    """Nor rich's markup."""
    put(tmp_path, 7, 0, rejected("malformed_json", None, ESCAPES.encode()))
    called = sluice("quarantine", "show", "--lake_uri", tmp_path.as_uri(), "--format", how)
    if how == "json":
        assert json.loads(called.out)[0]["payload"] == ESCAPES
    assert (SHOWN in called.out) is (how == "table")
    assert called.out.replace("\n", "").replace("…", "").isascii()
    assert "\x1b" not in called.out


def test_an_empty_quarantine_is_no_error(sluice: Any, tmp_path: Path) -> None:
    """Nothing was rejected."""
    assert listed(sluice, tmp_path.as_uri()) == []


def test_a_catalogue_says_which_hours_there_are(sluice: Any, lake: str) -> None:
    """As for every reader; --folders looks at what lies there."""
    assert sluice("crawl", "crawler_quarantine_mobile_coverage", "--lake_uri", lake).code == 0
    put(Path(lake.removeprefix("file://")), 9, 3, rejected("too_large", None, b""))
    assert (len(listed(sluice, lake)), len(listed(sluice, lake, "--folders"))) == (4, 5)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--reason", "bad"], "--reason: got 'bad'; there are too_large, "),
        (["--field", "sig"], "--field: got 'sig'; there are timestamp, "),
        (["--limit", "0"], "--limit: got '0'; give a whole number above zero"),
    ],
)
def test_wrong_arguments_are_named(sluice: Any, lake: str, arguments: list[str], said: str) -> None:
    """Exit code 2."""
    called = sluice("quarantine", "show", "--lake_uri", lake, *arguments)
    assert (called.code, said in called.err) == (2, True)
