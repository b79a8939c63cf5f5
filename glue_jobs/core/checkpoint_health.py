"""What a checkpoint says about its query, whether Spark can go on from it, and how to mend it.

Spark writes an entry of `offsets` when it has planned a batch and one of `commits` when the batch is done;
the source `files` keeps a log of its own below `sources/0`. A machine that dies can leave the newest entry of
a log cut short, and Spark then refuses to start. Such an entry can be taken away without loss: the batch is
planned or committed anew, and before it runs the sink removes what an earlier attempt at it has left.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from glue_jobs.core import checkpoint, lease
from glue_jobs.core.checkpoint import entries_of
from glue_jobs.core.errors import SluiceError, SourceError
from glue_jobs.core.rewindable import History
from glue_jobs.core.sources.file_log import taken_after
from glue_jobs.core.state_files import UnknownState
from glue_jobs.core.storage import Storage, open_storage

_LOGS = {"offsets": 3, "commits": 2, "sources/0": 2}
"""Spark's logs, and how many lines an entry has at least: the version, then JSON."""


class NotRepairable(SluiceError):
    """Going on from this checkpoint could not be exact."""


@dataclass(frozen=True)
class Damage:
    """An entry of a log that cannot be read, and the number of the newest entry of that log."""

    log: str
    path: str
    number: int
    newest: int


@dataclass(frozen=True)
class Health:
    """The state of a query; None or empty where the checkpoint does not say.

    planned      number of the newest batch that was planned, and when
    committed    number of the newest batch that is done
    watermark    event time below which windows are closed
    oldest       the oldest batch that it can be taken back to, as far as the checkpoint tells
    offsets      where the planned batch ends: positions by shard, or the source's own words
    files_taken  how many files batches have taken; None where the source is not `files`
    state_bytes  size of the state store's files
    writer       the run that holds the lease
    rewinding    the batch that an interrupted rewind goes back to
    damaged      entries that cannot be read
    gaps         what is missing so that no job can go on, in words
    """

    query_id: str
    definition: dict[str, Any]
    planned: int | None
    planned_at: datetime | None
    committed: int | None
    oldest: int | None
    watermark: datetime | None
    offsets: dict[str, Any]
    files_taken: int | None
    state_bytes: int
    writer: str | None
    rewinding: int | None
    damaged: tuple[Damage, ...]
    gaps: tuple[str, ...]

    @property
    def well(self) -> bool:
        """Whether a job can go on from here."""
        return not self.damaged and not self.gaps and bool(self.definition) and self.rewinding is None


def examine(checkpoint_uri: str) -> Health:
    """Look at a checkpoint without changing it.

    Raises:
        SourceError: there is no checkpoint of a query.
    """
    query_id = checkpoint.query_id(checkpoint_uri)
    if query_id is None:
        raise SourceError(f"{checkpoint_uri}: no query has begun here; give the --checkpoint_uri of a job")
    storage = open_storage(checkpoint_uri)
    damaged = tuple(damages(storage))
    planned, committed = (_newest_whole(storage, log, damaged) for log in ("offsets", "commits"))
    rewind = checkpoint.interrupted_rewind(checkpoint_uri)
    plan = None if planned is None else checkpoint.planned_batch(checkpoint_uri, planned)
    return Health(
        query_id=query_id,
        definition=_json_or_nothing(storage, checkpoint.DEFINITION),
        planned=planned,
        planned_at=plan.time if plan else None,
        committed=committed,
        oldest=None if damaged else _oldest(checkpoint_uri),
        watermark=plan.watermark if plan else None,
        offsets=plan.offsets if plan else {},
        files_taken=None
        if damaged or not plan or "logOffset" not in plan.offsets
        else sum(1 for _ in taken_after(storage, -1)),
        state_bytes=sum(file.size for file in storage.list_files("state")),
        writer=lease.writer(checkpoint_uri),
        rewinding=rewind.batch if rewind else None,
        damaged=damaged,
        gaps=() if damaged else tuple(gaps(storage)),
    )


