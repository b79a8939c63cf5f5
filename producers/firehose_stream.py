"""PutRecordBatch on a real delivery stream, through boto3."""

from collections.abc import Sequence

import boto3
from botocore.exceptions import ClientError

from glue_jobs.contracts.delivery import MAX_BATCH_BYTES, MAX_BATCH_RECORDS, MAX_RECORD_BYTES
from producers.aws_calls import ONE_ATTEMPT, one_error
from producers.sender import Entry, Limits, PutRecords

PUT_RECORD_BATCH = Limits(MAX_BATCH_RECORDS, MAX_BATCH_BYTES, MAX_RECORD_BYTES)


def open_delivery_stream(name: str, region: str, endpoint_url: str | None = None) -> PutRecords:
    """How to put records into the delivery stream `name`, after one call that finds it.

    Credentials come from boto3's own chain. Raises SinkError where the stream or its endpoint is missing, or
    the credentials are.
    """
    place = f"delivery stream {name} in {region}" + (f" at {endpoint_url}" if endpoint_url else "")
    with one_error(place):
        session = boto3.Session(region_name=region)
        client = session.client("firehose", endpoint_url=endpoint_url, config=ONE_ATTEMPT)
        try:
            client.describe_delivery_stream(DeliveryStreamName=name)
        except ClientError as error:  # a producer may put and not describe: then the first put tells
            if error.response["Error"]["Code"] != "AccessDeniedException":
                raise

    def put_record_batch(entries: Sequence[Entry]) -> list[str | None]:
        with one_error(place):
            response = client.put_record_batch(
                DeliveryStreamName=name, Records=[{"Data": entry.data} for entry in entries]
            )
        return [result.get("ErrorCode") for result in response["RequestResponses"]]

    return put_record_batch
