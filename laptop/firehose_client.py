"""What a program on this machine asks of the Firehose of a lake, beside putting records."""

from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from glue_jobs.contracts.delivery import DeliveryStream, create_request
from glue_jobs.core.errors import SinkError

if TYPE_CHECKING:
    from mypy_boto3_firehose.client import FirehoseClient

DELIVER_PATH = "/sluice/firehose/deliver"
"""A POST to it delivers all that Firehose has taken, whatever its buffers wait for, and then answers."""

_BUCKET = "arn:aws:s3:::lake"
_ROLE = "arn:aws:iam::123456789012:role/firehose"
_LONGEST_SECONDS = 120.0
_OK = 200


def make_stream(firehose: "FirehoseClient", stream: DeliveryStream) -> None:
    """Makes the stream anew with these settings; what an earlier one of the name has taken is delivered."""
    if stream.name in firehose.list_delivery_streams(Limit=10_000)["DeliveryStreamNames"]:
        firehose.delete_delivery_stream(DeliveryStreamName=stream.name)
    firehose.create_delivery_stream(**create_request(stream, _BUCKET, _ROLE))


def deliver_now(endpoint_url: str) -> None:
    """Has every record delivered that is acknowledged.

    Raises:
        SinkError: one cannot be delivered; it is kept, and tried again.
    """
    connection = HTTPConnection(urlsplit(endpoint_url).netloc, timeout=_LONGEST_SECONDS)
    try:
        connection.request("POST", DELIVER_PATH)
        answer = connection.getresponse()
        told = answer.read().decode()
    except OSError as error:
        raise SinkError(
            f"{endpoint_url}: the embedded AWS does not answer: {error}; start it again"
        ) from error
    finally:
        connection.close()
    if answer.status != _OK:
        raise SinkError(f"Firehose cannot deliver: {told}; make room, the records are kept")
