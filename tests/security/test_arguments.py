"""What comes from a command line names a place or a thing, and can be read in one way only."""

import os
import stat
from pathlib import Path

import pytest

from cli.main import main
from glue_jobs.contracts.mobile_coverage import STATUS_COUNT
from glue_jobs.core.errors import OptionError
from glue_jobs.core.options import StreamOptions, parse_options
from glue_jobs.core.storage import open_storage
from laptop.crawler import partition_values
from laptop.embedded_aws import _serves
from producers.kinesis_producer import main as produce

GOOD = {
    "lake_uri": "file:///data/lake",
    "checkpoint_uri": "file:///data/checkpoint",
    "source": "kinesis",
    "stream_name": "mobile_coverage_logs",
}
BAD_FOLDERS = [
    "file:///data/../../etc",
    "file:///data/%2e%2e/%2e%2e/etc",
    "file:///data/%2E./etc",
    "file:///data/.\n./etc",
    "file:///data/a%00b",
    "file:///data/a\0b",
    "file:///data/a%0Ab",
    "file:///data/\x1b[2J",
    "file:///data//etc",
    "file:///data?x",
    "file:///data#x",
    "file://host/data",
    "file:data",
    "/data",
    "s3://bucket/a/../b",
    "s3://bucket/%2e%2e/b",
    "s3://user:hunter2secret@bucket/b",
    "s3://bucket:80/b",
    "s3:///b",
    "http://bucket/b",
    "",
]
BAD_STREAMS = [
    "a/b",
    "../a",
    "a b",
    "a\n",
    "a'; DROP TABLE b; --",
    "$(reboot)",
    "a" * 129,
    "arn:aws:kinesis:us-east-1:12:stream/a",
    "arn:aws:s3:::bucket",
    "arn:aws:kinesis:us-east-1:123456789012:stream/a/../b",
]
BAD_REGIONS = ["us-east-1.evil.example/", "us-east-1\n", "US-EAST-1", "..", "us_east_1"]
BAD_ENDPOINTS = [
    "ftp://host",
    "file:///etc/passwd",
    "host:4566",
    "//host",
    "http://",
    "http://user:hunter2secret@host",
    "http://token@host",
    "http://host:99999",
    "http://host:0",
    "http://host/?x",
    "http://host/#x",
    "http://ho st",
    "http://host\r\nX-Evil: 1",
]
EVERY_BAD_VALUE = [
    *(("lake_uri", text) for text in BAD_FOLDERS),
    *(("checkpoint_uri", text) for text in BAD_FOLDERS),
    *(("source_path", text) for text in BAD_FOLDERS),
    *(("stream_name", text) for text in BAD_STREAMS),
    *(("region", text) for text in BAD_REGIONS),
    *(("endpoint_url", text) for text in BAD_ENDPOINTS),
    *((name, "1; reboot") for name in ("trigger", "watermark", "window", "max_files_per_trigger")),
    *((name, "'") for name in ("source", "keep_raw", "register_partitions", "run_mode", "starting_position")),
]


@pytest.mark.parametrize(("name", "text"), EVERY_BAD_VALUE)
def test_the_job_refuses_what_can_be_misread(name: str, text: str) -> None:
    """With one printable line that names the option and holds no password."""
    argv = ["job", *(word for key, value in {**GOOD, name: text}.items() for word in (f"--{key}", value))]

    with pytest.raises(OptionError, match=f"^--{name}: ") as caught:
        parse_options(StreamOptions, argv, "")

    assert str(caught.value).isprintable()
    assert "hunter2secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("stream_name", "a.b_c-D9"),
        ("stream_name", "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/a"),
        ("region", "us-gov-west-1"),
        ("endpoint_url", "http://127.0.0.1:4566"),
        ("endpoint_url", "https://vpce-1.kinesis.eu-west-1.vpce.amazonaws.com/"),
        ("lake_uri", "file:///data/été%20et%20soleil"),
        ("lake_uri", "s3://My.Old_bucket-1/a@b:c"),
    ],
)
def test_the_job_takes_every_name_that_aws_gives(name: str, text: str) -> None:
    """The checks refuse nothing that exists."""
    argv = ["job", *(word for key, value in {**GOOD, name: text}.items() for word in (f"--{key}", value))]

    assert getattr(parse_options(StreamOptions, argv, ""), name) == text


@pytest.mark.parametrize(
    "option",
    [
        *(["--stream_name", text] for text in BAD_STREAMS),
        *(["--region", text] for text in BAD_REGIONS),
        *(["--endpoint_url", text] for text in BAD_ENDPOINTS),
        ["--date", "2026-01-01'; --"],
        ["--rate", "1e999"],
        ["--generate", "-1"],
    ],
)
def test_the_producer_refuses_what_can_be_misread(
    option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """As the job does."""
    assert produce(option) == 2

    said = capsys.readouterr().err
    assert said.removesuffix("\n").isprintable()
    assert "hunter2secret" not in said


@pytest.mark.parametrize(
    "arguments",
    [
        ["crawl", "crawler_status_count; DROP TABLE x"],
        ["crawl", "../crawler"],
        ["query", "SELECT 1", "--database", "x; DROP TABLE y"],
        ["query", "SELECT 1", "--database", 'x"."y'],
        ["run", "mobile-coverage; reboot"],
        ["run", "os"],
        *(["crawl", "--lake_uri", text] for text in BAD_FOLDERS),
        *(["query", "SELECT 1", "--lake_uri", text] for text in BAD_FOLDERS),
        *(["doctor", text] for text in BAD_FOLDERS),
    ],
)
def test_a_verb_refuses_what_can_be_misread(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 and one printable line."""
    assert main(arguments) == 2

    said = capsys.readouterr().err
    assert said.removesuffix("\n").isprintable()
    assert "hunter2secret" not in said


@pytest.mark.parametrize("date", ["20261121", "2026-W47-6", "2026-11-21'", "..%2F..%2Fetc", "%00"])
def test_a_folder_that_is_no_date_is_no_partition(date: str) -> None:
    """A partition's date is written in one way, as Athena reads it."""
    with pytest.raises(ValueError, match=r"event_date=|isoformat"):
        partition_values(f"event_date={date}/hour=07/a.parquet", STATUS_COUNT.table)


def test_a_lake_cannot_send_us_to_the_server_of_somebody_else(tmp_path: Path) -> None:
    """The address of a running embedded AWS is read from a file of the lake: it must be on this machine."""
    for address in ("http://10.1.2.3:80", "http://user@127.0.0.1:80", "http://127.0.0.1:80@evil.example:80"):
        assert _serves(address, tmp_path) is False


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o027, 0o640)])
def test_a_file_of_the_lake_has_the_mode_of_the_umask(tmp_path: Path, umask: int, mode: int) -> None:
    """Records are readable by whom the user lets read files."""
    before = os.umask(umask)
    try:
        with open_storage(tmp_path.as_uri()).new_file("t/a.parquet") as file:
            file.write(b"x")
            drafts = [stat.S_IMODE(draft.stat().st_mode) for draft in (tmp_path / "t").iterdir()]
    finally:
        os.umask(before)

    assert drafts == [mode]
    assert stat.S_IMODE((tmp_path / "t" / "a.parquet").stat().st_mode) == mode
