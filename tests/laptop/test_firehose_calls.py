"""Firehose's API, as a client sees it. Every test speaks HTTP to the server."""

import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session
from botocore.validate import ParamValidator

from glue_jobs.contracts.delivery import ORDERS, create_request
from laptop.embedded_aws import EmbeddedAws, embedded_aws
from laptop.firehose_client import deliver_now, make_stream
from tests.laptop.conftest import SESSION
from tests.laptop.firehoses import BUCKET, ROLE, SMALL, delivered, make
from tests.laptop.test_embedded_aws import another_process, is_gone_within, server_of

if TYPE_CHECKING:
    from mypy_boto3_firehose.client import FirehoseClient

KIB = 2**10


def client(endpoint_url: str, region: str = "us-east-1") -> "FirehoseClient":
    """A client that asks once."""
    once = Config(retries={"total_max_attempts": 1})
    return SESSION.client("firehose", endpoint_url=endpoint_url, region_name=region, config=once)


@pytest.fixture(scope="module")
def lake_of_all(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lake of the server below."""
    return tmp_path_factory.mktemp("firehose-lake")


@pytest.fixture(scope="module")
def server(lake_of_all: Path) -> Iterator[EmbeddedAws]:
    """A server of its own, for what is delivered is looked at in its lake."""
    with embedded_aws(lake_of_all.as_uri()) as running:
        yield running


@pytest.fixture
def firehose(server: EmbeddedAws) -> "Iterator[FirehoseClient]":
    """A client of a Firehose with no streams before and after the test."""
    made = client(server.endpoint_url)
    yield made
    for name in made.list_delivery_streams(Limit=100)["DeliveryStreamNames"]:
        made.delete_delivery_stream(DeliveryStreamName=name)
    made.close()


@pytest.fixture
def stream(firehose: "FirehoseClient", request: pytest.FixtureRequest) -> str:
    """A stream of the test's own, delivered below `landing/<stream>`."""
    name = f"s{abs(hash(request.node.name))}"
    return make(firehose, replace(SMALL, name=name, prefix=f"landing/{name}/!{{timestamp:yyyy}}/"))


def refusal(error: Any) -> tuple[str, str]:
    """Code and words of what a client raised."""
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_what_is_put_is_delivered_on_demand(
    server: EmbeddedAws, firehose: "FirehoseClient", stream: str, lake_of_all: Path
) -> None:
    """Alone or in a batch, in order; each record gets an id of its own."""
    first = firehose.put_record(DeliveryStreamName=stream, Record={"Data": b"1"})
    batch = firehose.put_record_batch(DeliveryStreamName=stream, Records=[{"Data": b"2"}, {"Data": b""}])
    deliver_now(server.endpoint_url)
    assert list(delivered(lake_of_all, f"landing/{stream}").values()) == [b"1\n2\n\n"]
    assert batch["FailedPutCount"] == 0
    ids = [first["RecordId"], *(answer["RecordId"] for answer in batch["RequestResponses"])]
    assert len(set(ids)) == 3


def test_a_full_buffer_is_delivered_by_itself(
    firehose: "FirehoseClient", stream: str, lake_of_all: Path
) -> None:
    """The server delivers it meanwhile; deleting the stream is not what brings it."""
    records: Any = [{"Data": b"x" * (1000 * KIB)}] * 2
    firehose.put_record_batch(DeliveryStreamName=stream, Records=records)
    for _ in range(2000):  # calls of a millisecond or so: the server works beside them
        firehose.list_delivery_streams()
        if contents := list(delivered(lake_of_all, f"landing/{stream}").values()):
            break
    assert list(map(len, contents)) == [2 * (1000 * KIB + 1)]


@pytest.mark.parametrize(
    ("sizes", "code", "words"),
    [
        ([1000 * KIB + 1], "ValidationException", "'records.1.member.data'"),
        ([1] * 501, "ValidationException", "less than or equal to 500"),
        ([900 * KIB] * 5, "InvalidArgumentException", "Records size exceeds 4 MB limit"),
    ],
    ids=["a record over 1,000 KiB", "501 records", "a call over 4 MiB"],
)
def test_a_call_over_the_limits_puts_nothing(
    server: EmbeddedAws,
    firehose: "FirehoseClient",
    stream: str,
    lake_of_all: Path,
    sizes: list[int],
    code: str,
    words: str,
) -> None:
    """It is refused as a whole; at the limits it is taken."""
    with pytest.raises(ClientError) as error:
        firehose.put_record_batch(
            DeliveryStreamName=stream, Records=[{"Data": bytes(size)} for size in sizes]
        )
    assert refusal(error)[0] == code
    assert words in refusal(error)[1]
    deliver_now(server.endpoint_url)
    assert delivered(lake_of_all, f"landing/{stream}") == {}


def test_a_call_at_the_limits_is_taken(firehose: "FirehoseClient", stream: str) -> None:
    """500 records; one of 1,000 KiB; 4 MiB in all."""
    for sizes in ([1] * 500, [1000 * KIB], [1000 * KIB] * 4 + [96 * KIB]):
        records: Any = [{"Data": bytes(size)} for size in sizes]
        assert firehose.put_record_batch(DeliveryStreamName=stream, Records=records)["FailedPutCount"] == 0


def test_a_stream_that_is_not_there_is_named(firehose: "FirehoseClient") -> None:
    """By each call that asks for one."""
    record: Any = {"Data": b"x"}
    for call in (
        lambda: firehose.put_record(DeliveryStreamName="none", Record=record),
        lambda: firehose.put_record_batch(DeliveryStreamName="none", Records=[record]),
        lambda: firehose.describe_delivery_stream(DeliveryStreamName="none"),
        lambda: firehose.delete_delivery_stream(DeliveryStreamName="none"),
    ):
        with pytest.raises(ClientError) as error:
            call()
        assert refusal(error) == (
            "ResourceNotFoundException",
            "Firehose none under account 123456789012 not found.",
        )


def test_a_stream_is_described_as_it_was_made(firehose: "FirehoseClient") -> None:
    """With all that the API's own model asks for."""
    make(firehose, ORDERS)
    answer = firehose.describe_delivery_stream(DeliveryStreamName=ORDERS.name)
    described: Any = answer["DeliveryStreamDescription"]
    operation = Session().get_service_model("firehose").operation_model("DescribeDeliveryStream")
    assert operation.output_shape is not None
    plain = {"DeliveryStreamDescription": described}
    assert not ParamValidator().validate(plain, operation.output_shape).has_errors()
    assert (described["DeliveryStreamStatus"], described["VersionId"]) == ("ACTIVE", "1")
    destination = described["Destinations"][0]["ExtendedS3DestinationDescription"]
    asked = create_request(ORDERS, BUCKET, ROLE)["ExtendedS3DestinationConfiguration"]
    assert {name: destination[name] for name in asked} == asked


def test_streams_are_listed_in_order_of_name(firehose: "FirehoseClient") -> None:
    """A page at a time."""
    for name in "cab":
        make(firehose, replace(SMALL, name=name))
    first = firehose.list_delivery_streams(Limit=2)
    rest = firehose.list_delivery_streams(ExclusiveStartDeliveryStreamName="b")
    assert (first["DeliveryStreamNames"], first["HasMoreDeliveryStreams"]) == (["a", "b"], True)
    assert (rest["DeliveryStreamNames"], rest["HasMoreDeliveryStreams"]) == (["c"], False)


def test_every_region_has_the_streams_of_the_lake(server: EmbeddedAws, firehose: "FirehoseClient") -> None:
    """Whichever AWS_REGION a producer was given."""
    make(firehose, SMALL)
    elsewhere = client(server.endpoint_url, "sa-east-1")
    assert elsewhere.list_delivery_streams()["DeliveryStreamNames"] == ["small"]
    elsewhere.close()


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"Prefix": "x/!{timestamp:YYYY}/"}, "InvalidArgumentException", "got prefix 'x/!{timestamp:YYYY}/'"),
        ({"ErrorOutputPrefix": "e/"}, "InvalidArgumentException", "got error_prefix 'e/'"),
        ({"Prefix": "../!{timestamp:yyyy}/"}, "InvalidArgumentException", "the bucket is a folder: ../2"),
        ({"Prefix": "/etc/!{timestamp:yyyy}/"}, "InvalidArgumentException", "the bucket is a folder"),
        ({"Prefix": "!{timestamp:'..'}/"}, "InvalidArgumentException", "the bucket is a folder: ../small"),
        ({"CompressionFormat": "ZIP"}, "InvalidArgumentException", "got compression 'ZIP'"),
        (
            {"BufferingHints": {"SizeInMBs": 129, "IntervalInSeconds": 60}},
            "InvalidArgumentException",
            "got buffer_mb 129",
        ),
        (
            {"ProcessingConfiguration": {"Enabled": True, "Processors": [{"Type": "Lambda"}]}},
            "InvalidArgumentException",
            "AppendDelimiterToRecord is the only processor",
        ),
    ],
)
def test_settings_that_cannot_be_are_refused(
    firehose: "FirehoseClient", change: dict[str, Any], code: str, words: str
) -> None:
    """And make no stream."""
    request = create_request(SMALL, BUCKET, ROLE)
    request["ExtendedS3DestinationConfiguration"] |= change
    with pytest.raises(ClientError) as error:
        firehose.create_delivery_stream(**request)
    assert refusal(error)[0] == code
    assert words in refusal(error)[1]
    assert firehose.list_delivery_streams()["DeliveryStreamNames"] == []


