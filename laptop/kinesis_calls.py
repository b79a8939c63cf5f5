"""PutRecords and GetRecords answered without the long way through moto.

Of what these two cost there, nine tenths are moto's general way to read a request and to write an answer,
field by field. They are the calls that carry the records, so here they take the short way: JSON in, the
shards (`laptop.kinesis_shard`), JSON out. Whatever is not a plain success is left to moto, which knows the
errors; nothing has happened by then.
"""

import re
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import orjson
from moto.core.exceptions import JsonRESTError
from moto.iam.models import get_account_id_from
from moto.kinesis import models
from moto.kinesis.models import KinesisBackend, Stream, kinesis_backends
from moto.kinesis.utils import compose_shard_iterator, decompose_shard_iterator

from laptop.kinesis_shard import Shard

_MOST_ENTRIES = 500
_MOST_BYTES = 5 * 1024 * 1024
_MOST_BYTES_OF_ONE = 1024 * 1024
"""Of a PutRecords call, and of a record with its key in it (those moto holds a call to)."""

_SIGNED_BY = re.compile(r"Credential=([^/]+)/[0-9]{8}/([a-z0-9-]+)/kinesis/")

type Environment = dict[str, Any]
type Json = dict[str, Any]


def plain_answer(environ: Environment, body: bytes) -> bytes | None:
    """The body of the answer to a request with this body; None: moto is to answer."""
    call = _CALLS.get(environ.get("HTTP_X_AMZ_TARGET", ""))
    signed = _SIGNED_BY.search(environ.get("HTTP_AUTHORIZATION", ""))
    if call is None or signed is None:
        return None
    backend = kinesis_backends[get_account_id_from(signed[1])][signed[2]]
    try:
        return orjson.dumps(call(backend, orjson.loads(body)))
    except (JsonRESTError, KeyError, TypeError, ValueError):
        return None


def _put_records(backend: KinesisBackend, request: Json) -> Json:
    stream = _stream(backend, request)
    entries = request["Records"]
    _check_sizes(entries)
    shards = [
        _kept(stream.get_shard_for_key(entry["PartitionKey"], entry.get("ExplicitHashKey", "")))
        for entry in entries
    ]
    answers = [
        {"SequenceNumber": shard.put_record(entry["PartitionKey"], entry["Data"]), "ShardId": shard.shard_id}
        for shard, entry in zip(shards, entries, strict=True)
    ]
    return {"FailedRecordCount": 0, "Records": answers}


def _check_sizes(entries: list[Json]) -> None:
    sizes = [len(b64decode(entry["Data"], validate=True)) + len(entry["PartitionKey"]) for entry in entries]
    if not 1 <= len(sizes) <= _MOST_ENTRIES or sum(sizes) > _MOST_BYTES or max(sizes) > _MOST_BYTES_OF_ONE:
        raise ValueError("over a limit of PutRecords")


def _get_records(backend: KinesisBackend, request: Json) -> Json:
    """The next records of a shard.

    The iterator of moto goes on for ever. A closed shard that is read to its end has none, but its children.
    """
    stream_name, shard_id, after = decompose_shard_iterator(request["ShardIterator"])
    stream = backend.describe_stream(None, stream_name)
    shard = _kept(stream.get_shard(shard_id))
    records, last, milliseconds_behind = shard.get_records(after, request.get("Limit"))
    answer: Json = {
        "Records": [record.to_json() for record in records],
        "MillisBehindLatest": milliseconds_behind,
    }
    if shard.is_read_to_its_end(last):
        answer["ChildShards"] = _children(stream, shard_id)
    else:
        answer["NextShardIterator"] = compose_shard_iterator(stream_name, shard, last)
    return answer


def _stream(backend: KinesisBackend, request: Json) -> Stream:
    return backend.describe_stream(request.get("StreamARN"), request.get("StreamName"))


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
