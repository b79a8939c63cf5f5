"""The command, against the embedded Firehose: what is acknowledged is delivered, the rest is told."""

import gzip
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import boto3
import pytest

from cli.main import main as sluice
from glue_jobs.contracts.delivery import ORDERS
from glue_jobs.core.errors import SinkError
from laptop.embedded_aws import embedded_aws
from laptop.firehose_client import deliver_now, make_stream
from producers.firehose_stream import PUT_RECORD_BATCH, open_delivery_stream
from producers.order_options import parse_order_options
from producers.orders_producer import main, make_orders
from producers.record import Record
from producers.sender import Backoff, send
from tests.producers.conftest import Proxy

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
ASKED = ["--total", "730", "--seed", "4", "--start", "2026-03-01T00:00:00Z"]
TROUBLES = ["--late", "2", "--duplicate", "3", "--malformed", "5", "--wrong_type", "4", "--out_of_range", "5"]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lake of the module's Firehose."""
    return tmp_path_factory.mktemp("orders-lake")


@pytest.fixture(scope="module")
def server(lake: Path) -> Iterator[str]:
    """The endpoint of an embedded AWS, with credentials for it and nothing else in the environment."""
    with embedded_aws(lake.as_uri()) as aws, pytest.MonkeyPatch.context() as patch:
        for name in ("FIREHOSE_STREAM", "TOTAL", "BATCH", "P_UPDATE", "AWS_REGION", "AWS_DEFAULT_REGION"):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        yield aws.endpoint_url


@pytest.fixture
def stream(server: str, request: pytest.FixtureRequest) -> str:
    """A delivery stream of the test's own."""
    name = f"s{abs(hash(request.node.name))}"
    client = boto3.client("firehose", region_name="us-east-1", endpoint_url=server)
    make_stream(client, replace(ORDERS, name=name, prefix=f"landing/{name}/!{{timestamp:yyyy}}/"))
    client.close()
    return name


def landed(lake: Path, server: str, stream: str) -> list[bytes]:
    """The lines that the stream has delivered so far and now."""
    deliver_now(server)
    files = (lake / "landing" / stream).rglob("*.gz")
    return [line for file in files for line in gzip.decompress(file.read_bytes()).split(b"\n")[:-1]]


def test_every_record_lands_as_a_line_of_its_own(
    server: str, lake: Path, stream: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exactly the records of the options, troubles too, and no empty line but the empty record."""
    code = main([*ASKED, *TROUBLES, "--stream_name", stream, "--endpoint_url", server])

    records, count = make_orders(parse_order_options([*ASKED, *TROUBLES], "producer", NOW, {}), NOW)
    sent = [record.data for record in records]
    out, err = capsys.readouterr()
    assert (code, err, count) == (0, "", 749)
    assert landed(lake, server, stream) == sent
    told = [line.split()[:3] for line in out.splitlines()]
    assert told[0] == ["sent", "749", f"({sum(map(len, sent)):,}"]
    assert sum(int(line[1]) for line in told[1:3]) == 730
    assert [line[0] for line in told[1:3]] == ["insert", "update"]
    assert told[3:] == [
        ["late", "2"],
        ["duplicate", "3"],
        ["malformed", "5"],
        ["wrong_type", "4"],
        ["out_of_range", "5"],
        ["sent", "again", "0"],
        ["lost", "0"],
    ]


class FirehoseProxy(Proxy):
    """A proxy between a test and the embedded Firehose."""

    puts, results, refused = "PutRecordBatch", "RequestResponses", "FailedPutCount"


def numbered(count: int) -> list[Record]:
    """Records that can be told apart."""
    return [Record(b"%d" % number, "insert", float(number)) for number in range(count)]


def test_refused_records_alone_are_sent_again(server: str, lake: Path, stream: str) -> None:
    """Half of a call refused, then two of those, then a whole call: each record lands once."""
    with FirehoseProxy(server) as proxy:
        proxy.refuse_places = {0: set(range(0, 500, 2)), 1: {3, 4}}
        proxy.broken_calls = {2}
        put = open_delivery_stream(stream, "us-east-1", proxy.url)
        quick = Backoff(sleep=lambda seconds: None, rng=Random(1))
        summary = send(numbered(500), put, limits=PUT_RECORD_BATCH, backoff=quick)
    assert proxy.put_calls == [500, 250, 2, 2]
    assert (summary.sent, summary.resent, summary.lost) == (500, 254, 0)
    assert Counter(landed(lake, server, stream)) == Counter(record.data for record in numbered(500))


def test_a_call_has_as_many_records_as_asked_for(server: str, stream: str) -> None:
    """The last one the rest."""
    with FirehoseProxy(server) as proxy:
        assert main([*ASKED, "--batch", "200", "--stream_name", stream, "--endpoint_url", proxy.url]) == 0
    assert proxy.put_calls == [200, 200, 200, 130]


def test_records_within_the_limits_are_taken_and_a_larger_one_is_told(
    server: str, lake: Path, stream: str
) -> None:
    """Five of 1,000 KiB are two calls of at most 4 MiB; one byte more is not tried."""
    sizes = [1_024_000] * 5 + [1_024_001]
    records = [Record(b"x" * size, "insert", 0.0) for size in sizes]
    with FirehoseProxy(server) as proxy:
        summary = send(records, open_delivery_stream(stream, "us-east-1", proxy.url), limits=PUT_RECORD_BATCH)
    assert proxy.put_calls == [4, 1]
    assert (summary.sent, summary.lost) == (5, 1)
    assert summary.lost_by_reason == {"over the limit of 1,024,000 bytes a record": 1}
    assert len(landed(lake, server, stream)) == 5


def test_a_missing_stream_is_named(server: str) -> None:
    """One line says which stream, where, and what to do."""
    with pytest.raises(SinkError) as error:
        open_delivery_stream("nowhere", "us-east-1", server)
    place = f"delivery stream nowhere in us-east-1 at {server}"
    assert str(error.value) == f"{place}: does not exist: make it, or correct --stream_name"


def test_a_producer_that_may_not_describe_may_still_put(server: str, lake: Path, stream: str) -> None:
    """Its rights may end there."""
    with FirehoseProxy(server) as proxy:
        proxy.answers["DescribeDeliveryStream"] = (400, {"__type": "AccessDeniedException", "message": "no"})
        assert send(numbered(1), open_delivery_stream(stream, "us-east-1", proxy.url)).sent == 1
    assert landed(lake, server, stream) == [b"0"]


def test_files_hold_the_same_records_as_a_stream_would_get(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One a line; equal options, equal bytes; through `sluice` too."""
    argv = [*ASKED, *TROUBLES, "--files", "2"]
    assert main([*argv, "--output", str(tmp_path / "a")]) == 0
    assert sluice(["produce", "orders", *argv, "--output", str(tmp_path / "b")]) == 0
    records = [record.data for record in make_orders(parse_order_options(argv[:-2], "p", NOW, {}), NOW)[0]]
    for folder in ("a", "b"):
        files = sorted((tmp_path / folder).iterdir())
        assert b"".join(file.read_bytes() for file in files) == b"".join(data + b"\n" for data in records)


def test_the_file_is_a_program_of_its_own(tmp_path: Path) -> None:
    """Called from anywhere."""
    program = str(ROOT / "producers" / "orders_producer.py")
    done = subprocess.run(
        [sys.executable, program, "--total", "3", "--output", "here"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "written 3 records to 1 files in here" in done.stdout
