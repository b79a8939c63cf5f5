"""A CSV row becomes an event of the contract, or an error says where it cannot."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from glue_jobs.core.errors import SourceError
from producers.mobile_events import Event, read_rows, replay

DAY = date(2026, 3, 1)
HEADER = (
    "hour,lat,long,signal,network,operator,status,description,"
    "speed,satellites,precission,provider,activity,postal_code"
)
ROW = "00:01:16,41.67089,0.53407,2,vodafone,vodafone ES,0,STATE_IN_SERVICE,0.0,4.0,51.0,gps,STILL,80193.0"


def csv_file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    """A CSV file of the text."""
    path = folder / "log.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_a_row_becomes_an_event_with_the_contracts_types(tmp_path: Path) -> None:
    """Date and clock make the timestamp, whole floats integers, the postal code six digits."""
    rows = read_rows(csv_file(tmp_path, f"{HEADER}\n{ROW}\n"))

    (record,) = replay(rows, DAY)

    assert json.loads(record.data) == {
        "timestamp": "2026-03-01T00:01:16Z",
        "hour": "00:01:16",
        "lat": 41.67089,
        "long": 0.53407,
        "signal": 2,
        "network": "vodafone",
        "operator": "vodafone ES",
        "status": 0,
        "description": "STATE_IN_SERVICE",
        "speed": 0.0,
        "satellites": 4,
        "precission": 51.0,
        "provider": "gps",
        "activity": "STILL",
        "postal_code": "080193",
    }
    assert b'"satellites":4,' in record.data
    assert (record.kind, record.stream_time) == ("replayed", 1772323200 + 76)


def test_every_shipped_row_satisfies_the_contract(
    rows: list[Event], violations: Callable[[bytes], list[str]]
) -> None:
    """The 1,000 real rows need no quarantine."""
    records = list(replay(rows, DAY))

    assert len(records) == 1000
    assert [violations(record.data) for record in records if violations(record.data)] == []


def test_the_shipped_rows_lack_nothing_but_names_and_codes(rows: list[Event]) -> None:
    """The generator draws from every other field and relies on its presence."""
    assert {name for row in rows for name, value in row.items() if value is None} == {
        "network",
        "operator",
        "postal_code",
    }


def test_an_empty_value_becomes_null(tmp_path: Path) -> None:
    """An absent signal or postal code is null on the wire."""
    row = ROW.replace(",2,vodafone,", ",,vodafone,").replace("80193.0", "")

    (event,) = read_rows(csv_file(tmp_path, f"{HEADER}\n{row}\n"))

    assert (event["signal"], event["postal_code"]) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeff{HEADER}\n{ROW}\n",
        f"{HEADER}\r\n{ROW}\r\n",
        f"{HEADER},net\n{ROW},4G\n",
        ",".join(reversed(HEADER.split(","))) + "\n" + ",".join(reversed(ROW.split(","))),
    ],
    ids=["BOM", "CRLF", "further column", "another order"],
)
def test_the_way_the_file_is_written_makes_no_difference(tmp_path: Path, text: str) -> None:
    """A BOM, CRLF, further columns and another order give the same event."""
    plain = read_rows(csv_file(tmp_path, f"{HEADER}\n{ROW}\n"))

    assert read_rows(csv_file(tmp_path, text)) == plain
    assert list(read_rows(csv_file(tmp_path, text))[0]) == HEADER.split(",")


def test_rows_are_replayed_in_order_of_their_clock(tmp_path: Path) -> None:
    """A file that is not sorted makes no record late."""
    lines = [ROW.replace("00:01:16", clock) for clock in ("12:00:00", "03:00:00", "03:00:01")]
    rows = read_rows(csv_file(tmp_path, "\n".join([HEADER, *lines])))

    assert [json.loads(record.data)["hour"] for record in replay(rows, DAY)] == [
        "03:00:00",
        "03:00:01",
        "12:00:00",
    ]


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("hour", "24:00:00", "a clock time HH:MM:SS"),
        ("hour", "", "a clock time HH:MM:SS"),
        ("lat", "north", "a number"),
        ("lat", "nan", "a number"),
        ("speed", "1e999", "a number"),
        ("signal", "2.5", "a whole number"),
        ("satellites", "1_0", "a whole number"),
        ("status", "IN", "a whole number"),
    ],
)
def test_a_value_that_cannot_be_mapped_is_named_with_its_place(
    tmp_path: Path, column: str, value: str, expected: str
) -> None:
    """The error says file, line, column, what was expected and what came."""
    values = dict(zip(HEADER.split(","), ROW.split(","), strict=True)) | {column: value}
    path = csv_file(tmp_path, "\n".join([HEADER, ROW, ",".join(values.values())]))

    with pytest.raises(SourceError) as error:
        read_rows(path)

    problem = f"expected {expected}, received {value!r}: correct it or take the row out"
    assert str(error.value) == f"{path}, line 3, column {column}: {problem}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: no column hour, lat, long,"),
        ("hour,lat\n", "line 1: no column long, signal,"),
        (f"{HEADER}\n{ROW},more\n", "line 2: expected 14 values as in the header, received 15"),
        (f"{HEADER}\n00:01:16,41.6\n", "line 2: expected 14 values as in the header, received 2"),
        (f'{HEADER}\n"{ROW}\n', "cannot be read as CSV in UTF-8: unexpected end of data"),
    ],
    ids=["empty file", "columns missing", "too many values", "too few values", "open quote"],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """Nothing is guessed: the error names the file, the line and what is wrong."""
    path = csv_file(tmp_path, text)

    with pytest.raises(SourceError) as error:
        read_rows(path)

    assert str(error.value).startswith(str(path))
    assert message in str(error.value)


def test_a_file_that_is_not_utf_8_or_not_there_is_refused(tmp_path: Path) -> None:
    """One line names the file."""
    latin = csv_file(tmp_path, f"{HEADER}\n{ROW}\n".replace("STILL", "à"), "latin-1")
    with pytest.raises(SourceError, match=r"log\.csv: cannot be read as CSV in UTF-8"):
        read_rows(latin)

    with pytest.raises(SourceError, match=r"missing\.csv: cannot be read.* No such file"):
        read_rows(tmp_path / "missing.csv")
