"""Taking a query back to an earlier batch, as if no later one had been: after a bad deployment, for one.

First goes what later batches wrote, from every table, raw and quarantine included; then their entries in the
checkpoint, and every version of the state that they made, so that no snapshot of the abandoned line can be
loaded when the batches to come make the same versions again. The next start reads on after the batch.

While this is going on a marker lies in the checkpoint: a job refuses to start, and the same rewind goes on
where it was interrupted. It is refused, and nothing changed, where it could not be exact.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import unquote

from glue_jobs.core.checkpoint import (
    DEFINITION,
    REWINDING,
    Interrupted,
    files_of_later_entries,
    interrupted_rewind,
    kept_definition,
    query_id,
)
from glue_jobs.core.checkpoint_health import damages
from glue_jobs.core.errors import SinkError, SluiceError, SourceError
from glue_jobs.core.lease import Lease
from glue_jobs.core.pieces import newest_in
from glue_jobs.core.repair.versions import newest_batch_in
from glue_jobs.core.rewind_source import KinesisApi, lost_since
from glue_jobs.core.rewindable import History
from glue_jobs.core.state_files import files_after, unreadable
from glue_jobs.core.storage import Storage, open_storage

Target: TypeAlias = int | datetime
"""A batch, or a time: the last batch that was planned by then."""

_AT_ONCE = 100
"""Files removed between two looks at the lease."""


class NotRewindable(SluiceError):
    """Going on from this batch could not be exact."""


@dataclass(frozen=True)
class Rewind:
    """What going back removes; each path is relative to the lake or to the checkpoint.

    batch       the last batch that stays done; planned_at, when it was planned
    newest      the newest batch that was planned
    outputs     files of later batches in the lake
    entries     files of later entries of Spark's logs
    state       files of later versions of the state
    lost        what the source has lost since an interrupted rewind began, in words; too late to refuse
    """

    checkpoint_uri: str
    lake_uri: str
    batch: int
    planned_at: datetime
    newest: int
    outputs: tuple[str, ...]
    entries: tuple[str, ...]
    state: tuple[str, ...]
    lost: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many files it removes."""
        return len(self.outputs) + len(self.entries) + len(self.state)


def plan_rewind(checkpoint_uri: str, lake_uri: str, to: Target, kinesis: KinesisApi) -> Rewind:
    """What going back to a batch would remove; changes nothing. The caller holds the writer's lease.

    Raises:
        NotRewindable: it could not be exact, with the reason.
        SourceError: the source cannot be asked.
        UnknownState: the state store is not one that jobs use.
    """
    history = History(checkpoint_uri)
    begun = interrupted_rewind(checkpoint_uri)
    if begun is None:
        _refuse_damage(history)
    batch = _batch(history, to)
    if begun is not None:
        _refuse_another(begun, Interrupted(batch, lake_uri), checkpoint_uri)
    else:
        _refuse_inexact(history, batch, kinesis)
        _refuse_another_lake(checkpoint_uri, lake_uri)
    lost = () if begun is None else tuple(_lost_meanwhile(history, batch, kinesis))
    return Rewind(
        checkpoint_uri,
        lake_uri,
        batch,
        history.plan(batch).time,
        max(history.planned),
        outputs=tuple(_outputs_after(checkpoint_uri, lake_uri, batch, required=begun is None)),
        entries=tuple(_entries_after(history, batch)),
        state=tuple(files_after(history.stores, batch + 1)),
        lost=lost,
    )


def carry_out(rewind: Rewind, lease: Lease, removed: Callable[[int], None]) -> None:
    """Remove all that the rewind names; `removed` is told how many files are gone, time and again.

    Raises:
        SinkError: a file cannot be removed; the same again goes on from there.
        LeaseLost: another run has taken over.
    """
    checkpoint, lake = open_storage(rewind.checkpoint_uri), open_storage(rewind.lake_uri)
    marker = {"batch": rewind.batch, "lake_uri": rewind.lake_uri}
    with _removal_errors(), checkpoint.new_file(REWINDING, lease.fence) as file:
        file.write(json.dumps(marker).encode())
    for storage, paths in ((lake, rewind.outputs), (checkpoint, rewind.entries), (checkpoint, rewind.state)):
        for some in _some(paths):
            with _removal_errors(), lease.fence():
                storage.delete_files(some)
            removed(len(some))
    with _removal_errors(), lease.fence():
        checkpoint.delete_files([REWINDING])


def _refuse_damage(history: History) -> None:
    for damage in damages(history.storage):
        raise NotRewindable(
            f"{history.checkpoint_uri}/{damage.path} is damaged; "
            f"run `sluice doctor {history.checkpoint_uri} --repair` first"
        )


