"""PutRecords on a real stream, through boto3."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import boto3
from botocore.exceptions import ClientError

from producers.aws_calls import ONE_ATTEMPT, one_error
from producers.sender import PUT_RECORDS, Entry, Limits, PutRecords

if TYPE_CHECKING:
    from mypy_boto3_kinesis.client import KinesisClient


class Stream(NamedTuple):
    """How to put records into one stream, and what it takes in a call."""

    put_records: PutRecords
    limits: Limits


def open_stream(name: str, region: str, endpoint_url: str | None = None) -> Stream:
    """The stream `name`, after one call that finds it.

    Credentials come from boto3's own chain. Raises SinkError where the stream or its endpoint is
    missing, or the credentials are.
    """
    place = f"stream {name} in {region}" + (f" at {endpoint_url}" if endpoint_url else "")
    with one_error(place):
        session = boto3.Session(region_name=region)
        client = session.client("kinesis", endpoint_url=endpoint_url, config=ONE_ATTEMPT)
        limits = _limits(client, name)

    def put_records(entries: Sequence[Entry]) -> list[str | None]:
        with one_error(place):
            response = client.put_records(
                StreamName=name,
                Records=[{"Data": entry.data, "PartitionKey": entry.partition_key} for entry in entries],
            )
        return [result.get("ErrorCode") for result in response["Records"]]

    return Stream(put_records, limits)


def _limits(client: "KinesisClient", name: str) -> Limits:
    """With the stream's own limit of a record; the general one where the caller may put but not describe."""
    try:
        summary = client.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDeniedException":
            raise
        return PUT_RECORDS
    kibibytes = summary.get("MaxRecordSizeInKiB")
    if not kibibytes:
        return PUT_RECORDS
    return replace(PUT_RECORDS, record_bytes=min(kibibytes * 1024, PUT_RECORDS.batch_bytes))
