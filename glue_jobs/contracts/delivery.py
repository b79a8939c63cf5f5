"""How Firehose delivers what it is sent: the settings of each delivery stream, as data.

The same settings make the stream on a laptop and, as `delivery.json` (`make derive`), in Terraform. Their
limits are Firehose's own (API reference, CreateDeliveryStream; developer guide, custom prefixes).

Firehose puts the line break behind each record, so a producer sends a record without one. With both there
would be an empty line after each; with neither, all records of an object would be one line.
"""

import json
import re
from dataclasses import asdict, dataclass
from typing import Any, Literal

from glue_jobs.contracts import orders

ERROR_TYPE = "!{firehose:error-output-type}"
RANDOM = "!{firehose:random-string}"

MAX_BATCH_RECORDS = 500
"""Of one PutRecordBatch."""
MAX_BATCH_BYTES = 4 * 2**20
"""Of all the records of one PutRecordBatch."""
MAX_RECORD_BYTES = 1_000 * 2**10
"""Of one record."""

_NAME = r"[a-zA-Z0-9_.-]{1,64}"
_EXTENSION = r"(\.[0-9a-z!\-_.*'()]{1,127})?"
_LONGEST_PREFIX = 512  # evaluated, says the guide; the text itself is always longer

EXPRESSION = re.compile(r"!\{([^:}]*):([^}]*)\}")
"""An expression in a prefix: its namespace and its value."""
TIME_PART = re.compile(r"'(?:[^']|'')*'|yyyy|MM|dd|HH|mm|ss|[^a-zA-Z']")
"""A part of a time pattern. Java knows more; what is easily mistaken (YYYY, DD, hh) is left out."""


@dataclass(frozen=True)
class DeliveryStream:
    """One delivery stream to S3, put into directly.

    name               what producers call it
    prefix             what the key of an object begins with; `!{…}` is evaluated, in UTC, at the arrival
                       of the oldest record of the object. Without an expression Firehose adds yyyy/MM/dd/HH/
    error_prefix       the same for what cannot be processed
    buffer_mb          an object is delivered when it has so many MiB, before compression,
    buffer_seconds     or when its oldest record has waited so long
    newline_delimiter  whether Firehose puts a line break behind each record
    file_extension     the end of each key; none: what goes with the compression

    Raises:
        ValueError: Firehose does not take a setting, which the text names with its value.
    """

    name: str
    prefix: str
    error_prefix: str
    buffer_mb: int = 5
    buffer_seconds: int = 300
    compression: Literal["GZIP", "UNCOMPRESSED"] = "GZIP"
    newline_delimiter: bool = True
    file_extension: str = ""

    def __post_init__(self) -> None:
        self._refuse_unless(re.fullmatch(_NAME, self.name), "name", "1 to 64 letters, digits, _ . or -")
        known = ("GZIP", "UNCOMPRESSED")
        self._refuse_unless(self.compression in known, "compression", " or ".join(known))
        self._refuse_unless(1 <= self.buffer_mb <= 128, "buffer_mb", "1 to 128 MiB")
        self._refuse_unless(0 <= self.buffer_seconds <= 900, "buffer_seconds", "0 to 900 seconds")
        extension = re.fullmatch(_EXTENSION, self.file_extension)
        self._refuse_unless(extension, "file_extension", "a dot, then a-z, 0-9 or ! - _ . * ' ( )")
        self._check_prefix("prefix")
        self._check_prefix("error_prefix")
        self._refuse_unless(ERROR_TYPE not in self.prefix, "prefix", f"no {ERROR_TYPE}: that is for errors")
        has_expressions = "!{" in self.prefix + self.error_prefix
        told_apart = ERROR_TYPE in self.error_prefix or not has_expressions
        self._refuse_unless(told_apart, "error_prefix", f"one that contains {ERROR_TYPE}")

    def _check_prefix(self, setting: str) -> None:
        text = str(getattr(self, setting))
        self._refuse_unless(
            len(text) <= _LONGEST_PREFIX and text.isprintable(), setting, f"at most {_LONGEST_PREFIX} letters"
        )
        for namespace, value in EXPRESSION.findall(text):
            known = f"!{{{namespace}:{value}}}" in (ERROR_TYPE, RANDOM) or _is_time(namespace, value)
            self._refuse_unless(
                known, setting, "!{timestamp:…} of yyyy MM dd HH mm ss, or one of !{firehose:…}"
            )
        self._refuse_unless("!{" not in EXPRESSION.sub("", text), setting, "!{namespace:value}, closed")

    def _refuse_unless(self, holds: object, setting: str, expected: str) -> None:
        if not holds:
            given = getattr(self, setting)
            raise ValueError(f"delivery stream {self.name}: got {setting} {given!r}; give {expected}")

    @property
    def extension(self) -> str:
        """What the keys of its objects end with."""
        return self.file_extension or (".gz" if self.compression == "GZIP" else "")


def _is_time(namespace: str, value: str) -> bool:
    return namespace == "timestamp" and value != "" and TIME_PART.sub("", value) == ""


ORDERS = DeliveryStream(
    name=orders.STREAM,
    prefix=f"{orders.LANDING}/!{{timestamp:yyyy/MM/dd/HH}}/",
    error_prefix=f"landing/errors/{ERROR_TYPE}/!{{timestamp:yyyy/MM/dd}}/",
    # 64 MiB are some 250,000 orders and pack to some 17 MiB, an object that one task reads in seconds. On a
    # quiet day no order waits longer than five minutes.
    buffer_mb=64,
    buffer_seconds=300,
)

STREAMS = (ORDERS,)


def create_request(stream: DeliveryStream, bucket_arn: str, role_arn: str) -> dict[str, Any]:
    """What CreateDeliveryStream is called with to make `stream`."""
    processors = [{"Type": "AppendDelimiterToRecord"}] if stream.newline_delimiter else []
    destination: dict[str, Any] = {
        "BucketARN": bucket_arn,
        "RoleARN": role_arn,
        "Prefix": stream.prefix,
        "ErrorOutputPrefix": stream.error_prefix,
        "BufferingHints": {"SizeInMBs": stream.buffer_mb, "IntervalInSeconds": stream.buffer_seconds},
        "CompressionFormat": stream.compression,
        "FileExtension": stream.file_extension,
        "ProcessingConfiguration": {"Enabled": bool(processors), "Processors": processors},
    }
    return {
        "DeliveryStreamName": stream.name,
        "DeliveryStreamType": "DirectPut",
        "ExtendedS3DestinationConfiguration": destination,
    }


def as_json() -> str:
    """The text of `delivery.json`: an object of delivery streams by name."""
    return json.dumps({stream.name: asdict(stream) for stream in STREAMS}, indent=2) + "\n"
