"""What boto3 raises of S3, as the `OSError` that a disk would have raised."""

from collections.abc import Iterator
from contextlib import contextmanager

_KINDS = {
    "NoSuchKey": FileNotFoundError,
    "404": FileNotFoundError,  # of a HEAD, whose answer has no body to say more
    "PreconditionFailed": FileExistsError,  # of a conditional write: somebody else was first
    "ConditionalRequestConflict": FileExistsError,
}


@contextmanager
def os_errors(uri: str) -> Iterator[None]:
    """Turns what boto3 raises inside the block into an `OSError` that names what it was about."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError, ValueError) as error:  # the last for an AWS_ENDPOINT_URL that is none
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
        raise _KINDS.get(code, OSError)(f"{uri}: {error}") from error
