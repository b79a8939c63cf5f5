"""What a job makes sure of before its query starts: that going on would count nothing twice.

A checkpoint keeps beside Spark's own files what its query is about (`_definition.json`): the source it reads,
the event, the windows, the aggregates; and to which lake it wrote last. A start is refused where that differs
from what the job would do now, where the lake holds what another query wrote, where the checkpoint is
damaged, and where a rewind of it was interrupted.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.checkpoint import (
    DEFINITION,
    entries_of,
    interrupted_rewind,
    kept_definition,
    newest_done,
    query_id,
)
from glue_jobs.core.checkpoint_health import damages, gaps
from glue_jobs.core.errors import SluiceError
from glue_jobs.core.lease import Lease, checkpoint_errors, writer_lease
from glue_jobs.core.options import StreamOptions
from glue_jobs.core.pieces import newest_in
from glue_jobs.core.repair.versions import newest_batch_in, versions_folder
from glue_jobs.core.state_files import UnknownState, files_after, stores
from glue_jobs.core.storage import Fence, open_storage

Definition = dict[str, Any]

_ADDED = ("source", "field_types")
"""Parts of a definition that older checkpoints lack: what the next start says is taken for what was."""

_BEFORE: Definition = {"deduplicate": []}
"""Parts of a definition that older checkpoints lack, and what their jobs did."""

_REPAIRED = 2
"""How many planned batches a repair may have taken away while their files are still there, to be removed."""

_LAKE = "lake"
"""Kept with the definition, and no part of it: a lake may be moved."""


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
            guard_start(checkpoint_uri, lake_uri, tables, definition, lease.fence)
        yield lease


def source_of(options: StreamOptions) -> dict[str, str]:
    """What a query reads, as its definition keeps it: a stream or a folder, as it was given."""
    if options.source == "files":
        return {"files": str(options.source_path)}
    return {"kinesis": str(options.stream_name)}


def guard_start(
    checkpoint_uri: str,
    lake_uri: str,
    tables: Iterable[TableContract],
    definition: Definition,
    fence: Fence = nullcontext,
) -> None:
    """Refuse a checkpoint and a lake that do not belong together, or not to this definition.

    What an unfinished batch left in the state is cleared away, for the batch makes it anew. Whatever is
    changed is changed within `fence()`.

    Raises:
        StartRefused: with what differs, and the choices.
    """
    begun = query_id(checkpoint_uri)
    _refuse_interrupted_rewind(checkpoint_uri)
    _refuse_damage(checkpoint_uri)
    _refuse_gaps(checkpoint_uri)
    tables = tuple(tables)
    own = _refuse_output_of_others(begun, checkpoint_uri, lake_uri, tables)
    own = max(own, _refuse_versions_of_others(begun, checkpoint_uri, lake_uri, tables))
    _refuse_another_place(own, checkpoint_uri, lake_uri)
    _refuse_another_definition(begun, checkpoint_uri, lake_uri, definition, fence)
    _clear_unfinished_state(checkpoint_uri, fence)


def _refuse_interrupted_rewind(checkpoint_uri: str) -> None:
    rewind = interrupted_rewind(checkpoint_uri)
    if rewind is not None:
        raise StartRefused(
            f"--checkpoint_uri {checkpoint_uri}: a rewind was interrupted; run the same command again: "
            f"`sluice doctor {checkpoint_uri} --rewind {rewind.batch} --lake_uri {rewind.lake_uri}`"
        )


def _refuse_damage(checkpoint_uri: str) -> None:
    for damage in damages(open_storage(checkpoint_uri)):
        raise StartRefused(
            f"{checkpoint_uri}/{damage.path} is cut short or no entry at all, so Spark cannot go on from it; "
            f"`sluice doctor {checkpoint_uri} --repair` takes it away, and its batch is run again"
        )


def _refuse_gaps(checkpoint_uri: str) -> None:
    """Refuse a checkpoint of which a part is gone: what is left does not say what has been done."""
    for gap in gaps(open_storage(checkpoint_uri)):
        raise StartRefused(
            f"--checkpoint_uri {checkpoint_uri}: {gap}; put back what is missing, or start with a new "
            "--checkpoint_uri and a new --lake_uri"
        )


def _refuse_output_of_others(
    begun: str | None, checkpoint_uri: str, lake_uri: str, tables: Iterable[TableContract]
) -> int:
    """The newest batch of this query that has a file in the lake; -1 for none."""
    lake, newest = open_storage(lake_uri), -1
    for table in tables:
        for file in lake.list_files(table.path):
            batch = newest_in(file.path)
            if file.visible and batch is not None and batch.query_id != begun:
                own = f"is of query {begun}" if begun else "has not begun"
                raise StartRefused(
                    f"{lake_uri}: {table.name} holds files of query {batch.query_id}, but "
                    f"--checkpoint_uri {checkpoint_uri} {own}: windows would be published twice. Give the "
                    "checkpoint of that query, or a new --lake_uri, or remove the old tables"
                )
            if batch is not None:
                newest = max(newest, batch.number)
    return newest


def _refuse_versions_of_others(
    begun: str | None, checkpoint_uri: str, lake_uri: str, tables: Iterable[TableContract]
) -> int:
    """The newest batch that has gone into a version of an hour, in place of the stream's files; -1 for none.

    Such an hour is read from its version: what the stream would write for it again, nobody would see.
    """
    lake, newest = open_storage(lake_uri), -1
    planned = max(entries_of(open_storage(checkpoint_uri), "offsets"), default=-1)
    for table in tables:
        for file in lake.list_files(versions_folder(table)):
            batch = newest_batch_in(file.path)
            if batch is not None and (batch.query_id != begun or batch.number > planned):
                raise StartRefused(
                    f"{lake_uri}: {file.path.rpartition('/')[0]} holds what batch {batch.number} of query "
                    f"{batch.query_id} published, which --checkpoint_uri {checkpoint_uri} knows nothing of. "
                    "Give the checkpoint of that query, put back its entries, or give a new --lake_uri"
                )
            newest = max(newest, -1 if batch is None else batch.number)
    return newest


def _refuse_another_place(own: int, checkpoint_uri: str, lake_uri: str) -> None:
    """Refuse a lake that is ahead of the checkpoint, or that is not the one the query has written to."""
    storage = open_storage(checkpoint_uri)
    planned = max(entries_of(storage, "offsets"), default=-1)
    if own > planned + _REPAIRED:
        raise StartRefused(
            f"{lake_uri} holds files of batch {own}, and the newest in --checkpoint_uri {checkpoint_uri} is "
            f"batch {planned}: entries are missing. Put them back, or give a new checkpoint and a new lake"
        )
    before = (kept_definition(storage) or {}).get(_LAKE, lake_uri)
    if before != lake_uri and own < 0 and newest_done(storage) >= 0:
        raise StartRefused(
            f"--lake_uri: the query has written to {before}, and {lake_uri} holds no file of it; give the "
            "old one, or move its tables there first"
        )


def _refuse_another_definition(
    begun: str | None, checkpoint_uri: str, lake_uri: str, definition: Definition, fence: Fence
) -> None:
    storage = open_storage(checkpoint_uri)
    now = {**definition, _LAKE: lake_uri}
    kept = kept_definition(storage)
    if begun is not None:  # else nothing has run: what an interrupted start may have left counts for nothing
        if kept is None:
            raise StartRefused(
                f"--checkpoint_uri {checkpoint_uri}: it has no {DEFINITION}, so another program made it; "
                "give another"
            )
        since = {name: now[name] for name in (_LAKE, *_ADDED) if name in now}
        before = {name: was for name, was in _BEFORE.items() if name in now}
        differences = list(_differences({**before, **since, **kept, _LAKE: lake_uri}, now))
        if differences:
            raise StartRefused(
                f"--checkpoint_uri {checkpoint_uri} is of another definition: {'; '.join(differences)}. "
                "Go back to the old one, or give a new --checkpoint_uri and a new --lake_uri"
            )
    if kept != now:
        with storage.new_file(DEFINITION, fence) as file:
            file.write(json.dumps(now, indent=2).encode())


def _clear_unfinished_state(checkpoint_uri: str, fence: Fence) -> None:
    """Remove the versions of the state that were made after the last batch that is done.

    They are of a line that is abandoned, where the next batch is cut otherwise. And Spark 4.1 keeps a
    checksum of each file of the state, of which 3.5 does not know: a version that 3.5 makes in place of one
    of 4.1 would not fit the checksum that is left, and 4.1 would refuse it later.
    """
    storage = open_storage(checkpoint_uri)
    done = newest_done(storage)
    with suppress(UnknownState):  # of another state store, which has no such checksums
        unfinished = files_after(stores(storage), done + 1)
        with fence():
            storage.delete_files(unfinished)


def _differences(kept: Any, now: Any, place: str = "") -> Iterable[str]:
    if isinstance(kept, dict) and isinstance(now, dict):
        for name in sorted(kept.keys() | now.keys()):
            yield from _differences(kept.get(name), now.get(name), f"{place}.{name}" if place else name)
    elif kept != now:
        yield f"{place} was {json.dumps(kept)}, is {json.dumps(now)}"
