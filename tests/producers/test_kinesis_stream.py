"""What is acknowledged is in the stream, through real HTTP to an embedded Kinesis."""

import socket
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, TypeAlias

import pytest

from glue_jobs.core.errors import SinkError
from producers.kinesis_stream import open_stream
from producers.record import Record
from producers.sender import PUT_RECORDS, Backoff, TransientError, send

if TYPE_CHECKING:
    from tests.producers.conftest import Proxy

REGION = "us-east-1"
ReadShards: TypeAlias = Callable[[str], list[list[bytes]]]


def numbered(count: int) -> list[Record]:
    """Records that can be told apart."""
    return [Record(b"%d" % number, "generated", float(number)) for number in range(count)]


def quick() -> Backoff:
    """A backoff that does not wait."""
    return Backoff(sleep=lambda seconds: None, rng=Random(1))


def test_the_stream_holds_what_was_sent(kinesis_url: str, stream: str, shards: ReadShards) -> None:
    """Every record once, empty and binary ones too, byte for byte."""
    records = [*numbered(1200), Record(b"", "malformed", 0.0), Record(b"\xff\x00\n", "malformed", 0.0)]

    summary = send(records, open_stream(stream, REGION, kinesis_url).put_records)

    held = [data for shard in shards(stream) for data in shard]
    assert Counter(held) == Counter(record.data for record in records)
    assert (summary.sent, summary.resent, summary.lost) == (1202, 0, 0)
    assert summary.sent_by_kind == {"generated": 1200, "malformed": 2}


def test_records_are_spread_over_the_shards(kinesis_url: str, stream: str, shards: ReadShards) -> None:
    """Each of four shards gets a quarter of 4,000, give or take a tenth of it."""
    send(numbered(4000), open_stream(stream, REGION, kinesis_url).put_records)

    assert [len(shard) for shard in shards(stream)] == [pytest.approx(1000, rel=0.1)] * 4


def test_refused_records_arrive_in_the_end(proxy: "Proxy", stream: str, shards: ReadShards) -> None:
    """Half of a call refused, then two of those, then a whole call: each record is there once."""
    proxy.refuse_places = {0: set(range(0, 500, 2)), 1: {3, 4}}
    proxy.broken_calls = {2}

    summary = send(numbered(500), open_stream(stream, REGION, proxy.url).put_records, backoff=quick())

    assert proxy.put_calls == [500, 250, 2, 2]
    assert (summary.sent, summary.resent, summary.lost) == (500, 254, 0)
    held = [data for shard in shards(stream) for data in shard]
    assert Counter(held) == Counter(record.data for record in numbered(500))


def test_a_missing_stream_is_named(kinesis_url: str) -> None:
    """One line says which stream, where, and what to do."""
    with pytest.raises(SinkError) as error:
        open_stream("nowhere", REGION, kinesis_url)

    place = f"stream nowhere in us-east-1 at {kinesis_url}"
    assert str(error.value) == f"{place}: does not exist: make it, or correct --stream_name"


def test_an_endpoint_that_nobody_listens_on_is_named(kinesis_url: str) -> None:
    """One line says which endpoint and what to check."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]  # free again after the block

    with pytest.raises(TransientError) as error:
        open_stream("any", REGION, f"http://127.0.0.1:{port}")

    assert f"at http://127.0.0.1:{port}: cannot be reached: " in str(error.value)
    assert str(error.value).endswith("check --endpoint_url, --region and the network")
    assert "\n" not in str(error.value)


def test_an_endpoint_that_is_not_kinesis_is_refused(proxy: "Proxy", stream: str) -> None:
    """An answer that makes no sense is an error of one line, not a traceback."""
    proxy.answers["DescribeStreamSummary"] = (404, {"hello": "there"})

    with pytest.raises(SinkError, match=f"^stream {stream} in us-east-1 at .*404"):
        open_stream(stream, REGION, proxy.url)


def test_missing_credentials_are_reported(
    kinesis_url: str, stream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """boto3's own words, on one line behind the stream's name."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")

    with pytest.raises(SinkError, match=f"^stream {stream} in .*: Unable to locate credentials; set AWS_"):
        open_stream(stream, REGION, kinesis_url)


@pytest.mark.parametrize(
    ("answer", "limit"),
    [
        ((200, {"StreamDescriptionSummary": {"MaxRecordSizeInKiB": 2048}}), 2 * 1024 * 1024),
        ((200, {"StreamDescriptionSummary": {"MaxRecordSizeInKiB": 10240}}), 5 * 1024 * 1024),
        ((200, {"StreamDescriptionSummary": {}}), PUT_RECORDS.record_bytes),
        ((400, {"__type": "AccessDeniedException", "message": "no"}), PUT_RECORDS.record_bytes),
    ],
    ids=["its own", "no more than a call takes", "not said", "not allowed to ask"],
)
def test_the_streams_own_record_limit_holds(
    proxy: "Proxy", stream: str, answer: tuple[int, dict[str, object]], limit: int
) -> None:
    """The limit is the stream's where it says one, and 1 MiB otherwise."""
    proxy.answers["DescribeStreamSummary"] = answer

    assert open_stream(stream, REGION, proxy.url).limits.record_bytes == limit
