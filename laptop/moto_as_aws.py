"""Where moto differs from AWS in ways that a faithful client trips on, made equal.

`apply` puts every replacement in place, in the process that runs the server; nothing else sees them.
What each replaces stands in its docstring. `laptop/kinesis_shard.py` has those of a single shard,
`laptop/kinesis_calls.py` answers PutRecords and GetRecords.

Known and left as it is: no throughput limits, iterators never expire, `ListShards` ignores
`ShardFilter`, a split or merge takes effect at once.
"""

from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult, EmptyResult
from moto.glue.models import GlueBackend, glue_backends
from moto.glue.responses import GlueResponse
from moto.kinesis import models as kinesis
from moto.kinesis.exceptions import InvalidArgumentError, ResourceNotFoundError, ShardNotFoundError
from moto.kinesis.utils import compose_new_shard_iterator
from moto.utilities.utils import md5_hash

from laptop.kinesis_shard import Shard

ACCOUNT_ID = "123456789012"
REGION = "us-east-1"


def apply() -> None:
    """Put the replacements in place."""
    kinesis.Shard = Shard  # type: ignore[misc]
    _replace(kinesis.Stream, split_shard, merge_shards, get_shard_for_key)
    _replace(kinesis.KinesisBackend, get_shard_iterator, _send_stream_metrics)
    _replace(GlueResponse, update_crawler, update_table)
    GlueResponse.glue_backend = property(one_catalogue)  # type: ignore[assignment, method-assign]


def _replace(owner: type, *functions: Any) -> None:
    for function in functions:
        setattr(owner, function.__name__, function)


def split_shard(stream: kinesis.Stream, shard_to_split: str, new_starting_hash_key: str) -> None:
    """Close a shard and open two in its place.

    moto takes the records out of the parent and puts them again, under new numbers and times. On AWS
    they stay where they are: a reader finishes the parent, then goes on with the children.
    """
    parent = _open_shard(stream, shard_to_split)
    middle = int(new_starting_hash_key)
    if not parent.starting_hash < middle < parent.ending_hash:
        raise InvalidArgumentError(
            f"NewStartingHashKey {middle} used in SplitShard() on shard {shard_to_split} in stream "
            f"{stream.stream_name} is not inside {parent.starting_hash} to {parent.ending_hash}."
        )
    parent.close()
    _open_child(stream, parent.starting_hash, middle - 1, parent)
    _open_child(stream, middle, parent.ending_hash, parent)


def merge_shards(stream: kinesis.Stream, shard_to_merge: str, adjacent_shard_to_merge: str) -> None:
    """Close two adjacent shards, given in either order, and open one in their place.

    moto copies the parents' records into the child, so that a reader gets them twice, and works out a
    wrong hash range when the higher shard is named first.
    """
    parent = _open_shard(stream, shard_to_merge)
    adjacent = _open_shard(stream, adjacent_shard_to_merge)
    low, high = sorted((parent, adjacent), key=lambda shard: shard.starting_hash)
    if low.ending_hash + 1 != high.starting_hash:
        raise InvalidArgumentError(
            f"Shards {shard_to_merge} and {adjacent_shard_to_merge} in stream {stream.stream_name} "
            "are not adjacent, and thus are not eligible for merging."
        )
    parent.close()
    adjacent.close()
    _open_child(stream, low.starting_hash, high.ending_hash, parent, adjacent)


def _open_shard(stream: kinesis.Stream, shard_id: str) -> Shard:
    shard = stream.shards.get(shard_id)
    if not isinstance(shard, Shard):
        raise ShardNotFoundError(shard_id, stream=stream.stream_name, account_id=stream.account_id)
    if not shard.is_open:
        raise InvalidArgumentError(
            f"Shard {shard_id} in stream {stream.stream_name} has already been merged or split, "
            "and thus is not eligible for merging or splitting."
        )
    return shard