def repair(checkpoint_uri: str) -> list[str]:
    """Take away damaged newest entries, so that their batch is run again; what was taken away.

    Raises:
        NotRepairable: an older entry is damaged, so what was done cannot be known; or a rewind is under way.
        LeaseHeld: a run is writing.
    """
    with lease.writer_lease(checkpoint_uri) as held:
        if checkpoint.interrupted_rewind(checkpoint_uri) is not None:
            raise NotRepairable(
                f"{checkpoint_uri}: a rewind was interrupted; end that first, by the same command"
            )
        removed: list[str] = []
        while damaged := list(damages(open_storage(checkpoint_uri))):
            _refuse_older(checkpoint_uri, damaged)
            with held.fence():
                removed += _forget(checkpoint_uri, damaged[0])
        return removed


def _refuse_older(checkpoint_uri: str, damaged: Iterable[Damage]) -> None:
    for damage in damaged:
        if damage.number != damage.newest:
            raise NotRepairable(
                f"{checkpoint_uri}/{damage.path} is damaged, and newer entries are there: what its batch "
                "took cannot be known. Start with a new --checkpoint_uri and a new --lake_uri"
            )


def _forget(checkpoint_uri: str, damage: Damage) -> list[str]:
    """Remove the entry and those that build on it, each with Spark's checksum; the files removed."""
    storage = open_storage(checkpoint_uri)
    if damage.log == "commits":
        entries = [damage.path]
    else:
        commits, plans = entries_of(storage, "commits"), entries_of(storage, "offsets")
        batches = [damage.number]
        if damage.log == "sources/0":
            batches = [batch for batch in plans if _takes(checkpoint_uri, batch, damage.number)]
        entries = [commits[batch] for batch in batches if batch in commits]
        entries += [plans[batch] for batch in batches]
    there = {file.path for log in _LOGS for file in storage.list_files(log)}
    wanted = [path for entry in dict.fromkeys([*entries, damage.path]) for path in (entry, _checksum(entry))]
    files = [path for path in wanted if path in there]
    storage.delete_files(files)
    return files


def _takes(checkpoint_uri: str, batch: int, log_offset: int) -> bool:
    """Whether a batch comes to or after what entry `log_offset` of the source's log names."""
    return bool(checkpoint.planned_batch(checkpoint_uri, batch).offsets["logOffset"] >= log_offset)


def _checksum(entry: str) -> str:
    folder, _, name = entry.rpartition("/")
    return f"{folder}/.{name}.crc"


def damages(storage: Storage) -> Iterator[Damage]:
    """The entries that cannot be read, in a checkpoint or in none at all."""
    for log, lines in _LOGS.items():
        entries = entries_of(storage, log)
        for number, path in entries.items():
            if not _is_whole(storage.read_file(path), lines):
                yield Damage(log, path, number, newest=max(entries))


def gaps(storage: Storage) -> Iterator[str]:
    """What is missing of a checkpoint so that no query can go on from it, in words."""
    planned, done = max(entries_of(storage, "offsets"), default=-1), checkpoint.newest_done(storage)
    if done > planned:
        yield f"batch {done} is in commits and not in offsets"
    if done >= 0 and not any(storage.list_files("state")):
        yield f"batch {done} is done, and there is no state"


def _oldest(checkpoint_uri: str) -> int | None:
    try:
        return History(checkpoint_uri).oldest()
    except UnknownState:
        return None


def _newest_whole(storage: Storage, log: str, damaged: Iterable[Damage]) -> int | None:
    unread = {damage.number for damage in damaged if damage.log == log}
    return max((number for number in entries_of(storage, log) if number not in unread), default=None)


def _is_whole(entry: bytes, least_lines: int) -> bool:
    """Whether it is a version and lines of JSON; what was cut short ends in the middle of one."""
    version, *lines = entry.split(b"\n")
    lines = [line for line in lines if line]
    if not re.fullmatch(rb"v\d+", version) or len(lines) + 1 < least_lines:
        return False
    try:
        for line in lines:
            json.loads(line)
    except ValueError:
        return False
    return True


def _json_or_nothing(storage: Storage, path: str) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(storage.read_file(path))
    except FileNotFoundError:
        return {}
    return content
