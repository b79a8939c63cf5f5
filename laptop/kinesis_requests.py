"""What PutRecords and GetRecords are asked for, checked before anything is done.

What is wrong is refused with the error of AWS, so that a client gives up as it would there. moto gives an
answer of status 500, which clients repeat, and by then has put the records before the wrong one.
"""

import re
from base64 import b64decode
from typing import Any

from moto.kinesis.exceptions import (
    InvalidArgumentError,
    RecordSizeExceedsLimit,
    TooManyRecords,
    TotalRecordsSizeExceedsLimit,
    ValidationException,
)
from moto.kinesis.utils import decompose_shard_iterator

from laptop.json_requests import Json, invalid, missing, text_in, unreadable
from laptop.kinesis_shard import MAX_RECORDS_PER_GET

_MOST_ENTRIES = 500
_MOST_BYTES = 5 * 1024 * 1024
_MOST_BYTES_OF_ONE = 1024 * 1024
"""Of a PutRecords call, and of a record with its key in it."""

_HASH_KEY = re.compile("0|[1-9][0-9]{0,38}")
_ARN = re.compile(r"arn:aws.*:kinesis:.*:\d{12}:stream/\S+")


def stream_in(request: Json) -> tuple[str | None, str | None]:
    """The ARN and the name of the stream; one of them at least."""
    arn, name = text_in(request, "StreamARN", "streamARN"), text_in(request, "StreamName", "streamName")
    if arn is None and name is None:
        raise InvalidArgumentError("StreamName or StreamARN must be given.")
    if arn is not None and not _ARN.fullmatch(arn):
        raise ValidationException(arn, "streamARN", _ARN.pattern)
    return arn, name


def entries_in(request: Json) -> list[Json]:
    """The records of a PutRecords call, none of them wrong in itself."""
    entries = request.get("Records")
    if entries is None:
        raise missing("records")
    if not isinstance(entries, list):
        raise unreadable("records")
    if not entries:
        raise invalid("'[]'", "records", "have length greater than or equal to 1")
    if len(entries) > _MOST_ENTRIES:
        raise TooManyRecords
    sizes = [_size(entry, f"records.{place}.member") for place, entry in enumerate(entries, 1)]
    if sum(sizes) > _MOST_BYTES:
        raise TotalRecordsSizeExceedsLimit
    if max(sizes) > _MOST_BYTES_OF_ONE:
        raise RecordSizeExceedsLimit(sizes.index(max(sizes)) + 1)
    return entries


def place_in(request: Json) -> tuple[str, str, str]:
    """The stream, the shard and the sequence number of the iterator of a GetRecords call."""
    iterator = text_in(request, "ShardIterator", "shardIterator")
    if iterator is None:
        raise missing("shardIterator")
    try:
        stream_name, shard_id, after = decompose_shard_iterator(iterator)
        int(after)
    except ValueError as error:
        raise InvalidArgumentError("Invalid ShardIterator.") from error
    return stream_name, shard_id, after


def limit_in(request: Json) -> int | None:
    """How many records a GetRecords call wants at most; None where it does not say."""
    limit = request.get("Limit")
    if limit is None:
        return None
    if type(limit) is not int:  # True is one, too
        raise unreadable("limit")
    if limit < 1:
        raise invalid(f"'{limit}'", "limit", "have value greater than or equal to 1")
    if limit > MAX_RECORDS_PER_GET:
        bound = f"have value less than or equal to {MAX_RECORDS_PER_GET}"
        raise invalid(f"'{limit}'", "limit", bound)
    return limit


def _size(entry: Any, place: str) -> int:
    """What counts towards the limits."""
    if not isinstance(entry, dict):
        raise unreadable(place)
    data, key = (
        text_in(entry, "Data", f"{place}.data"),
        text_in(entry, "PartitionKey", f"{place}.partitionKey"),
    )
    if data is None or key is None:
        raise missing(f"{place}.{'data' if data is None else 'partitionKey'}")
    hash_key = text_in(entry, "ExplicitHashKey", f"{place}.explicitHashKey")
    if hash_key is not None and not _HASH_KEY.fullmatch(hash_key):
        raise ValidationException(hash_key, f"{place}.explicitHashKey", r"0|([1-9]\d{0,38})")
    try:
        return len(b64decode(data, validate=True)) + len(key)
    except ValueError as error:
        raise unreadable(f"{place}.data") from error
