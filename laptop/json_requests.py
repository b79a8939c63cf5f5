"""What JSON requests to AWS have in common: how they are read, and how AWS says what is wrong with one."""

from typing import Any, TypeAlias

import orjson
from moto.core.exceptions import JsonRESTError

Json: TypeAlias = dict[str, Any]


def request_in(body: bytes) -> Json:
    """The request that is the body of a call."""
    try:
        request = orjson.loads(body)
    except ValueError as error:
        raise unreadable("body") from error
    if not isinstance(request, dict):
        raise unreadable("body")
    return request


def text_in(owner: Json, name: str, place: str) -> str | None:
    """The text under a name; None where there is none."""
    value = owner.get(name)
    if value is not None and not isinstance(value, str):
        raise unreadable(place)
    return value


def unreadable(place: str) -> JsonRESTError:
    """What stands there is of another kind than the API has it."""
    return JsonRESTError("SerializationException", f"{place} is not of the kind that the call takes")


def missing(place: str) -> JsonRESTError:
    """What the call cannot do without is not there."""
    return invalid("null", place, "not be null")


def invalid(value: str, place: str, bound: str) -> JsonRESTError:
    """The value there is not within the bound."""
    words = f"Value {value} at '{place}' failed to satisfy constraint: Member must {bound}"
    return JsonRESTError("ValidationException", f"1 validation error detected: {words}")
