"""The arguments of a streaming job, on a laptop and on Glue."""

from datetime import timedelta
from typing import Any

import pytest

from glue_jobs.core.errors import OptionError
from glue_jobs.core.options import StreamOptions, parse_options

REQUIRED = {"lake_uri": "file:///lake", "checkpoint_uri": "file:///checkpoint", "stream_name": "a_stream"}
GLUE = ("--JOB_NAME", "etl")


def parse(*arguments: str, **defaults: Any) -> StreamOptions:
    """The options from a command line that gives the required ones first."""
    required = [text for name, value in REQUIRED.items() for text in (f"--{name}", value)]
    return parse_options(StreamOptions, ["job", *required, *arguments], "A job.", **defaults)


def refusal(*arguments: str) -> str:
    """Why `parse` refuses the arguments, on Glue in the same words."""
    with pytest.raises(OptionError) as caught:
        parse(*arguments)
    with pytest.raises(OptionError) as caught_on_glue:
        parse(*GLUE, *arguments)
    assert str(caught_on_glue.value) == str(caught.value)
    return str(caught.value)


def test_defaults() -> None:
    """What a job does when it is told no more than where."""
    assert parse() == StreamOptions(
        lake_uri="file:///lake",
        checkpoint_uri="file:///checkpoint",
        source="kinesis",
        source_path=None,
        stream_name="a_stream",
        region=None,
        endpoint_url=None,
        starting_position="TRIM_HORIZON",
        trigger=timedelta(seconds=20),
        watermark=timedelta(minutes=10),
        window=timedelta(minutes=2),
        deduplicate=None,
        max_files_per_trigger=1000,
        max_records_per_trigger=100_000,
        keep_raw=True,
        register_partitions=True,
        run_mode="continuous",
    )


def test_a_jobs_defaults_replace_those_of_the_class() -> None:
    """And what is given replaces both."""
    assert parse(window=timedelta(hours=1)).window == timedelta(hours=1)
    assert parse("--window", "5 minutes", window=timedelta(hours=1)).window == timedelta(minutes=5)


@pytest.mark.parametrize("before", [(), GLUE], ids=["laptop", "Glue"])
@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("lake_uri", "s3://bucket/lake/", "s3://bucket/lake"),
        ("checkpoint_uri", "file:///c/", "file:///c"),
        ("stream_name", "mobile", "mobile"),
        ("region", "eu-west-1", "eu-west-1"),
        ("endpoint_url", "http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("starting_position", "LATEST", "LATEST"),
        ("starting_position", "2026-03-01T08:00:00+01:00", "2026-03-01T07:00:00+00:00"),
        ("starting_position", "2026-03-01", "2026-03-01T00:00:00+00:00"),
        ("trigger", "0 seconds", timedelta(0)),
        ("trigger", " 1 minute ", timedelta(minutes=1)),
        ("watermark", "3 days", timedelta(days=3)),
        ("window", "1 hour", timedelta(hours=1)),
        ("max_files_per_trigger", "1", 1),
        ("max_records_per_trigger", "007", 7),
        ("keep_raw", "false", False),
        ("keep_raw", "True", True),
        ("register_partitions", "FALSE", False),
        ("run_mode", "available_now", "available_now"),
    ],
)
def test_a_value_is_read(before: tuple[str, ...], name: str, text: str, value: object) -> None:
    """As `--key value` and as `--key=value`."""
    assert getattr(parse(*before, f"--{name}", text), name) == value
    assert getattr(parse(*before, f"--{name}={text}"), name) == value


A_FOLDER = "give a folder as file:///absolute/path or s3://bucket/prefix"
A_DURATION = "give a duration such as '20 seconds' or '10 minutes'"
ABOVE_ZERO = "give a duration above zero"
A_COUNT = "give a whole number above zero"
TRUE_OR_FALSE = "give true or false"


@pytest.mark.parametrize(
    ("name", "text", "advice"),
    [
        ("lake_uri", "/lake", A_FOLDER),
        ("lake_uri", "", A_FOLDER),
        ("checkpoint_uri", "hdfs://x/y", A_FOLDER),
        ("source", "kafka", "give kinesis or files"),
        ("source_path", "events", A_FOLDER),
        ("starting_position", "latest", "give TRIM_HORIZON, LATEST or a time such as 2026-11-21T08:00:00Z"),
        ("trigger", "20", A_DURATION),
        ("trigger", "-1 seconds", A_DURATION),
        ("trigger", "1.5 seconds", A_DURATION),
        ("trigger", "1 week", A_DURATION),
        ("watermark", "0 seconds", ABOVE_ZERO),
        ("window", "0 minutes", ABOVE_ZERO),
        ("window", "two minutes", A_DURATION),
        ("max_files_per_trigger", "0", A_COUNT),
        ("max_files_per_trigger", "1e3", A_COUNT),
        ("max_records_per_trigger", "-5", A_COUNT),
        ("max_records_per_trigger", "", A_COUNT),
        ("keep_raw", "yes", TRUE_OR_FALSE),
        ("register_partitions", "1", TRUE_OR_FALSE),
        ("run_mode", "once", "give continuous or available_now"),
    ],
)
def test_a_wrong_value_is_refused(name: str, text: str, advice: str) -> None:
    """With the argument's name, the value received and what would be right."""
    assert refusal(f"--{name}={text}") == f"--{name}: got {text!r}; {advice}"


