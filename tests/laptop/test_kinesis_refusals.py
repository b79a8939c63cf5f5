"""A call that is wrong in itself is refused as AWS refuses it, and puts nothing. Every test speaks HTTP."""

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.laptop.shards import FIRST, SECOND, read, texts

if TYPE_CHECKING:
    from mypy_boto3_kinesis.client import KinesisClient

    from laptop.embedded_aws import EmbeddedAws

GOOD = {"Data": "eA==", "PartitionKey": "k"}


def refusal(aws: "EmbeddedAws", operation: str, body: bytes, region: str = "us-east-1") -> tuple[str, str]:
    """The kind and the words of the error that a client gets, whose own checks do not come in between."""
    scope = f"Credential=testing/20261122/{region}/kinesis/aws4_request"
    headers = {"X-Amz-Target": f"Kinesis_20131202.{operation}", "Authorization": scope}
    with pytest.raises(HTTPError) as caught:
        urlopen(Request(aws.endpoint_url, body, headers))  # noqa: S310 - an address of our own
    with caught.value as answer:
        assert (answer.code, answer.headers["Content-Type"]) == (400, "application/x-amz-json-1.1")
        told = json.loads(answer.read())
    return told["__type"], told["message"]


@pytest.mark.parametrize("operation", ["PutRecords", "GetRecords"])
@pytest.mark.parametrize("body", [b"[]", b"null", b"5", b"", b"{"])
def test_a_body_that_is_no_object_is_refused(aws: "EmbeddedAws", operation: str, body: bytes) -> None:
    """As what cannot be read."""
    assert refusal(aws, operation, body)[0] == "SerializationException"


def test_a_region_that_is_none_is_named(aws: "EmbeddedAws") -> None:
    """There is no Kinesis to ask."""
    kind, words = refusal(aws, "PutRecords", b"{}", region="mars-north-1")
    assert kind == "InvalidSignatureException"
    assert "mars-north-1" in words


@pytest.mark.parametrize(
    ("entry", "kind", "words"),
    [
        (5, "SerializationException", "records.2.member"),
        ({"Data": "eA=="}, "ValidationException", "Value null at 'records.2.member.partitionKey'"),
        ({"PartitionKey": "k"}, "ValidationException", "Value null at 'records.2.member.data'"),
        (GOOD | {"Data": "no base64"}, "SerializationException", "records.2.member.data"),
        (GOOD | {"Data": "\u00f1"}, "SerializationException", "records.2.member.data"),
        (GOOD | {"PartitionKey": 7}, "SerializationException", "records.2.member.partitionKey"),
        (GOOD | {"PartitionKey": ""}, "InvalidArgumentException", "1 to 256 characters"),
        (GOOD | {"ExplicitHashKey": 7}, "SerializationException", "records.2.member.explicitHashKey"),
        (GOOD | {"ExplicitHashKey": "x"}, "ValidationException", "Value 'x' at 'records.2.member.explicit"),
        (GOOD | {"ExplicitHashKey": "-1"}, "ValidationException", "Value '-1' at 'records.2.member.explicit"),
        (GOOD | {"ExplicitHashKey": str(2**128)}, "InvalidArgumentException", "not below 2^128"),
    ],
)
def test_one_wrong_entry_keeps_those_before_it_out(
    aws: "EmbeddedAws", kinesis: "KinesisClient", stream: str, entry: Any, kind: str, words: str
) -> None:
    """Or a producer that repeats the call would put them twice."""
    body = json.dumps({"StreamName": stream, "Records": [GOOD, entry]}).encode()
    told = refusal(aws, "PutRecords", body)
    assert told[0] == kind
    assert words in told[1]
    assert [texts(read(kinesis, stream, shard)) for shard in (FIRST, SECOND)] == [[], []]


@pytest.mark.parametrize(
    ("named", "kind"),
    [
        ({}, "InvalidArgumentException"),
        ({"StreamName": ["a"]}, "SerializationException"),
        ({"StreamARN": "none"}, "ValidationException"),
        ({"StreamName": "never"}, "ResourceNotFoundException"),
    ],
)
def test_a_stream_that_is_none_is_refused(aws: "EmbeddedAws", named: dict[str, Any], kind: str) -> None:
    """Whatever is wrong with its name."""
    assert refusal(aws, "PutRecords", json.dumps(named | {"Records": [GOOD]}).encode())[0] == kind


@pytest.mark.parametrize(
    ("records", "kind"),
    [(None, "ValidationException"), ([], "ValidationException"), ("x", "SerializationException")],
)
def test_a_call_without_entries_is_refused(aws: "EmbeddedAws", stream: str, records: Any, kind: str) -> None:
    """None at all, and something else in their place."""
    body = json.dumps({"StreamName": stream, "Records": records}).encode()
    assert refusal(aws, "PutRecords", body)[0] == kind


def iterator(text: str) -> str:
    """As the server writes one."""
    return b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("request_body", "kind"),
    [
        ({}, "ValidationException"),
        ({"ShardIterator": 5}, "SerializationException"),
        ({"ShardIterator": "x"}, "InvalidArgumentException"),
        ({"ShardIterator": iterator("no parts")}, "InvalidArgumentException"),
        ({"ShardIterator": iterator("stream:shardId-000000000000:x")}, "InvalidArgumentException"),
        ({"ShardIterator": iterator("never:shardId-000000000000:0")}, "ResourceNotFoundException"),
    ],
)
def test_an_iterator_that_is_none_is_refused(
    aws: "EmbeddedAws", request_body: dict[str, Any], kind: str
) -> None:
    """Whatever it is instead."""
    assert refusal(aws, "GetRecords", json.dumps(request_body).encode())[0] == kind


@pytest.mark.parametrize(
    ("limit", "kind"),
    [
        (-1, "ValidationException"),
        (0, "ValidationException"),
        (10_001, "ValidationException"),
        ("x", "SerializationException"),
        (True, "SerializationException"),
    ],
)
def test_a_limit_is_a_number_from_one_to_ten_thousand(
    aws: "EmbeddedAws", stream: str, limit: Any, kind: str
) -> None:
    """Others are refused before anything is read."""
    body = {"ShardIterator": iterator(f"{stream}:{FIRST}:0"), "Limit": limit}
    assert refusal(aws, "GetRecords", json.dumps(body).encode())[0] == kind
