"""PutRecords on a real stream, through boto3."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, NoCredentialsError
from botocore.exceptions import ConnectionError as NoConnectionError
from botocore.parsers import ResponseParserError

from glue_jobs.core.errors import SinkError
from producers.in_flight import MOST_IN_FLIGHT
from producers.sender import MAX_BATCH_BYTES, MAX_RECORD_BYTES, Entry, PutRecords, TransientError

if TYPE_CHECKING:
    from mypy_boto3_kinesis.client import KinesisClient

# The sender repeats calls itself, so that repetitions are counted and only refused records go again. It
# keeps the limits of a call itself, too: boto3's look at each field costs a third of its time.
_ONE_ATTEMPT = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"total_max_attempts": 1},
    max_pool_connections=MOST_IN_FLIGHT,
    parameter_validation=False,
)

_PASSING = {
    "ProvisionedThroughputExceededException",
    "LimitExceededException",
    "KMSThrottlingException",
    "InternalFailureException",
    "Throttling",
    "ThrottlingException",
    "RequestLimitExceeded",
    "RequestTimeout",
    "RequestTimeoutException",
}
"""Error codes of whole calls that pass (Kinesis and common errors in its API reference)."""
_TOO_MANY_REQUESTS = 429
_SERVER_ERRORS = 500


class Stream(NamedTuple):
    """How to put records into one stream, and the largest it takes, partition key included."""

    put_records: PutRecords
    max_record_bytes: int


def open_stream(name: str, region: str, endpoint_url: str | None = None) -> Stream:
    """The stream `name`, after one call that finds it.

    Credentials come from boto3's own chain. Raises SinkError where the stream or its endpoint is
    missing, or the credentials are.
    """
    place = f"stream {name} in {region}" + (f" at {endpoint_url}" if endpoint_url else "")
    with _one_error(place):
        session = boto3.Session(region_name=region)
        client = session.client("kinesis", endpoint_url=endpoint_url, config=_ONE_ATTEMPT)
        limit = _max_record_bytes(client, name)

    def put_records(entries: Sequence[Entry]) -> list[str | None]:
        with _one_error(place):
            response = client.put_records(
                StreamName=name,
                Records=[{"Data": entry.data, "PartitionKey": entry.partition_key} for entry in entries],
            )
        return [result.get("ErrorCode") for result in response["Records"]]

    return Stream(put_records, limit)


def _max_record_bytes(client: "KinesisClient", name: str) -> int:
    """The stream's own limit; the general one where the caller may put but not describe."""
    try:
        summary = client.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDeniedException":
            raise
        return MAX_RECORD_BYTES
    kibibytes = summary.get("MaxRecordSizeInKiB")
    return min(kibibytes * 1024, MAX_BATCH_BYTES) if kibibytes else MAX_RECORD_BYTES


@contextmanager
def _one_error(place: str) -> Iterator[None]:
    """Turns what boto3 raises inside the block into one line that names the stream."""
    try:
        yield
    except ClientError as error:
        raise _refusal(place, error) from error
    except (NoConnectionError, HTTPClientError) as error:
        problem = " ".join(str(error).split())
        advice = "check --endpoint_url, --region and the network"
        raise TransientError(f"{place}: cannot be reached: {problem.rstrip('.')}: {advice}") from error
    except NoCredentialsError as error:
        advice = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        raise SinkError(f"{place}: {error}; {advice}") from error
    except (BotoCoreError, ResponseParserError, ValueError) as error:
        raise SinkError(f"{place}: {' '.join(str(error).split())}") from error


def _refusal(place: str, error: ClientError) -> SinkError:
    code = error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    if code == "ResourceNotFoundException":
        return SinkError(f"{place}: does not exist: make it, or correct --stream_name")
    message = f"{place}: {code}: {' '.join(error.response['Error'].get('Message', '').split())}"
    passing = code in _PASSING or status == _TOO_MANY_REQUESTS or status >= _SERVER_ERRORS
    return TransientError(message) if passing else SinkError(message)