def _open_child(
    stream: kinesis.Stream, starting_hash: int, ending_hash: int, parent: Shard, adjacent: Shard | None = None
) -> None:
    child = Shard(
        len(stream.shards),
        starting_hash,
        ending_hash,
        parent=parent.shard_id,
        adjacent_parent=adjacent.shard_id if adjacent else None,
    )
    stream.shards[child.shard_id] = child
    stream.shard_count = sum(shard.is_open for shard in stream.shards.values())


def get_shard_for_key(stream: kinesis.Stream, partition_key: str, explicit_hash_key: str) -> kinesis.Shard:
    """The open shard that takes a key.

    moto goes on putting records into closed shards, and has no shard at all for the last key of each range.
    """
    if not 1 <= len(partition_key) <= 256:
        raise InvalidArgumentError("A partition key has 1 to 256 characters.")
    hash_key = int(explicit_hash_key) if explicit_hash_key else _hash_of(partition_key)
    for shard in stream.shards.values():
        if shard.is_open and shard.starting_hash <= hash_key <= shard.ending_hash:
            return shard
    raise InvalidArgumentError(f"ExplicitHashKey {hash_key} is not below 2^128.")


def _hash_of(partition_key: str) -> int:
    return int(md5_hash(partition_key.encode()).hexdigest(), 16)


def get_shard_iterator(
    backend: kinesis.KinesisBackend,
    stream_arn: str | None,
    stream_name: str | None,
    shard_id: str,
    shard_iterator_type: str,
    starting_sequence_number: int,
    at_timestamp: Any,
) -> str:
    """A place in a shard. moto's iterator forgets the stream when it was named by its ARN."""
    stream = backend.describe_stream(stream_arn, stream_name)
    shard = stream.shards.get(shard_id)
    if shard is None:
        raise ResourceNotFoundError(f"Shard {shard_id} in stream {stream.stream_name} does not exist")
    return compose_new_shard_iterator(
        stream.stream_name, shard, shard_iterator_type, starting_sequence_number, at_timestamp
    )


def _send_stream_metrics(
    backend: kinesis.KinesisBackend, stream_name: str, incoming_bytes: int, incoming_records: int
) -> None:
    """Nothing: moto keeps a CloudWatch datum of every put in memory, for ever, and nobody reads them."""


def one_catalogue(response: GlueResponse) -> GlueBackend:
    """The one Glue catalogue of the lake. moto has one for each region and account that a caller names."""
    return glue_backends[ACCOUNT_ID][REGION]


def update_table(response: GlueResponse) -> ActionResult:
    """Replace the definition of a table, where it still is the version that the caller has seen.

    moto looks at no version: of two commits to an Iceberg table at once the later would undo the other.
    """
    backend, parameters = response.glue_backend, response.parameters
    definition = parameters["TableInput"]
    table = backend.get_table(parameters["DatabaseName"], definition["Name"])
    seen, current = parameters.get("VersionId"), table.as_dict()["VersionId"]
    if seen not in (None, current):
        raise JsonRESTError(
            "ConcurrentModificationException",
            f"Update table failed due to concurrent modifications: {current}.",
        )
    table.update(definition)
    return EmptyResult()


def update_crawler(response: GlueResponse) -> ActionResult:
    """Replace the definition of a crawler, a call that moto lacks."""
    backend, parameters = response.glue_backend, response.parameters
    crawler = backend.get_crawler(parameters["Name"])
    for parameter, attribute in _CRAWLER_ATTRIBUTES.items():
        if parameter in parameters:
            setattr(crawler, attribute, parameters[parameter])
    crawler.version += 1
    return EmptyResult()


_CRAWLER_ATTRIBUTES = {
    "Role": "role",
    "DatabaseName": "database_name",
    "Description": "description",
    "Targets": "targets",
    "Schedule": "schedule",
    "TablePrefix": "table_prefix",
    "SchemaChangePolicy": "schema_change_policy",
    "RecrawlPolicy": "recrawl_policy",
    "Configuration": "configuration",
}
