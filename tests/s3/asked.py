"""What requests to AWS come to in IAM's words, and whether a policy allows them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.faults.aws_proxy import Call

_OF_OBJECTS = {
    "GetObject": "s3:GetObject",
    "HeadObject": "s3:GetObject",
    "PutObject": "s3:PutObject",
    "DeleteObject": "s3:DeleteObject",
}
_CATALOG = "arn:aws:glue:us-east-1:123456789012"


@dataclass(frozen=True)
class Asked:
    """An action on a resource; of a list also its prefix."""

    action: str
    resource: str
    prefix: str | None = None


def asked(calls: Iterable[Call]) -> set[Asked]:
    """All that the calls ask the right for."""
    return {one for call in calls for one in _of(call)}


def _of(call: Call) -> Iterator[Asked]:
    if call.body:
        yield from _of_catalog(call)
        return
    parts = urlsplit(call.path)
    bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
    if call.operation == "ListObjectsV2":
        prefix = parse_qs(parts.query, keep_blank_values=True).get("prefix", [""])[0]
        yield Asked("s3:ListBucket", f"arn:aws:s3:::{bucket}", prefix)
    elif call.operation == "DeleteObjects":
        yield from (Asked("s3:DeleteObject", f"arn:aws:s3:::{bucket}/{one}") for one in call.keys)
    elif key:
        yield Asked(_OF_OBJECTS[call.operation], f"arn:aws:s3:::{bucket}/{key}")


def _of_catalog(call: Call) -> Iterator[Asked]:
    """Glue asks for the right to the catalogue, the database and, where one is named, the table."""
    action, body = f"glue:{call.operation}", call.body
    if call.operation == "GetDatabase":
        database, table = body["Name"], None
    else:
        database = body["DatabaseName"]
        table = body.get("TableName") or body.get("Name") or body["TableInput"]["Name"]
    yield Asked(action, f"{_CATALOG}:catalog")
    yield Asked(action, f"{_CATALOG}:database/{database}")
    if table is not None:
        yield Asked(action, f"{_CATALOG}:table/{database}/{table}")


def allows(policy: Mapping[str, Any], one: Asked) -> bool:
    """Whether some statement does."""
    return any(_allows(statement, one) for statement in policy["Statement"])


def _allows(statement: Mapping[str, Any], one: Asked) -> bool:
    if one.action not in statement["Action"]:
        return False
    if not any(fnmatchcase(one.resource, place) for place in statement["Resource"]):
        return False
    prefixes = statement.get("Condition", {}).get("StringLikeIfExists", {}).get("s3:prefix")
    return prefixes is None or one.prefix is None or any(fnmatchcase(one.prefix, like) for like in prefixes)


def unused(policy: Mapping[str, Any], done: set[Asked]) -> set[tuple[str, str, str]]:
    """Each statement's name, action and resource that no request needed; of a list each prefix."""
    return {
        (statement["Sid"], action, place)
        for statement in policy["Statement"]
        for action in statement["Action"]
        for place in _places(statement)
        if not any(_meets(statement, action, place, one) for one in done)
    }


def _places(statement: Mapping[str, Any]) -> list[str]:
    prefixes: list[str] | None = statement.get("Condition", {}).get("StringLikeIfExists", {}).get("s3:prefix")
    return prefixes if prefixes is not None else list(statement["Resource"])


def _meets(statement: Mapping[str, Any], action: str, place: str, one: Asked) -> bool:
    if one.action != action:
        return False
    if place in statement["Resource"]:
        return fnmatchcase(one.resource, place)
    in_bucket = one.resource in statement["Resource"]
    return in_bucket and one.prefix is not None and fnmatchcase(one.prefix, place)


def filled(text: str, places: Mapping[str, str]) -> str:
    """A policy with its places filled, as Terraform's `templatefile` does it."""
    return re.sub(r"\$\{(\w+)\}", lambda place: places[place[1]], text)
