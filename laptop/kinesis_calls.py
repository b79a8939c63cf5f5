"""PutRecords and GetRecords answered without the long way through moto.

Of what these two cost there, nine tenths are moto's general way to read a request and to write an answer,
field by field. They are the calls that carry the records, so here they take the short way: JSON in, the
shards (`laptop.kinesis_shard`), JSON out. What is asked for is checked before anything is done
(`laptop.kinesis_requests`): a call that is refused has put nothing.
"""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeAlias

import orjson
from moto.core.exceptions import JsonRESTError
from moto.iam.models import get_account_id_from
from moto.kinesis import models
from moto.kinesis.models import KinesisBackend, Stream, kinesis_backends
from moto.kinesis.utils import compose_shard_iterator

from laptop.json_requests import Json, request_in
from laptop.kinesis_requests import entries_in, limit_in, place_in, stream_in
from laptop.kinesis_shard import Shard

_SIGNED_BY = re.compile(r"Credential=([^/]+)/[0-9]{8}/([a-z0-9-]+)/kinesis/")

Environment: TypeAlias = dict[str, Any]


def plain_answer(environ: Environment, body: bytes) -> tuple[HTTPStatus, bytes] | None:
    """Status and body of the answer to a request with this body; None: it is another call, for moto."""
    call = _CALLS.get(environ.get("HTTP_X_AMZ_TARGET", ""))
    signed = _SIGNED_BY.search(environ.get("HTTP_AUTHORIZATION", ""))
    if call is None or signed is None:
        return None
    try:
        return HTTPStatus.OK, orjson.dumps(call(_backend(*signed.groups()), request_in(body)))
    except JsonRESTError as error:
        return HTTPStatus.BAD_REQUEST, error.get_body().encode()


def _backend(access_key: str, region: str) -> KinesisBackend:
    try:
        return kinesis_backends[get_account_id_from(access_key)][region]
    except KeyError as error:
        words = f"Credential should be scoped to a valid region, not '{region}'."
        raise JsonRESTError("InvalidSignatureException", words) from error


def _put_records(backend: KinesisBackend, request: Json) -> Json:
    stream = backend.describe_stream(*stream_in(request))
    entries = entries_in(request)
    shards = [
        _kept(stream.get_shard_for_key(entry["PartitionKey"], entry.get("ExplicitHashKey") or ""))
        for entry in entries
    ]
    answers = [
        {"SequenceNumber": shard.put_record(entry["PartitionKey"], entry["Data"]), "ShardId": shard.shard_id}
        for shard, entry in zip(shards, entries, strict=True)
    ]
    return {"FailedRecordCount": 0, "Records": answers}


def _get_records(backend: KinesisBackend, request: Json) -> Json:
    """The next records of a shard.

    The iterator of moto goes on for ever. A closed shard that is read to its end has none, but its children.
    """
    stream_name, shard_id, after = place_in(request)
    stream = backend.describe_stream(None, stream_name)
    shard = _kept(stream.get_shard(shard_id))
    records, last, milliseconds_behind = shard.get_records(after, limit_in(request))
    answer: Json = {
        "Records": [record.to_json() for record in records],
        "MillisBehindLatest": milliseconds_behind,
    }
    if shard.is_read_to_its_end(last):
        answer["ChildShards"] = _children(stream, shard_id)
    else:
        answer["NextShardIterator"] = compose_shard_iterator(stream_name, shard, last)
    return answer


def _kept(shard: models.Shard | None) -> Shard:
    """As those of all streams are, once `moto_as_aws` is applied."""
    assert isinstance(shard, Shard)
    return shard


def _children(stream: Stream, shard_id: str) -> list[Json]:
    return [
        {
            "ShardId": child.shard_id,
            "ParentShards": [parent for parent in (child.parent, child.adjacent_parent) if parent],
            "HashKeyRange": child.to_json()["HashKeyRange"],
        }
        for child in stream.shards.values()
        if shard_id in (child.parent, child.adjacent_parent)
    ]


_CALLS: dict[str, Callable[[KinesisBackend, Json], Json]] = {
    "Kinesis_20131202.PutRecords": _put_records,
    "Kinesis_20131202.GetRecords": _get_records,
}
