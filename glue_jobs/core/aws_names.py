"""How AWS writes the names that arguments give: streams, regions and endpoints."""

import re
from urllib.parse import urlsplit

from glue_jobs.core.errors import OptionError

_STREAM = r"[a-zA-Z0-9_.-]{1,128}"
_REGION = r"[a-z]{2,}(-[a-z]+)+-[0-9]+"
_ARN = rf"arn:aws[a-z-]*:kinesis:{_REGION}:[0-9]{{12}}:stream/"


def stream_name(text: str) -> str:
    """The name of a Kinesis stream, or its ARN (patterns: Kinesis API reference, StreamName and StreamARN).

    Raises:
        OptionError: it is neither.
    """
    if re.fullmatch(rf"({_ARN})?{_STREAM}", text):
        return text
    raise OptionError(f"got {text!r}; give 1 to 128 letters, digits, _ . or -, or the stream's whole ARN")


def region(text: str) -> str:
    """A region as AWS writes it.

    Raises:
        OptionError: it is none.
    """
    if re.fullmatch(_REGION, text):
        return text
    raise OptionError(f"got {text!r}; give a region such as us-east-1")


def endpoint_url(text: str) -> str:
    """The address of an API: http or https, a host, no credentials, for they come from boto3's own chain.

    Raises:
        OptionError: it is another kind of address, or holds user and password.
    """
    parts = urlsplit(text) if re.fullmatch(r"[!-~]+", text) else urlsplit("")
    try:
        plain = parts.port != 0 and not (parts.query or parts.fragment or "@" in parts.netloc)
    except ValueError:  # the port is no number, or too large
        plain = False
    if plain and parts.scheme in ("http", "https") and parts.hostname:
        return text
    raise OptionError(
        f"got {text!r}; give http:// or https:// and a host, with neither user, password, ? nor #"
    )


def on_aws(endpoint_url: str) -> bool:
    """Whether an endpoint is one of AWS itself, and not of what stands in for it."""
    return ".amazonaws.com" in endpoint_url
