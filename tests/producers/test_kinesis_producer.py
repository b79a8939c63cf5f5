"""The command: what it sends, what it prints, and its exit code."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from producers.kinesis_producer import main, make_records
from producers.mobile_events import SHIPPED_CSV
from producers.options import parse_options

if TYPE_CHECKING:
    from tests.producers.conftest import Proxy

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ROOT = SHIPPED_CSV.parents[2]
TROUBLES = ["--late", "2", "--duplicate", "3", "--malformed", "5", "--wrong_type", "4", "--future", "1"]
ReadShards: TypeAlias = Callable[[str], list[list[bytes]]]


def test_the_real_rows_and_generated_ones_arrive(
    kinesis_url: str, stream: str, shards: ReadShards, capsys: pytest.CaptureFixture[str]
) -> None:
    """The stream holds exactly the records of the options; the summary counts them by kind."""
    argv = ["--csv", "shipped", "--generate", "500", "--date", "2026-03-01", "--seed", "4", "--late", "2"]

    code = main([*argv, "--duplicate", "3", "--stream_name", stream, "--endpoint_url", kinesis_url])

    records, count = make_records(parse_options([*argv, "--duplicate", "3"], "producer", NOW, {}), NOW)
    held = [data for shard in shards(stream) for data in shard]
    out, err = capsys.readouterr()
    assert (code, err, count, len(held)) == (0, "", 1505, 1505)
    assert Counter(held) == Counter(record.data for record in records)
    assert [line.split()[:3] for line in out.splitlines()] == [
        ["sent", "1,505", f"({sum(map(len, held)):,}"],
        ["replayed", "1,000"],
        ["generated", "500"],
        ["late", "2"],
        ["duplicate", "3"],
        ["sent", "again", "0"],
        ["lost", "0"],
    ]


def test_replayed_and_generated_records_are_merged_by_event_time() -> None:
    """Neither makes the other late."""
    options = parse_options(["--csv", "shipped", "--generate", "3000"], "producer", NOW, {})
    records = list(make_records(options, NOW)[0])

    times = [json.loads(record.data)["timestamp"] for record in records]
    assert times == sorted(times)
    assert Counter(record.kind for record in records) == {"replayed": 1000, "generated": 3000}


def test_equal_options_give_equal_records() -> None:
    """The seed covers the troubles too; another seed gives other records."""

    def made(seed: str) -> list[bytes]:
        options = parse_options(["--generate", "300", "--seed", seed, *TROUBLES], "producer", NOW, {})
        return [record.data for record in make_records(options, NOW)[0]]

    assert made("1") == made("1")
    assert made("1") != made("2")
    assert len(made("1")) == 315


def test_a_bad_file_sends_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line with file, line, column and value; exit code 1, before any call is made."""
    path = tmp_path / "bad.csv"
    path.write_text(SHIPPED_CSV.read_text().replace("41.67089", "north"))

    code = main(["--csv", str(path)])

    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert f"{path}, line 2, column lat: expected a number, received 'north'" in err


def test_troubles_need_a_clean_record_to_follow(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file with a header only gives nothing to mix them into."""
    path = tmp_path / "empty.csv"
    path.write_text(SHIPPED_CSV.read_text().split("\n")[0])

    assert main(["--csv", str(path), "--late", "1"]) == 2
    assert "empty.csv: has no rows" in capsys.readouterr().err


def test_a_missing_stream_is_one_line(kinesis_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1, what is missing and where."""
    code = main(["--stream_name", "nowhere", "--endpoint_url", kinesis_url])

    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert f"stream nowhere in us-east-1 at {kinesis_url}: does not exist" in err


def test_an_unreachable_endpoint_is_one_line(kinesis_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 at once: the first call is not repeated."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]  # free again after the block

    code = main(["--endpoint_url", f"http://127.0.0.1:{port}"])

    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "cannot be reached" in err


def test_a_lost_record_is_no_success(
    kinesis_url: str, stream: str, shards: ReadShards, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A row larger than a record may be is reported, the other arrives, and the exit code is 1."""
    header, row = SHIPPED_CSV.read_text().split("\n")[:2]
    long = "€" * 100_000
    path = tmp_path / "long.csv"
    large = row.replace("vodafone,vodafone ES", f"{long},{long}").replace("gps,STILL", f"{long},{long}")
    path.write_text("\n".join([header, row, large]))

    code = main(["--csv", str(path), "--stream_name", stream, "--endpoint_url", kinesis_url])

    out = capsys.readouterr().out
    assert code == 1
    assert "1 records: over the limit of 1,048,576 bytes a record" in out
    assert [len(shard) for shard in shards(stream) if shard] == [1]


def test_a_stream_that_goes_away_is_told_with_what_was_sent(
    proxy: "Proxy", stream: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line: the cause, what was acknowledged and what was tried."""
    proxy.answers["PutRecords"] = (400, {"__type": "ResourceNotFoundException", "message": "gone"})

    code = main(["--stream_name", stream, "--endpoint_url", proxy.url])

    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "does not exist" in err
    assert "0 records had been acknowledged, 500 tried but not acknowledged" in err


def test_an_interrupt_ends_with_what_was_sent(proxy: "Proxy", stream: str) -> None:
    """Ctrl-C gives exit code 130 and one line, no traceback."""
    argv = ["--generate", "500", "--rate", "10", "--stream_name", stream, "--endpoint_url", proxy.url]
    command = [sys.executable, "-m", "producers.kinesis_producer", *argv]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert proxy.answered.wait(60)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert err.count("\n") == 1
    assert "interrupted; " in err
    assert "records had been acknowledged" in err


def test_files_hold_the_records_of_the_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same records as a stream would get, in files, and no stream is looked for."""
    argv = ["--generate", "1000", "--date", "2026-03-01", "--duplicate", "7"]

    code = main([*argv, "--output", str(tmp_path), "--files", "3"])

    records, _ = make_records(parse_options(argv, "producer", NOW, {}), NOW)
    lines = [line for path in sorted(tmp_path.iterdir()) for line in path.read_bytes().splitlines()]
    assert (code, len(list(tmp_path.iterdir()))) == (0, 3)
    assert lines == [record.data for record in records]
    assert "written 1,007 records to 3 files" in capsys.readouterr().out


@pytest.mark.parametrize(
    "command", [[str(ROOT / "producers" / "kinesis_producer.py")], ["-m", "producers.kinesis_producer"]]
)
def test_it_runs_as_a_file_and_as_a_module(command: list[str], tmp_path: Path) -> None:
    """--help gives examples, from any folder for the file."""
    cwd = ROOT if command[0] == "-m" else tmp_path
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    done = subprocess.run(
        [sys.executable, *command, "--help"],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "examples:" in done.stdout
    assert "--csv shipped --generate 20000" in done.stdout
    assert done.stderr == ""


def test_help_returns_to_the_caller(capsys: pytest.CaptureFixture[str]) -> None:
    """`sluice produce --help` shows that name in its examples."""
    assert main(["--help"], prog="sluice produce") == 0
    assert "sluice produce --speed 60" in capsys.readouterr().out


def test_future_records_are_ahead_of_the_time_given() -> None:
    """The clock is an argument: the same records come out whenever this runs."""
    options = parse_options(["--future", "3"], "producer", NOW, {})
    future = [json.loads(r.data)["timestamp"] for r in make_records(options, NOW)[0] if r.kind == "future"]

    assert len(future) == 3
    assert all(datetime.fromisoformat(time) > NOW + timedelta(minutes=5) for time in future)
