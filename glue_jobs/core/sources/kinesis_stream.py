"""The calls to Kinesis that a source needs, with patience for what passes by itself.

A call is made again, for up to `PATIENCE`, while the stream is throttled (a shard serves five GetRecords
calls and 2 MB a second, for all its readers together) and while the credentials have expired: those of a
role are renewed by whoever gives them, so each attempt asks boto3's chain for them anew. Whatever else goes
wrong is an error at once; what boto3 tries again by itself (a lost connection, an answer of 500) has been.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from glue_jobs.core.errors import SourceError
from glue_jobs.core.redaction import one_line

if TYPE_CHECKING:
    from mypy_boto3_kinesis.client import KinesisClient
    from mypy_boto3_kinesis.type_defs import ShardTypeDef

PATIENCE = timedelta(minutes=5)
"""How long one call is made again before the job gives up: it stops rather than seem to run."""

RECORDS_AT_ONCE = 10_000
"""The most records that one GetRecords call returns (Kinesis API reference)."""

_THROTTLED = {
    "ProvisionedThroughputExceededException",
    "LimitExceededException",
    "ThrottlingException",
    "KMSThrottlingException",
}
_CREDENTIALS_EXPIRED = {"ExpiredTokenException", "ExpiredToken"}

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 5.0

_BY_BOTO3 = Config(
    retries={"mode": "standard", "max_attempts": 4}, connect_timeout=10, max_pool_connections=16
)

_log = logging.getLogger(__name__)


class KinesisStream:
    """One stream, by its name or ARN; region, credentials and endpoint default to boto3's chain."""

    def __init__(
        self,
        name: str,
        region: str | None = None,
        endpoint_url: str | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = name
        self.now = now
        self.pause = pause
        self._region = region
        self._endpoint_url = endpoint_url
        self._client = self._new_client()
        self._named = {"StreamARN": name} if name.startswith("arn:") else {"StreamName": name}

    def shards(self) -> "list[ShardTypeDef]":
        """Every shard of the stream within its retention, closed ones included."""
        page = self._call("list_shards", **self._named)
        found = list(page["Shards"])
        while "NextToken" in page:
            page = self._call("list_shards", NextToken=page["NextToken"])
            found += page["Shards"]
        return found

    def summary(self) -> dict[str, Any]:
        """What DescribeStreamSummary says, `StreamARN` and `RetentionPeriodHours` among it."""
        answer: dict[str, Any] = self._call("describe_stream_summary", **self._named)
        return dict(answer["StreamDescriptionSummary"])

    def iterator(self, shard_id: str, start: str, after: str | None) -> str:
        """An iterator after the sequence number `after`, or where that is None from `start`.

        `start` is TRIM_HORIZON or an ISO time.
        """
        place: dict[str, Any] = {"ShardIteratorType": "TRIM_HORIZON"}
        if after is not None:
            place = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": after}
        elif start != "TRIM_HORIZON":
            place = {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": datetime.fromisoformat(start)}
        answer = self._call("get_shard_iterator", **self._named, ShardId=shard_id, **place)
        return str(answer["ShardIterator"])

    def records(self, iterator: str, limit: int) -> Any:
        """What one GetRecords call answers."""
        return self._call("get_records", ShardIterator=iterator, Limit=min(limit, RECORDS_AT_ONCE))

    def close(self) -> None:
        self._client.close()

    def _new_client(self) -> "KinesisClient":
        session = boto3.Session(region_name=self._region)  # a new one asks for the credentials anew
        return session.client("kinesis", endpoint_url=self._endpoint_url, config=_BY_BOTO3)

    def _call(self, operation: str, **arguments: Any) -> Any:
        begun, seconds = self.now(), _FIRST_PAUSE_SECONDS
        while True:
            try:
                return getattr(self._client, operation)(**arguments)
            except ClientError as error:
                code = error_code(error)
                if code not in _THROTTLED | _CREDENTIALS_EXPIRED or self.now() - begun >= PATIENCE:
                    raise
                if seconds == _FIRST_PAUSE_SECONDS:
                    said = one_line(str(error))
                    _log.warning("stream %s: %s; trying again for %s", self.name, said, PATIENCE)
            self.pause(seconds)
            seconds = min(2 * seconds, _LONGEST_PAUSE_SECONDS)
            if code in _CREDENTIALS_EXPIRED:
                self._client = self._new_client()


def error_code(error: ClientError) -> str:
    """The name that AWS gives the error."""
    return str(error.response["Error"]["Code"])


@contextmanager
def kinesis_errors(stream: str) -> Iterator[None]:
    """Turns what boto3 raises inside the block into one `SourceError` that names the stream."""
    try:
        yield
    except (BotoCoreError, ClientError, ValueError) as error:  # the last for an AWS_ENDPOINT_URL that is none
        advice = "check --stream_name, --region, --endpoint_url and the credentials"
        raise SourceError(f"stream {stream}: {error}; {advice}") from error
