"""Athena's views as the Glue catalogue keeps them."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

import orjson

from glue_jobs.core.errors import CatalogError

_STORED = r"/\* Presto View: ([A-Za-z0-9+/=]+) \*/"


@dataclass(frozen=True)
class ViewText:
    """A view's query, and the database that its table names without one are looked up in."""

    sql: str
    database: str


def view_text(found: Any) -> ViewText | None:
    """What a table of the catalogue says as a view; None where it is none.

    Raises:
        CatalogError: it is a view, but not one of Athena's.
    """
    if found.get("TableType") != "VIRTUAL_VIEW":
        return None
    try:
        stored = re.fullmatch(_STORED, found.get("ViewOriginalText", ""))
        view = orjson.loads(base64.b64decode(stored[1], validate=True)) if stored else {}
        return ViewText(view["originalSql"], view["schema"])
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise CatalogError(
            f"view {found['DatabaseName']}.{found['Name']}: is not kept as Athena keeps its views"
        ) from error
