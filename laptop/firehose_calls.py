"""Firehose's API over the delivery streams of a lake; every region and account means the same ones.

moto has these calls too, but forgets its streams with the server, writes each put to its S3 at once, and
refuses nothing.
"""

from collections.abc import Callable
from http import HTTPStatus
from time import time
from typing import Any, TypeAlias
from uuid import uuid4

import orjson
from moto.core.exceptions import JsonRESTError

from glue_jobs.contracts.delivery import create_request
from laptop.firehose import Firehose, KeptStream
from laptop.firehose_requests import destination_in, name_in, record_in, records_in, settings_in
from laptop.json_requests import Json, request_in, text_in
from laptop.moto_as_aws import ACCOUNT_ID, REGION

_TARGET = "Firehose_20150804."
_BUSY = "ServiceUnavailableException"
_BUSY_WORDS = "Slow down: the disk of the lake takes no more."
_MOST_LISTED, _LISTED = 10_000, 10

Environment: TypeAlias = dict[str, Any]


class _Busy(Exception):
    """The disk is full."""


def answer(firehose: Firehose, environ: Environment, body: bytes) -> tuple[HTTPStatus, bytes] | None:
    """Status and body of the answer to a request with this body; None: it is not for Firehose."""
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if not target.startswith(_TARGET):
        return None
    try:
        call = _CALLS.get(target.removeprefix(_TARGET), _unknown)
        return HTTPStatus.OK, orjson.dumps(call(firehose, request_in(body)))
    except JsonRESTError as error:
        return HTTPStatus.BAD_REQUEST, error.get_body().encode()
    except (_Busy, OSError):
        told = {"__type": _BUSY, "message": _BUSY_WORDS}
        return HTTPStatus.SERVICE_UNAVAILABLE, orjson.dumps(told)


def _unknown(firehose: Firehose, request: Json) -> Json:
    raise JsonRESTError("UnknownOperationException", f"Here Firehose has {', '.join(_CALLS)}.")


def _put_record(firehose: Firehose, request: Json) -> Json:
    name, record = _existing(firehose, request).settings.name, record_in(request)
    if not firehose.put(name, [record]):
        raise _Busy
    return {"RecordId": str(uuid4()), "Encrypted": False}


def _put_record_batch(firehose: Firehose, request: Json) -> Json:
    """Where the disk fills up, records are refused one by one from there on, as AWS does when it is busy."""
    name, records = _existing(firehose, request).settings.name, records_in(request)
    taken = firehose.put(name, records)
    refused = len(records) - taken
    answers: list[Json] = [{"RecordId": str(uuid4())} for _ in range(taken)]
    answers += [{"ErrorCode": _BUSY, "ErrorMessage": _BUSY_WORDS}] * refused
    return {"FailedPutCount": refused, "Encrypted": False, "RequestResponses": answers}


def _create(firehose: Firehose, request: Json) -> Json:
    name, destination = name_in(request), destination_in(request)
    settings = settings_in(name, destination)
    if name in firehose.streams:
        words = f"Firehose {name} under accountId {ACCOUNT_ID} already exists"
        raise JsonRESTError("ResourceInUseException", words)
    firehose.create(KeptStream(settings, destination["BucketARN"], destination["RoleARN"], time()))
    return {"DeliveryStreamARN": _arn(name)}


def _delete(firehose: Firehose, request: Json) -> Json:
    firehose.delete(_existing(firehose, request).settings.name)
    return {}


def _describe(firehose: Firehose, request: Json) -> Json:
    stream = _existing(firehose, request)
    created = create_request(stream.settings, stream.bucket_arn, stream.role_arn)
    destination = created["ExtendedS3DestinationConfiguration"] | {
        "EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"},
        "S3BackupMode": "Disabled",
    }
    shared = destination.keys() - {"FileExtension", "ProcessingConfiguration", "S3BackupMode"}
    description = {
        "DeliveryStreamName": stream.settings.name,
        "DeliveryStreamARN": _arn(stream.settings.name),
        "DeliveryStreamStatus": "ACTIVE",
        "DeliveryStreamType": "DirectPut",
        "VersionId": "1",
        "CreateTimestamp": stream.created,
        "Destinations": [
            {
                "DestinationId": "destinationId-000000000001",
                "S3DestinationDescription": {name: destination[name] for name in sorted(shared)},
                "ExtendedS3DestinationDescription": destination,
            }
        ],
        "HasMoreDestinations": False,
    }
    return {"DeliveryStreamDescription": description}


def _list(firehose: Firehose, request: Json) -> Json:
    """In order of name. A type other than DirectPut has none."""
    after = text_in(request, "ExclusiveStartDeliveryStreamName", "exclusiveStartDeliveryStreamName") or ""
    limit = request.get("Limit", _LISTED)
    if type(limit) is not int or not 1 <= limit <= _MOST_LISTED:
        raise JsonRESTError("ValidationException", f"Limit {limit} is not a number from 1 to {_MOST_LISTED}")
    all_names = (
        sorted(firehose.streams) if request.get("DeliveryStreamType", "DirectPut") == "DirectPut" else []
    )
    names = [name for name in all_names if name > after]
    return {"DeliveryStreamNames": names[:limit], "HasMoreDeliveryStreams": len(names) > limit}


def _existing(firehose: Firehose, request: Json) -> KeptStream:
    name = name_in(request)
    stream = firehose.streams.get(name)
    if stream is None:
        words = f"Firehose {name} under account {ACCOUNT_ID} not found."
        raise JsonRESTError("ResourceNotFoundException", words)
    return stream


def _arn(name: str) -> str:
    return f"arn:aws:firehose:{REGION}:{ACCOUNT_ID}:deliverystream/{name}"


_CALLS: dict[str, Callable[[Firehose, Json], Json]] = {
    "PutRecord": _put_record,
    "PutRecordBatch": _put_record_batch,
    "CreateDeliveryStream": _create,
    "DeleteDeliveryStream": _delete,
    "DescribeDeliveryStream": _describe,
    "ListDeliveryStreams": _list,
}
