"""The command as a whole: help for every verb, errors in one line."""

import os
import subprocess
import sys
from typing import Any

import pytest

from cli.main import main

VERBS = ("demo", "produce", "run", "crawl", "query", "maintain", "doctor")


def test_help_lists_every_verb(sluice: Any) -> None:
    """With a word about each, and an example."""
    called = sluice("--help")
    assert called.code == 0
    assert all(f"\n    {verb} " in called.out for verb in VERBS)
    assert "examples:" in called.out


@pytest.mark.parametrize("verb", ["produce", "run", "crawl", "query", "maintain", "doctor"])
def test_every_verb_has_help_with_an_example(sluice: Any, verb: str) -> None:
    """The example calls the verb itself."""
    called = sluice(verb, "--help")
    assert called.code == 0
    assert f"  sluice {verb}" in called.out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["crawl", "nope"], "unknown crawler 'nope'; there are: crawler_signal_strength_by_operator, "),
        (["run", "nope"], "unknown job 'nope'; there are: mobile-coverage"),
        (
            ["query", "SELECT 1", "--lake_uri", "s3://b/lake"],
            "reads lakes on this machine only; on AWS ask Athena",
        ),
        (["crawl", "--lake_uri", "s3://b/lake"], "on AWS start the crawler of the same name"),
        (
            ["query", "SELECT 1", "--lake_uri", "file:///no/such/lake"],
            "no such folder; name another lake, or make one: `make demo`",
        ),
        (["query", "SELECT 1", "--lake_uri", "somewhere"], "give a folder as file:///absolute/path"),
    ],
)
def test_wrong_use_is_one_line_and_code_2(sluice: Any, arguments: list[str], expected: str) -> None:
    """The line names what was given and says what to do."""
    called = sluice(*arguments)
    assert called.code == 2
    assert expected in called.err
    assert (called.out, called.err.count("\n")) == ("", 1)


def test_a_failure_is_one_line_and_code_1(sluice: Any, lake_uri: str) -> None:
    """An unknown table is no wrong use of the command."""
    called = sluice("query", "SELECT * FROM nope", "--lake_uri", lake_uri)
    assert (called.code, called.err.count("\n")) == (1, 1)
    assert "unknown table 'nope'" in called.err


def test_a_reader_that_has_seen_enough_is_no_error(lake_uri: str) -> None:
    """`sluice query … | head -1` ends quietly."""
    sql = "SELECT x FROM UNNEST(sequence(1, 50000)) AS t(x)"
    command = [sys.executable, "-m", "cli.main", "query", sql, "--format", "csv", "--lake_uri", lake_uri]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"x\r\n"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_ctrl_c_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell expects."""

    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.query.require_local_lake", interrupted)
    assert main(["query", "SELECT 1"]) == 130
