"""What Firehose does not take is refused as AWS refuses it. Every test speaks HTTP to the server."""

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from glue_jobs.contracts.delivery import create_request
from laptop.embedded_aws import EmbeddedAws
from laptop.firehose_client import deliver_now
from tests.laptop.firehoses import BUCKET, ROLE, SMALL, delivered, make

if TYPE_CHECKING:
    from mypy_boto3_firehose.client import FirehoseClient

KIB = 2**10


def refusal(error: Any) -> tuple[str, str]:
    """Code and words of what a client raised."""
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


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
    firehose_server: "EmbeddedAws",
    firehose: "FirehoseClient",
    delivery_stream: str,
    firehose_lake: Path,
    sizes: list[int],
    code: str,
    words: str,
) -> None:
    """It is refused as a whole; at the limits it is taken."""
    with pytest.raises(ClientError) as error:
        firehose.put_record_batch(
            DeliveryStreamName=delivery_stream, Records=[{"Data": bytes(size)} for size in sizes]
        )
    assert refusal(error)[0] == code
    assert words in refusal(error)[1]
    deliver_now(firehose_server.endpoint_url)
    assert delivered(firehose_lake, f"landing/{delivery_stream}") == {}


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
    firehose_server: "EmbeddedAws", firehose: "FirehoseClient", operation: str, body: str, code: str
) -> None:
    """As AWS refuses it, with the status that a client does not repeat."""
    make(firehose, SMALL)
    headers = {"X-Amz-Target": f"Firehose_20150804.{operation}"}
    with pytest.raises(HTTPError) as caught:
        urlopen(Request(firehose_server.endpoint_url, body.encode(), headers))  # noqa: S310 - an address of our own
    with caught.value as answer:
        assert (answer.code, answer.headers["Content-Type"]) == (400, "application/x-amz-json-1.1")
        assert json.loads(answer.read())["__type"] == code


def test_a_full_disk_refuses_records_and_keeps_those_it_took(
    firehose: "FirehoseClient", firehose_server: "EmbeddedAws", delivery_stream: str, firehose_lake: Path
) -> None:
    """As AWS refuses when it is busy; afterwards all is as before."""
    firehose.put_record(DeliveryStreamName=delivery_stream, Record={"Data": b"taken"})
    (buffer,) = (firehose_lake / "_firehose").glob("*.buffer")
    aside = buffer.with_suffix(".aside")
    buffer.rename(aside)
    buffer.mkdir()  # what stands there cannot be written to, as on a disk that is full
    records: Any = [{"Data": b"a"}, {"Data": b"b"}]
    answer = firehose.put_record_batch(DeliveryStreamName=delivery_stream, Records=records)
    with pytest.raises(ClientError) as error:
        firehose.put_record(DeliveryStreamName=delivery_stream, Record={"Data": b"c"})
    buffer.rmdir()
    aside.rename(buffer)
    assert answer["FailedPutCount"] == 2
    assert Counter(one["ErrorCode"] for one in answer["RequestResponses"]) == {
        "ServiceUnavailableException": 2
    }
    assert refusal(error)[0] == "ServiceUnavailableException"
    deliver_now(firehose_server.endpoint_url)
    assert list(delivered(firehose_lake, f"landing/{delivery_stream}").values()) == [b"taken\n"]