def _refuse_another(begun: Interrupted, wanted: Interrupted, checkpoint_uri: str) -> None:
    if begun != wanted:
        raise NotRewindable(
            f"{checkpoint_uri}: a rewind was interrupted; end it first: `sluice doctor {checkpoint_uri} "
            f"--rewind {begun.batch} --lake_uri {begun.lake_uri}`"
        )


def _batch(history: History, to: Target) -> int:
    """The batch that `to` means."""
    if isinstance(to, int):
        return to
    for batch in reversed(history.planned):
        if history.plan(batch).time <= to:
            return batch
    oldest = min(history.planned, default=None)
    since = "" if oldest is None else f" (the oldest kept is batch {oldest}, {history.plan(oldest).time})"
    raise NotRewindable(f"{history.checkpoint_uri}: no batch was planned by {to}{since}")


def _refuse_inexact(history: History, batch: int, kinesis: KinesisApi) -> None:
    reasons = list(history.obstacles(batch))
    if not reasons:
        reasons = list(unreadable(history.storage, history.stores, batch + 1))
    if not reasons:
        reasons = list(_lost(history, batch, kinesis))
    if reasons:
        more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
        oldest = history.oldest()
        choice = "" if oldest is None else f"; by the checkpoint alone, batch {oldest} is the oldest"
        raise NotRewindable(
            f"{history.checkpoint_uri}: going back to batch {batch} would not be exact: "
            f"{reasons[0]}{more}{choice}"
        )


def _lost(history: History, batch: int, kinesis: KinesisApi) -> Iterator[str]:
    """What the source cannot give again of the batches after `batch`."""
    source = _definition(history.storage).get("source", {})
    return lost_since(history.storage, source, history.plan(batch).offsets, kinesis)


def _lost_meanwhile(history: History, batch: int, kinesis: KinesisApi) -> Iterator[str]:
    """The same of a rewind that has begun: it has to be ended, whether or not the source can be asked."""
    try:
        yield from _lost(history, batch, kinesis)
    except SourceError as error:
        yield f"not known, for the source cannot be asked: {error}"


def _definition(checkpoint: Storage) -> dict[str, Any]:
    kept = kept_definition(checkpoint)
    if kept is None:
        raise NotRewindable(
            f"{checkpoint.uri}: it has no {DEFINITION}, so another program made it; its output is not known"
        )
    return kept


def _refuse_another_lake(checkpoint_uri: str, lake_uri: str) -> None:
    kept = _definition(open_storage(checkpoint_uri)).get("lake", lake_uri)
    if unquote(str(kept)) != unquote(lake_uri):
        raise NotRewindable(f"--lake_uri {lake_uri}: the job of {checkpoint_uri} writes to {kept}; give that")


def _outputs_after(checkpoint_uri: str, lake_uri: str, batch: int, required: bool) -> Iterator[str]:
    """The files in the lake that later batches of the query wrote, drafts too, wherever they lie.

    A redrive that took up records of such a batch goes with it, its ledger as well.

    With `required`, a lake that holds nothing at all of the query is taken for the wrong one, and none may
    hold a version of an hour into which a later batch has gone.
    """
    query, found, kept = str(query_id(checkpoint_uri)), not required, batch
    for file in open_storage(lake_uri).list_files(""):
        into = newest_batch_in(file.path)
        if into is not None and into.query_id == query:
            kept = max(kept, into.number)
        wrote = newest_in(file.path)
        if wrote is not None and wrote.query_id == query:
            found = True
            if wrote.number > batch:
                yield file.path
    if not found:
        raise NotRewindable(
            f"--lake_uri {lake_uri}: it holds no file of query {query}; give the lake of the job, or, "
            "if it has published nothing yet, start it with a new --checkpoint_uri instead"
        )
    if required and kept > batch:
        raise NotRewindable(
            f"--lake_uri {lake_uri}: compaction or a rebuild has put rows of batch {kept} into versions "
            f"of hours (folders …__v), which cannot be taken out; go back to batch {kept} or a later one"
        )


def _entries_after(history: History, batch: int) -> Iterator[str]:
    """The files of later entries: of commits first, then of what they build on."""
    taken = history.plan(batch).offsets.get("logOffset")
    yield from files_of_later_entries(history.storage, "commits", batch)
    yield from files_of_later_entries(history.storage, "offsets", batch)
    if taken is not None:
        yield from files_of_later_entries(history.storage, "sources/0", taken)


def _some(paths: Sequence[str]) -> Iterable[Sequence[str]]:
    return (paths[first : first + _AT_ONCE] for first in range(0, len(paths), _AT_ONCE))


@contextmanager
def _removal_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SinkError(f"the rewind was interrupted: {error}; run the same command again") from error
