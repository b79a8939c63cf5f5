"""Data that somebody else wrote is shown, and obeyed neither by a terminal nor by rich's markup."""

import json
from pathlib import Path

import pytest

from cli.main import main
from cli.result_formats import FORMATS
from laptop.athena import QueryResult

ESCAPES = "Movistar\x1b[2J\x1b]0;owned\x07\x9b31m\u202e[bold]x[/]"
SHOWN = r"Movistar\x1b[2J\x1b]0;owned\x07\x9b31m\u202e[bold]x[/]"


def test_a_table_shows_the_escapes_in_names_and_values(capsys: pytest.CaptureFixture[str]) -> None:
    """The terminal gets text alone."""
    FORMATS["table"](QueryResult([f"name {ESCAPES}"], ["varchar"], [(ESCAPES,)]))

    header, _, row, *_ = capsys.readouterr().out.strip().splitlines()
    assert (header.strip(), row.strip()) == (f"name {SHOWN}", SHOWN)


def test_csv_and_json_are_data_and_lose_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """They are for programs: CSV holds every character, JSON escapes what JSON can."""
    result = QueryResult(["operator"], ["varchar"], [(ESCAPES,)])

    FORMATS["csv"](result)
    assert ESCAPES in capsys.readouterr().out
    FORMATS["json"](result)
    assert json.loads(capsys.readouterr().out) == [{"operator": ESCAPES}]


def test_a_crawl_shows_the_escapes_in_file_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A lake's files may be named by anybody."""
    folder = tmp_path / "aggregations" / "status_count"
    folder.mkdir(parents=True)
    (folder / "\x1b[2Jx.parquet").write_bytes(b"no Parquet")

    assert main(["crawl", "crawler_status_count", "--lake_uri", tmp_path.as_uri()]) == 1

    output = capsys.readouterr().out
    assert r"drift: aggregations/status_count/\x1b[2Jx.parquet" in output
    assert "\x1b" not in output


def test_the_doctor_shows_the_escapes_in_a_checkpoint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither the terminal nor rich's markup obeys what stands in it."""
    (tmp_path / "metadata").write_text(json.dumps({"id": ESCAPES}))
    (tmp_path / "_definition.json").write_text(json.dumps({"event": "[/red] [link=http://x]y[/link]"}))

    assert main(["doctor", tmp_path.as_uri()]) == 0

    output = capsys.readouterr().out
    assert SHOWN in output
    assert "[/red] [link=http://x]y[/link]" in output
