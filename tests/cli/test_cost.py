"""`sluice cost`: the bill as a table, as CSV and as JSON; wrong use in one line."""

import csv
import io
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from cost.bill import total
from cost.load import Load
from cost.prices import read_prices
from cost.settings import NAMES, default_settings
from cost.stacks import bill_of


def test_the_table_has_the_sum_of_each_stack_and_what_would_be_cheaper(sluice: Any) -> None:
    """With the day of the prices."""
    called = sluice("cost")
    assert (called.code, called.err) == (0, "")
    assert called.out.count(" together ") == 3
    assert "What would be cheaper" in called.out
    assert f"prices of us-east-1 as of {read_prices().as_of}" in called.out


def test_csv_has_the_lines_of_the_bill(sluice: Any) -> None:
    """And nothing else, for a spreadsheet."""
    called = sluice("cost", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(called.out)))
    expected = bill_of({stack: default_settings(stack) for stack in NAMES}, Load(), read_prices())
    assert [(row["stack"], row["what"]) for row in rows] == [(line.stack, line.what) for line in expected]
    assert sum(float(row["usd"]) for row in rows) == pytest.approx(total(expected), abs=0.001)


def test_json_has_all_with_its_sources(sluice: Any) -> None:
    """Lines, sums, savings, warnings."""
    told = json.loads(sluice("cost", "--stack", "lake", "--format", "json", "--records_per_second", "5").out)
    assert told["totals"] == {"lake": told["total"]}
    assert told["lines"][0]["what"] == "Athena: 600 queries"
    assert all(line["source"] for line in told["lines"])
    assert told["cheaper"] == []  # queries are by the day, so shorter days save nothing
    assert told["warnings"] == []


@pytest.mark.parametrize(
    ("name", "text"), [("my.tfvars", "shard_count = 3\n"), ("my.tfvars.json", '{"shard_count": 3}')]
)
def test_a_var_file_changes_the_settings_and_set_has_the_last_word(
    sluice: Any, tmp_path: Path, name: str, text: str
) -> None:
    """Three shards by the file, five by --set."""
    (tmp_path / name).write_text(text)
    arguments = ("cost", "--stack", "mobile_coverage", "--format", "json", "--var_file", str(tmp_path / name))
    by_file, by_set = sluice(*arguments), sluice(*arguments, "--set", "shard_count=5")
    assert [json.loads(one.out)["lines"][0]["quantity"] for one in (by_file, by_set)] == [3 * 720, 5 * 720]


def test_a_load_that_does_not_fit_is_warned_of_beside_the_bill(sluice: Any) -> None:
    """On standard error, so that CSV stays CSV; other regions have other prices."""
    called = sluice("cost", "--records_per_second", "2500", "--format", "csv", "--set", "region=eu-west-1")
    assert called.code == 0
    assert called.err == (
        "sluice: mobile_coverage: 2500 records/s of 313 bytes need 3 shards, and shard_count is 1; a shard "
        "takes 1,000 records and 1 MiB a second\n"
        "sluice: region eu-west-1: these are prices of us-east-1\n"
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--stack", "moon"], "--stack: got 'moon'; there are lake, mobile_coverage, orders"),
        (["--hours_per_day", "25"], "--hours_per_day: got 25; give 0 to 24"),
        (["--records_per_second", "many"], "--records_per_second: got 'many'; give a number"),
        (["--set", "shard_count"], "--set: got 'shard_count'; give name=value, such as shard_count=2"),
        (
            ["--set", "shard_cuont=2"],
            "shard_cuont: no chosen stack has this variable; did you mean shard_count?",
        ),
        (["--set", "runner=hope"], "runner: got 'hope'; give glue, fargate, none"),
        (["--var_file", "/no/such.tfvars"], "/no/such.tfvars"),
    ],
)
def test_wrong_use_is_one_line_and_code_2(sluice: Any, arguments: list[str], expected: str) -> None:
    """The line names what was given and says what to do."""
    called = sluice("cost", *arguments)
    assert called.code == 2
    assert expected in called.err
    assert (called.out, called.err.count("\n")) == ("", 1)


def test_help_says_every_default_and_an_example(sluice: Any) -> None:
    """What is assumed must not be guessed."""
    called = sluice("cost", "--help")
    assert called.code == 0
    assert "  sluice cost --stack mobile_coverage" in called.out
    assert len(re.findall(r"\(default:\s", called.out)) == len(fields(Load))
