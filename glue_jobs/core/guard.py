"""What a job makes sure of before its query starts: that going on would count nothing twice.

A checkpoint keeps beside Spark's own files what its query is about (`_definition.json`). A start is refused
where that differs from what the job would do now, where the lake holds what another query wrote, and where
the checkpoint is damaged.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.batch_files import batch_of
from glue_jobs.core.checkpoint import DEFINITION, query_id
from glue_jobs.core.checkpoint_health import damages
from glue_jobs.core.errors import SluiceError
from glue_jobs.core.lease import Lease, checkpoint_errors, writer_lease
from glue_jobs.core.storage import open_storage

Definition = dict[str, Any]


class StartRefused(SluiceError):
    """Going on from this checkpoint into this lake would publish something twice or mix two meanings."""


@contextmanager
def claimed(
    checkpoint_uri: str, lake_uri: str, tables: Iterable[TableContract], definition: Definition
) -> Iterator[Lease]:
    """The right to go on from this checkpoint into this lake, for the block.

    Raises:
        LeaseHeld: another run has it.
        StartRefused: they do not belong together, or not to this definition.
    """
    with writer_lease(checkpoint_uri) as lease:
        with checkpoint_errors(checkpoint_uri):
            guard_start(checkpoint_uri, lake_uri, tables, definition)
        yield lease


def guard_start(
    checkpoint_uri: str, lake_uri: str, tables: Iterable[TableContract], definition: Definition
) -> None:
    """Refuse a checkpoint and a lake that do not belong together, or not to this definition.

    Raises:
        StartRefused: with what differs, and the choices.
    """
    begun = query_id(checkpoint_uri)
    _refuse_damage(checkpoint_uri)
    _refuse_output_of_others(begun, checkpoint_uri, lake_uri, tables)
    _refuse_another_definition(begun, checkpoint_uri, definition)


def _refuse_damage(checkpoint_uri: str) -> None:
    for damage in damages(open_storage(checkpoint_uri)):
        raise StartRefused(
            f"{checkpoint_uri}/{damage.path} is cut short or no entry at all, so Spark cannot go on from it; "
            f"`sluice doctor {checkpoint_uri} --repair` takes it away, and its batch is run again"
        )


def _refuse_output_of_others(
    begun: str | None, checkpoint_uri: str, lake_uri: str, tables: Iterable[TableContract]
) -> None:
    lake = open_storage(lake_uri)
    for table in tables:
        for file in lake.list_files(table.path):
            batch = batch_of(file.path)
            if file.visible and batch is not None and batch.query_id != begun:
                own = f"is of query {begun}" if begun else "has not begun"
                raise StartRefused(
                    f"{lake_uri}: {table.name} holds files of query {batch.query_id}, but "
                    f"--checkpoint_uri {checkpoint_uri} {own}: windows would be published twice. Give the "
                    "checkpoint of that query, or a new --lake_uri, or remove the old tables"
                )


def _refuse_another_definition(begun: str | None, checkpoint_uri: str, definition: Definition) -> None:
    storage = open_storage(checkpoint_uri)
    try:
        kept = json.loads(storage.read_file(DEFINITION))
    except FileNotFoundError:
        kept = None
    if begun is None:  # nothing has run: what an interrupted start may have left counts for nothing
        with storage.new_file(DEFINITION) as file:
            file.write(json.dumps(definition, indent=2).encode())
        return
    if kept is None:
        raise StartRefused(
            f"--checkpoint_uri {checkpoint_uri}: it has no {DEFINITION}, so another program made it; "
            "give another"
        )
    differences = list(_differences(kept, definition))
    if differences:
        raise StartRefused(
            f"--checkpoint_uri {checkpoint_uri} is of another definition: {'; '.join(differences)}. "
            "Go back to the old one, or give a new --checkpoint_uri and a new --lake_uri"
        )


def _differences(kept: Any, now: Any, place: str = "") -> Iterable[str]:
    if isinstance(kept, dict) and isinstance(now, dict):
        for name in sorted(kept.keys() | now.keys()):
            yield from _differences(kept.get(name), now.get(name), f"{place}.{name}" if place else name)
    elif kept != now:
        yield f"{place} was {json.dumps(kept)}, is {json.dumps(now)}"