def test_a_stream_is_made_once(firehose: "FirehoseClient") -> None:
    """A second one of its name is refused."""
    make(firehose, SMALL)
    with pytest.raises(ClientError) as error:
        make(firehose, SMALL)
    assert refusal(error)[0] == "ResourceInUseException"


def test_making_a_stream_anew_changes_its_settings(firehose: "FirehoseClient") -> None:
    """Whether it was there or not."""
    make_stream(firehose, SMALL)
    make_stream(firehose, replace(SMALL, buffer_mb=7))
    described = firehose.describe_delivery_stream(DeliveryStreamName="small")["DeliveryStreamDescription"]
    destination = described["Destinations"][0]["ExtendedS3DestinationDescription"]
    assert destination["BufferingHints"]["SizeInMBs"] == 7


def test_a_destination_or_source_of_another_kind_is_refused(firehose: "FirehoseClient") -> None:
    """Here a stream is put into directly and delivers to S3."""
    source: Any = {"KinesisStreamARN": "arn:aws:kinesis:us-east-1:123456789012:stream/s", "RoleARN": ROLE}
    request = create_request(SMALL, BUCKET, ROLE) | {"DeliveryStreamType": "KinesisStreamAsSource"}
    with pytest.raises(ClientError, match="direct puts"):
        firehose.create_delivery_stream(**request, KinesisStreamSourceConfiguration=source)


