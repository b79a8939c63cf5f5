"""Text that is fit to be shown: no secret in it, and nothing that a terminal would obey."""

import os
import re
import traceback
from collections.abc import Iterator

_HIDDEN = "***"

_SECRETS = (
    r"(?<=://)[^/\s@'\":]{0,200}(?::[^\s'\"]{0,1000})?(?=@)",  # user and password in a URL
    r"(?i)(?<=x-amz-security-token[=:])[^\s&'\"<>]+",  # in a pre-signed URL, and where AWS repeats a header
    r"(?i)(?<=x-amz-credential=)[^\s&'\"<>]+",
    r"(?i)(?<=signature=)[^\s&'\"<>]+",
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",  # the id of an access key
)

_IN_ENVIRONMENT = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_SHORTEST = 16
"""An access key's id has 16 characters at least (IAM API reference); what is shorter opens nothing."""


def redacted(text: str) -> str:
    """The text with `***` in place of credentials: of URLs, of signed requests, and of this environment."""
    for secret in _secrets_of_environment():
        text = text.replace(secret, _HIDDEN)
    for pattern in _SECRETS:
        text = re.sub(pattern, _HIDDEN, text)
    return text


def _secrets_of_environment() -> Iterator[str]:
    for name, value in os.environ.items():
        if name in _IN_ENVIRONMENT and len(value) >= _SHORTEST:
            yield value
        if name.startswith("AWS_ENDPOINT_URL") and "@" in value:
            yield re.sub(r"^\w+://", "", value.rpartition("@")[0])


def printable(text: str) -> str:
    r"""The text with every character that moves a cursor or changes a terminal as its escape, `\x1b`."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text
    )


def one_line(text: str) -> str:
    """The text as one line without secrets, fit for a log or a terminal."""
    return printable(re.sub(r"\s*[\r\n\t]\s*", " ", redacted(text).strip()))


def traceback_of(error: BaseException) -> str:
    """What Python would show of an error, without secrets."""
    return redacted("".join(traceback.format_exception(error)))


def without_secret_causes(error: BaseException) -> None:
    """Cut the causes of an error off at the first whose text holds a secret: who raises it shows them all."""
    link: BaseException = error
    while (cause := link.__cause__ or link.__context__) is not None:
        if redacted(str(cause)) != str(cause):
            link.__cause__ = link.__context__ = None
            return
        link = cause
