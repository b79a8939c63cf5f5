"""Options and environment variables say the same things, and a wrong one is named with its value."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from glue_jobs.core.errors import OptionError
from producers.order_options import OrderOptions, parse_order_options
from producers.orders_producer import main
from producers.troubles import Troubles

NOW = datetime(2026, 3, 2, 12, 30, 15, 999, tzinfo=UTC)
VARIABLES = {
    "FIREHOSE_STREAM": "other",
    "AWS_REGION": "sa-east-1",
    "TOTAL": "7",
    "BATCH": "500",
    "P_UPDATE": "1",
}


def parse(*argv: str, environment: dict[str, str] | None = None) -> OrderOptions:
    """The options of a command line."""
    return parse_order_options(argv, "producer", NOW, environment or {})


def test_the_defaults_are_ten_thousand_orders_of_the_last_day() -> None:
    """Sent a hundred at a time to the stream of the contract, three in ten of them updates."""
    assert parse() == OrderOptions(
        stream_name="firehose-orders",
        region="us-east-1",
        endpoint_url=None,
        total=10_000,
        batch=100,
        p_update=0.3,
        start=datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC),
        days=1,
        rate=None,
        seed=0,
        troubles=Troubles(),
        output=None,
        files=1,
    )


def test_variables_give_what_no_option_does() -> None:
    """An option goes before its variable, even a wrong one; an empty variable is none."""
    options = parse(environment=VARIABLES)
    assert (options.stream_name, options.region, options.total) == ("other", "sa-east-1", 7)
    assert (options.batch, options.p_update) == (500, 1.0)
    assert parse("--total", "9", environment={"TOTAL": "many"}).total == 9
    assert parse(environment={"TOTAL": "", "AWS_DEFAULT_REGION": "eu-west-3"}).region == "eu-west-3"


def test_the_start_may_have_any_offset() -> None:
    """Without one it would mean another time on another machine."""
    assert parse("--start", "2026-03-01T02:00:00+02:00").start == datetime(2026, 3, 1, tzinfo=UTC)
    assert NOW - parse("--days", "30").start >= timedelta(days=30)


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("TOTAL", "many", "a whole number from 1"),
        ("TOTAL", "0", "a whole number from 1"),
        ("BATCH", "501", "a whole number from 1 to 500"),
        ("P_UPDATE", "1.1", "a number from 0 to 1"),
        ("P_UPDATE", "nan", "a number from 0 to 1"),
        ("FIREHOSE_STREAM", "a" * 65, "1 to 64 letters, digits, _ . or -"),
        ("AWS_REGION", "Mars", "a region such as us-east-1"),
    ],
)
def test_a_wrong_variable_is_named_with_its_value(variable: str, value: str, expected: str) -> None:
    """In one line."""
    with pytest.raises(OptionError) as error:
        parse(environment={variable: value})
    assert str(error.value) == f"{variable}: expected {expected}, received {value!r}"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--total", "0"], "--total: expected a whole number from 1, received '0'"),
        (["--p_update", "30%"], "--p_update: expected a number from 0 to 1, received '30%'"),
        (["--start", "2026-03-01"], "--start: expected a time with its offset"),
        (["--start", "yesterday"], "received 'yesterday'"),
        (["--files", "3"], "--files 3: needs --output"),
        (["--rate", "5", "--output", "x"], "--rate 5: files are written at once; leave it out"),
    ],
)
def test_a_wrong_option_is_one_line_with_its_name_and_value(
    argv: list[str], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Exit code 2; nothing on stdout."""
    code = main(argv)
    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
