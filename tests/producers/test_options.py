"""Options have sensible defaults, and a wrong one is named with its value."""

from datetime import UTC, date, datetime

import pytest

from producers.kinesis_producer import main
from producers.mobile_events import SHIPPED_CSV
from producers.options import parse_options

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def region(*argv: str, environment: dict[str, str]) -> str:
    """The region that the options come to."""
    return parse_options(argv, "producer", NOW, environment).region


def test_the_defaults_are_the_shipped_rows_of_yesterday() -> None:
    """Without options: the real log, the contract's stream, nothing mixed in."""
    options = parse_options([], "producer", NOW, {})

    assert (options.csv, options.generate, options.troubles.total) == (SHIPPED_CSV, 0, 0)
    assert (options.stream_name, options.date) == ("mobile_coverage_logs", date(2026, 3, 1))
    assert options.in_flight == 1
    assert parse_options(["--generate", "5"], "producer", NOW, {}).csv is None


def test_yesterday_is_meant_in_utc() -> None:
    """An hour past midnight two hours east of Greenwich is still the day before."""
    east = datetime.fromisoformat("2026-03-02T01:00:00+02:00")

    assert parse_options([], "producer", east, {}).date == date(2026, 2, 28)


def test_the_region_comes_from_the_environment_unless_given() -> None:
    """The option, then AWS_REGION, then AWS_DEFAULT_REGION, then us-east-1."""
    both = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-3"}

    assert region("--region", "eu-central-1", environment=both) == "eu-central-1"
    assert region(environment=both) == "eu-west-1"
    assert region(environment={"AWS_DEFAULT_REGION": "eu-west-3"}) == "eu-west-3"
    assert region(environment={"AWS_REGION": ""}) == "us-east-1"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--generate", "many"], "--generate: expected a whole number from 1, received 'many'"),
        (["--generate", "0"], "--generate: expected a whole number from 1, received '0'"),
        (["--late", "-1"], "--late: expected a whole number from 0, received '-1'"),
        (["--seed", "1.5"], "--seed: expected a whole number from 0, received '1.5'"),
        (["--speed", "0"], "--speed: expected a number above 0, received '0'"),
        (["--speed", "nan"], "--speed: expected a number above 0, received 'nan'"),
        (["--date", "2026-02-30"], "--date: expected a date YYYY-MM-DD, received '2026-02-30'"),
        (["--date", "20260301"], "--date: expected a date YYYY-MM-DD, received '20260301'"),
        (["--region", "Mars"], "--region: expected a region such as us-east-1, received 'Mars'"),
        (
            ["--stream_name", "a b"],
            "--stream_name: expected 1 to 128 letters, digits, _ . or -, received 'a b'",
        ),
        (
            ["--endpoint_url", "localhost:5000"],
            "an http or https URL without user and password, received 'localhost:5000'",
        ),
        (
            ["--endpoint_url", "http://h:99999"],
            "an http or https URL without user and password, received 'http://h:99999'",
        ),
        (["--rate", "5"], "--rate 5: needs --generate; the pace of a replay is --speed"),
        (["--generate", "5", "--rate", "5", "--speed", "2"], "--rate 5: cannot be used with --speed 2"),
        (["--files", "3"], "--files 3: needs --output"),
        (["--speed", "60", "--output", "x"], "--speed 60: files are written at once; leave it out"),
        (["--in_flight", "17"], "--in_flight: expected a whole number from 1 to 16, received '17'"),
        (["--in_flight", "4", "--output", "x"], "--in_flight 4: goes with a stream, not with --output"),
        (["--gen", "5"], "unrecognized arguments: --gen 5"),
    ],
)
def test_a_wrong_option_is_one_line_with_its_name_and_value(
    argv: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2; nothing on stdout."""
    code = main(argv)

    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