@pytest.mark.parametrize(
    ("operation", "body", "code"),
    [
        ("PutRecordBatch", "[]", "SerializationException"),
        ("PutRecordBatch", "{}", "ValidationException"),
        ("PutRecordBatch", '{"DeliveryStreamName": 5}', "SerializationException"),
        ("PutRecordBatch", '{"DeliveryStreamName": "small"}', "ValidationException"),
        ("PutRecordBatch", '{"DeliveryStreamName": "small", "Records": []}', "ValidationException"),
        ("PutRecordBatch", '{"DeliveryStreamName": "small", "Records": "x"}', "SerializationException"),
        ("PutRecordBatch", '{"DeliveryStreamName": "small", "Records": [{}]}', "ValidationException"),
        ("PutRecordBatch", '{"DeliveryStreamName": "small", "Records": [5]}', "SerializationException"),
        (
            "PutRecordBatch",
            '{"DeliveryStreamName": "small", "Records": [{"Data": "eA=="}, {"Data": "no base64"}]}',
            "SerializationException",
        ),
        ("PutRecord", '{"DeliveryStreamName": "small"}', "ValidationException"),
        ("CreateDeliveryStream", '{"DeliveryStreamName": "x"}', "ValidationException"),
        (
            "CreateDeliveryStream",
            '{"DeliveryStreamName": "x", "S3DestinationConfiguration": {"BucketARN": "b", "RoleARN": "r", '
            '"BufferingHints": {"SizeInMBs": "5"}}}',
            "SerializationException",
        ),
        ("ListDeliveryStreams", '{"Limit": 0}', "ValidationException"),
        ("UpdateDestination", "{}", "UnknownOperationException"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(
    server: EmbeddedAws, firehose: "FirehoseClient", operation: str, body: str, code: str
) -> None:
    """As AWS refuses it, with the status that a client does not repeat."""
    make(firehose, SMALL)
    headers = {"X-Amz-Target": f"Firehose_20150804.{operation}"}
    with pytest.raises(HTTPError) as caught:
        urlopen(Request(server.endpoint_url, body.encode(), headers))  # noqa: S310 - an address of our own
    with caught.value as answer:
        assert (answer.code, answer.headers["Content-Type"]) == (400, "application/x-amz-json-1.1")
        assert json.loads(answer.read())["__type"] == code


def test_an_orderly_stop_delivers_and_a_kill_keeps(lake: Path) -> None:
    """Killed with its parent: the next server has the records, and delivers them when it is stopped."""
    with another_process(lake.as_uri()) as (process, endpoint_url):
        put = client(endpoint_url)
        make(put, SMALL)
        put.put_record(DeliveryStreamName="small", Record={"Data": b"kept"})
        put.close()
        server = server_of(process.pid)
        os.kill(server, signal.SIGKILL)
        assert is_gone_within(10, server)
    assert delivered(lake, "landing") == {}
    with embedded_aws(lake.as_uri()) as running:
        put = client(running.endpoint_url)
        put.put_record(DeliveryStreamName="small", Record={"Data": b"later"})
        put.close()
    assert list(delivered(lake, "landing").values()) == [b"kept\nlater\n"]


def test_a_full_disk_refuses_records_and_keeps_those_it_took(
    firehose: "FirehoseClient", server: EmbeddedAws, stream: str, lake_of_all: Path
) -> None:
    """As AWS refuses when it is busy; afterwards all is as before."""
    firehose.put_record(DeliveryStreamName=stream, Record={"Data": b"taken"})
    (buffer,) = (lake_of_all / "_firehose").glob("*.buffer")
    aside = buffer.with_suffix(".aside")
    buffer.rename(aside)
    buffer.mkdir()  # what stands there cannot be written to, as on a disk that is full
    records: Any = [{"Data": b"a"}, {"Data": b"b"}]
    answer = firehose.put_record_batch(DeliveryStreamName=stream, Records=records)
    with pytest.raises(ClientError) as error:
        firehose.put_record(DeliveryStreamName=stream, Record={"Data": b"c"})
    buffer.rmdir()
    aside.rename(buffer)
    assert answer["FailedPutCount"] == 2
    assert Counter(one["ErrorCode"] for one in answer["RequestResponses"]) == {
        "ServiceUnavailableException": 2
    }
    assert refusal(error)[0] == "ServiceUnavailableException"
    deliver_now(server.endpoint_url)
    assert list(delivered(lake_of_all, f"landing/{stream}").values()) == [b"taken\n"]
