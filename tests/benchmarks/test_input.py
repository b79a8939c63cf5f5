"""The files that engines read, and what is made of them."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from benchmarks.input_files import input_folder
from benchmarks.input_variants import (
    broken,
    changed,
    first_files,
    with_postal_codes,
    with_rejects,
    with_size,
)
from benchmarks.retimed import records_between, sample_records
from tests.batch_oracle import decoded

RECORDS, FILES = 30, 3


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Thirty records in three files."""
    return input_folder(tmp_path, RECORDS, FILES, RECORDS, lambda made: None)


def lines_of(folder: Path) -> list[bytes]:
    """The records of all files, in order of name."""
    return [line for file in sorted(folder.iterdir()) for line in file.read_bytes().splitlines()]


def events_of(folder: Path) -> list[dict[str, Any]]:
    """The same, parsed."""
    return [json.loads(line) for line in lines_of(folder)]


def test_input_is_made_once(tmp_path: Path) -> None:
    """The same files are used again, unless the generator would write others."""
    made: list[int] = []
    folder = input_folder(tmp_path, 10, 2, 10, made.append)
    assert input_folder(tmp_path, 10, 2, 10, made.append) == folder
    (folder / "records-00000.json").write_text("{}\n")
    input_folder(tmp_path, 10, 2, 10, made.append)
    assert made == [5, 10, 5, 10]


def test_few_records_lie_as_densely_as_many(tmp_path: Path, base: Path) -> None:
    """They are the first of the day's."""
    few = input_folder(tmp_path, 10, 1, RECORDS, lambda made: None)
    assert lines_of(few) == lines_of(base)[:10]


def test_after_the_last_file_another_day_begins(base: Path, tmp_path: Path) -> None:
    """The same records a day later, in files that are later, too."""
    folder = first_files(base, tmp_path / "more", FILES + 1)
    events, files = events_of(folder), sorted(folder.iterdir())
    assert len(files) == FILES + 1
    assert lines_of(folder)[:RECORDS] == lines_of(base)
    assert [event["timestamp"] for event in events[RECORDS:]] == [
        event["timestamp"].replace("01-15", "01-16") for event in events[:10]
    ]
    times = [file.stat().st_mtime for file in files]
    assert times == sorted(set(times))


def test_keys_are_as_many_as_asked_for(base: Path, tmp_path: Path) -> None:
    """Nothing else changes, not even where the record had none."""
    folder = changed(base, tmp_path / "keys", FILES, 10, with_postal_codes(4, Random(1)))
    events = events_of(folder)
    assert {event["postal_code"] for event in events} == {"000000", "000001", "000002", "000003"}
    codes = [event.pop("postal_code") for event in events]
    assert len(codes) == RECORDS
    assert events == [
        {name: value for name, value in event.items() if name != "postal_code"} for event in events_of(base)
    ]


def test_records_are_filled_up(base: Path, tmp_path: Path) -> None:
    """To the byte, by a field of their own; those that are longer stay."""
    folder = changed(base, tmp_path / "large", 1, 5, with_size(1000))
    assert [len(line) for line in lines_of(folder)] == [1000] * 5
    assert [event | {"note": ""} for event in events_of(base)[:5]] == [
        event | {"note": ""} for event in events_of(folder)
    ]
    same = changed(base, tmp_path / "same", 1, 5, with_size(10))
    assert lines_of(same) == lines_of(base)[:5]


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_as_many_records_as_said_are_rejected(base: Path, tmp_path: Path, share: float) -> None:
    """By the project's own decoder, in three ways."""
    folder = changed(base, tmp_path / "broken", FILES, 10, with_rejects(share, Random(1)))
    rejected = decoded(lines_of(folder))[1]
    assert len(rejected) == broken(share, Random(1), RECORDS)
    assert len(rejected) == {0.0: 0, 0.3: 11, 1.0: RECORDS}[share]


def test_retimed_records_lie_evenly_and_are_accepted(base: Path) -> None:
    """Over again where the sample is too short, and with both of their times."""
    sample = sample_records(sorted(base.iterdir())[0], 12)
    lines = records_between(sample, 3_600, 3_720).splitlines()
    events = [json.loads(line) for line in lines]
    assert [event["timestamp"][11:] for event in events] == [
        f"01:{place // 6:02}:{place % 6 * 10:02}Z" for place in range(12)
    ]
    assert [event["hour"] + "Z" for event in events] == [event["timestamp"][11:] for event in events]
    assert decoded(lines)[1] == []
