"""How a producer calls AWS through boto3: once each time, and with every failure as one line."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, NoCredentialsError
from botocore.exceptions import ConnectionError as NoConnectionError
from botocore.parsers import ResponseParserError

from glue_jobs.core.errors import SinkError
from producers.in_flight import MOST_IN_FLIGHT
from producers.sender import TransientError

# The sender repeats calls itself, so that repetitions are counted and only refused records go again. It
# keeps the limits of a call itself, too: boto3's look at each field costs a third of its time.
ONE_ATTEMPT = Config(
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
    "ServiceUnavailableException",
    "Throttling",
    "ThrottlingException",
    "RequestLimitExceeded",
    "RequestTimeout",
    "RequestTimeoutException",
}
"""Error codes of whole calls that pass (Kinesis, Firehose and common errors in the API references)."""
_TOO_MANY_REQUESTS = 429
_SERVER_ERRORS = 500


@contextmanager
def one_error(place: str) -> Iterator[None]:
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