@pytest.mark.parametrize("uri", ["file:///lake", "file:///lake/", "file:///lake/checkpoint"])
def test_a_checkpoint_inside_the_lake_is_refused(uri: str) -> None:
    """Readers of tables would find it."""
    assert refusal("--checkpoint_uri", uri) == (
        f"--checkpoint_uri: got {uri.rstrip('/')!r}; put it outside --lake_uri, "
        "for readers of tables list all that is below it"
    )


def test_a_checkpoint_beside_the_lake_is_fine() -> None:
    """Though its name begins with the lake's."""
    assert parse("--checkpoint_uri", "file:///lake_checkpoint").checkpoint_uri == "file:///lake_checkpoint"


@pytest.mark.parametrize("before", [(), GLUE], ids=["laptop", "Glue"])
@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "--lake_uri: missing; give the lake, as file:///folder or s3://bucket/prefix"),
        (
            ["--lake_uri", "file:///l"],
            "--checkpoint_uri: missing; give where the query keeps its progress; outside the lake",
        ),
        (
            ["--lake_uri", "file:///l", "--checkpoint_uri", "file:///c"],
            "--stream_name: missing; --source kinesis needs the stream to read",
        ),
        (
            ["--lake_uri", "file:///l", "--checkpoint_uri", "file:///c", "--source", "files"],
            "--source_path: missing; --source files needs the folder to read",
        ),
    ],
)
def test_a_missing_argument_is_named(before: tuple[str, ...], arguments: list[str], text: str) -> None:
    """With what it is for."""
    with pytest.raises(OptionError) as caught:
        parse_options(StreamOptions, ["job", *before, *arguments], "A job.")

    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--windw", "1 hour"], "--windw: no such option; did you mean --window?"),
        (["--sourcepath=file:///e"], "--sourcepath=file:///e: no such option; did you mean --source_path?"),
        (["--win", "1 hour"], "--win: no such option; did you mean --window?"),
        (["--nonsense"], "--nonsense: no such option; see --help"),
        (["stray"], "stray: no such option; see --help"),
    ],
)
def test_an_unknown_argument_is_refused_on_a_laptop(arguments: list[str], text: str) -> None:
    """An abbreviation is unknown too; what was meant is suggested."""
    with pytest.raises(OptionError) as caught:
        parse(*arguments)

    assert str(caught.value) == text


@pytest.mark.parametrize("before", [(), GLUE], ids=["laptop", "Glue"])
def test_an_argument_without_its_value_is_refused(before: tuple[str, ...]) -> None:
    """The argument is named."""
    with pytest.raises(OptionError, match="--window: expected one argument"):
        parse(*before, "--window")


def test_of_two_values_the_last_counts() -> None:
    """As with any command."""
    assert parse("--region", "eu-west-1", "--region", "us-east-2").region == "us-east-2"
    assert parse(*GLUE, "--region", "eu-west-1", "--region", "us-east-2").region == "us-east-2"


def test_what_glue_adds_is_left_to_glue() -> None:
    """Its own arguments are neither refused nor taken for the job's."""
    options = parse(
        *("--JOB_ID", "j_1", "--JOB_RUN_ID", "jr_1", "--TempDir", "s3://temp/", "--enable-metrics", "true"),
        *("--enable-continuous-cloudwatch-log", "true", "--job-bookmark-option", "job-bookmark-disable"),
        *("--extra-py-files", "s3://code/sluice.zip", "--conf", "spark.x=y", "--window", "1 hour", *GLUE),
    )

    assert options == parse("--window", "1 hour")


def test_an_abbreviation_is_not_taken_on_glue() -> None:
    """`--win` is none of the job's arguments."""
    assert parse(*GLUE, "--win", "1 hour").window == timedelta(minutes=2)


def test_the_job_name_may_be_given_with_an_equals_sign() -> None:
    """Glue's parser reads both."""
    assert parse("--JOB_NAME=etl", "--enable-metrics", "true") == parse()


def test_help_lists_every_option_with_its_default(capsys: pytest.CaptureFixture[str]) -> None:
    """And heads them with what the job is."""
    with pytest.raises(SystemExit) as ended:
        parse_options(StreamOptions, ["sluice run a-job", "--help"], "A job.", stream_name="its_stream")

    lines = " ".join(capsys.readouterr().out.split())
    assert ended.value.code == 0
    assert lines.startswith("usage: sluice run a-job ")
    assert " A job. " in lines
    for expected in (
        "--lake_uri … the lake, as file:///folder or s3://bucket/prefix (required)",
        "--checkpoint_uri … where the query keeps its progress; outside the lake (required)",
        "--source … kinesis or files (default: kinesis)",
        "--source_path …",
        "--stream_name … the Kinesis stream (default: its_stream)",
        "--region …",
        "--endpoint_url …",
        "--starting_position … TRIM_HORIZON, LATEST or an ISO 8601 time; for the first run (default: TRIM",
        "--trigger … time between two micro-batches (default: 20 seconds)",
        "--watermark … how late an event may be (default: 10 minutes)",
        "--window … length of a window (default: 2 minutes)",
        "--max_files_per_trigger … most files in a micro-batch (default: 1000)",
        "--max_records_per_trigger … most Kinesis records in a micro-batch (not on Glue) (default: 100000)",
        "--keep_raw … keep every record as it came in the raw table (default: true)",
        "--register_partitions … make tables and partitions known to the Glue catalogue (default: true)",
        "--run_mode … continuous, or available_now: read what is there at the start, then end (default",
    ):
        assert expected in lines
