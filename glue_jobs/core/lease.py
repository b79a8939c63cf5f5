"""One writer: the right to write what a checkpoint stands for, held by one run at a time.

The right lies in a file of the checkpoint folder: which run holds it, and until when. The holder renews it
while it lives. Another run is refused; it takes over once the right was given back, has expired, or its
holder is a process of this machine that is gone. A run that was paused so long that another took over
finds out before the next of its files gets its name, and stops: the other's work is never overwritten.
"""

import json
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import uuid4

from glue_jobs.core.checkpoint import DEFINITION
from glue_jobs.core.errors import SinkError
from glue_jobs.core.redaction import one_line
from glue_jobs.core.storage import open_storage

PATH = "_lease.json"
VALID = timedelta(seconds=60)
"""How long a right outlives its last renewal. Clocks of machines may differ by much less."""

_RENEWALS = 3
"""How often it is renewed while it is valid."""

_log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Pause = Callable[[float], None]


class LeaseHeld(SinkError):
    """Another run is writing."""


class LeaseLost(SinkError):
    """Another run has taken over from this one."""


@dataclass(frozen=True)
class Lease:
    """The right of one run, small enough to be sent to every task."""

    checkpoint_uri: str
    run: str

    @contextmanager
    def fence(self) -> Iterator[None]:
        """Within the block this run holds the right; on a disk nobody can take it meanwhile.

        Raises:
            LeaseLost: another run has it.
        """
        storage = open_storage(self.checkpoint_uri)
        with storage.unswapped(PATH):
            with checkpoint_errors(self.checkpoint_uri):
                holder = json.loads(storage.read_file(PATH))
            if holder["run"] != self.run:
                raise LeaseLost(f"{self.checkpoint_uri}: taken over by {_named(holder)}; this run stops")
            yield


@contextmanager
def writer_lease(
    checkpoint_uri: str,
    now: Clock = lambda: datetime.now(UTC),
    pause: Pause = time.sleep,
    overtaken: Callable[[], None] = lambda: os.kill(os.getpid(), signal.SIGTERM),
) -> Iterator[Lease]:
    """The right to write, taken for the block and renewed in it.

    When another run has taken over, `overtaken` is called: SIGTERM, which stops the query as soon as may be.

    Raises:
        LeaseHeld: another run has it, and is alive.
        LeaseLost: at the end of the block, where another run has taken over.
    """
    holder = _Holder(checkpoint_uri, uuid4().hex, now)
    with checkpoint_errors(checkpoint_uri):
        holder.take(pause)
    lease = Lease(checkpoint_uri, holder.run)
    ended = Event()
    renewing = Thread(target=holder.keep, args=[ended, overtaken], name="lease", daemon=True)
    renewing.start()
    try:
        yield lease
        with lease.fence():
            pass
    finally:
        ended.set()
        renewing.join()
        holder.give_back()


@contextmanager
def checkpoint_errors(checkpoint_uri: str) -> Iterator[None]:
    """Turns what goes wrong with the files of a checkpoint inside the block into one `SinkError`."""
    try:
        yield
    except OSError as error:
        raise SinkError(f"--checkpoint_uri {checkpoint_uri}: {error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise SinkError(
            f"--checkpoint_uri {checkpoint_uri}: a file beside Spark's own ({PATH}, {DEFINITION}) is damaged "
            f"({error}); restore it, or remove {PATH} if no run is alive"
        ) from error


def writer(checkpoint_uri: str, now: Clock = lambda: datetime.now(UTC)) -> str | None:
    """The run that holds the right, in words; None where nobody does."""
    try:
        holder = json.loads(open_storage(checkpoint_uri).read_file(PATH))
    except FileNotFoundError:
        return None
    return None if _is_free(holder, now()) else _named(holder)


class _Holder:
    """What one run has written into the file last, and how it changes that."""

    def __init__(self, checkpoint_uri: str, run: str, now: Clock) -> None:
        self.run = run
        self._storage = open_storage(checkpoint_uri)
        self._uri = checkpoint_uri
        self._now = now
        self._written: bytes | None = None

    def take(self, pause: Pause) -> None:
        """Take the right; where its holder may have died, wait until that is certain."""
        awaited: bytes | None = None
        while True:
            found = self._read()
            holder = json.loads(found) if found is not None else None
            if holder is not None and holder["run"] == self.run:  # taken, and only the answer was lost
                self._written = found
                return
            if holder is None or _is_free(holder, self._now()):
                if self._swap(found, self._now() + VALID):
                    return
            elif _is_here_and_alive(holder) or awaited not in (None, found):
                raise LeaseHeld(
                    f"--checkpoint_uri {self._uri}: another run ({_named(holder)}) is writing; "
                    "stop it first, or give this run a checkpoint and a lake of its own"
                )
            elif awaited is None:
                awaited = found
                _log.warning("waiting until another run (%s) is certainly gone", _named(holder))
            pause(1)

    def keep(self, ended: Event, overtaken: Callable[[], None]) -> None:
        """Renew until the run has ended, or another has taken over."""
        while not ended.wait(VALID.total_seconds() / _RENEWALS):
            try:
                if not self._rewrite(self._now() + VALID):
                    _log.error("%s: another run has taken over; this one stops", self._uri)
                    overtaken()
                    return
            except (OSError, ValueError, KeyError) as error:  # tried again; in the end another may take over
                _log.warning("%s: the lease could not be renewed: %s", self._uri, one_line(str(error)))

    def give_back(self) -> None:
        """Let the next run begin at once; where that fails, it begins when the right has expired."""
        try:
            self._rewrite(self._now())
        except OSError as error:
            _log.warning("%s: the lease could not be given back: %s", self._uri, one_line(str(error)))

    def _rewrite(self, until: datetime) -> bool:
        """Change what this run has written; False where another run has it."""
        if self._swap(self._written, until):
            return True
        found = self._read()  # the last change may have been made, and only its answer been lost
        if found is None or json.loads(found)["run"] != self.run:
            return False
        return self._swap(found, until)

    def _read(self) -> bytes | None:
        try:
            return self._storage.read_file(PATH)
        except FileNotFoundError:
            return None

    def _swap(self, found: bytes | None, until: datetime) -> bool:
        process = {"host": socket.gethostname(), "machine": _machine(), "pid": os.getpid()}
        holder = {"run": self.run, "until": until.isoformat(), **process, "born": _born(os.getpid())}
        content = json.dumps(holder).encode()
        if not self._storage.swap_file(PATH, found, content):
            return False
        self._written = content
        return True


def _is_free(holder: dict[str, Any], now: datetime) -> bool:
    gone = _is_here(holder) and _born(holder["pid"]) != holder["born"]
    return gone or datetime.fromisoformat(holder["until"]) <= now


def _is_here(holder: dict[str, Any]) -> bool:
    return holder["machine"] is not None and bool(holder["machine"] == _machine())


def _is_here_and_alive(holder: dict[str, Any]) -> bool:
    return _is_here(holder) and _born(holder["pid"]) == holder["born"]


def _machine() -> str | None:
    """This start of this machine and the container in it: numbers of processes count within that alone."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:  # not Linux: whether a process lives is then told by its renewals alone
        return None


def _born(pid: int) -> str | None:
    """When a process of this machine began, for a number is used again; None where there is none.

    One that has ended, and that its parent has not asked for yet, is none (proc(5): Z, X).
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else fields[19]  # starttime, in ticks since the machine started


def _named(holder: dict[str, Any]) -> str:
    return f"process {holder['pid']} on {holder['host']}"
