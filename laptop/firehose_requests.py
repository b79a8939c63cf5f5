"""What the calls of Firehose are asked for, checked before anything is done.

What is wrong is refused with the error of AWS. What AWS takes and a lake on this machine cannot do is
refused, too, in words that begin with "Here".
"""

from base64 import b64decode
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import JsonRESTError

from glue_jobs.contracts.delivery import (
    MAX_BATCH_BYTES,
    MAX_BATCH_RECORDS,
    MAX_RECORD_BYTES,
    DeliveryStream,
)
from laptop.firehose_keys import fits_a_lake, object_key
from laptop.json_requests import Json, invalid, missing, text_in, unreadable

_UUID_LETTERS = "0" * 36
_ONLY_S3 = "Here a delivery stream has direct puts as its source and one S3 destination, nothing else."
_NEWLINE = {"Type": "AppendDelimiterToRecord"}


def name_in(request: Json) -> str:
    """The name of the stream that is asked for."""
    name = text_in(request, "DeliveryStreamName", "deliveryStreamName")
    if name is None:
        raise missing("deliveryStreamName")
    return name


def record_in(request: Json) -> str:
    """The data of a PutRecord call, in base64."""
    data = _data(request.get("Record"), "record")
    _size(data, "record.data")
    return data


def records_in(request: Json) -> list[str]:
    """The data of each record of a PutRecordBatch call, in base64."""
    entries = request.get("Records")
    if entries is None:
        raise missing("records")
    if not isinstance(entries, list):
        raise unreadable("records")
    if not 1 <= len(entries) <= MAX_BATCH_RECORDS:
        bound = f"greater than or equal to 1 and less than or equal to {MAX_BATCH_RECORDS}"
        raise invalid(f"of {len(entries)} records", "records", f"have length {bound}")
    places = [f"records.{place}.member" for place in range(1, len(entries) + 1)]
    records = [_data(entry, place) for place, entry in zip(places, entries, strict=True)]
    sizes = [_size(data, f"{place}.data") for place, data in zip(places, records, strict=True)]
    if sum(sizes) > MAX_BATCH_BYTES:
        raise JsonRESTError("InvalidArgumentException", "Records size exceeds 4 MB limit")
    return records


def _data(entry: Any, place: str) -> str:
    if entry is None:
        raise missing(place)
    if not isinstance(entry, dict):
        raise unreadable(place)
    data = text_in(entry, "Data", f"{place}.data")
    if data is None:
        raise missing(f"{place}.data")
    return data


def _size(data: str, place: str) -> int:
    try:
        size_bytes = len(b64decode(data, validate=True))
    except ValueError as error:
        raise unreadable(place) from error
    if size_bytes > MAX_RECORD_BYTES:
        bound = f"have length less than or equal to {MAX_RECORD_BYTES}"
        raise invalid(f"of {size_bytes} bytes", place, bound)
    return size_bytes


def destination_in(request: Json) -> Json:
    """The S3 destination of a CreateDeliveryStream call, with no source or destination of another kind."""
    kinds = {kind: value for kind, value in request.items() if kind.endswith("Configuration")}
    extended, plain = (kinds.pop(f"{kind}S3DestinationConfiguration", None) for kind in ("Extended", ""))
    destination = extended or plain
    if kinds or request.get("DeliveryStreamType", "DirectPut") != "DirectPut":
        raise JsonRESTError("InvalidArgumentException", _ONLY_S3)
    if not isinstance(destination, dict):
        raise missing("extendedS3DestinationConfiguration")
    for name in ("BucketARN", "RoleARN"):
        if text_in(destination, name, name) is None:
            raise missing(f"extendedS3DestinationConfiguration.{name}")
    return destination


def settings_in(name: str, destination: Json) -> DeliveryStream:
    """The settings of a stream that is to be made. What is not given is as Firehose has it."""
    buffering = destination.get("BufferingHints") or {}
    try:
        settings = DeliveryStream(
            name=name,
            prefix=destination.get("Prefix") or "",
            error_prefix=destination.get("ErrorOutputPrefix") or "",
            buffer_mb=buffering.get("SizeInMBs", 5),
            buffer_seconds=buffering.get("IntervalInSeconds", 300),
            compression=destination.get("CompressionFormat", "UNCOMPRESSED"),
            newline_delimiter=_has_newlines(destination.get("ProcessingConfiguration") or {}),
            file_extension=destination.get("FileExtension") or "",
        )
        key = object_key(settings, 1, datetime.now(UTC).timestamp(), _UUID_LETTERS)
    except ValueError as error:
        raise JsonRESTError("InvalidArgumentException", str(error)) from error
    except (AttributeError, TypeError) as error:
        raise unreadable("extendedS3DestinationConfiguration") from error
    if not fits_a_lake(key):
        words = f"Here the bucket is a folder: {key} must have plain, shorter names between its slashes."
        raise JsonRESTError("InvalidArgumentException", words)
    return settings


def _has_newlines(processing: Json) -> bool:
    processors = processing.get("Processors", []) if processing.get("Enabled") else []
    if any(processor.get("Type") != _NEWLINE["Type"] for processor in processors):
        raise ValueError("Here AppendDelimiterToRecord is the only processor.")
    return bool(processors)
