"""What a program and all it has started use, and an end to all of it.

A program is started as the leader of a session; a process belongs to it by the session it is in, also when
it has made a group of its own, as Spark's Python workers do. Needs Linux's /proc; elsewhere nothing is
measured, and only the leader's group is ended.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")

# Places in /proc/<pid>/stat after the name, which is in brackets and may hold anything (proc_pid_stat(5)).
_SESSION, _TIMES = 3, slice(11, 15)


def cpu_seconds(session: int) -> float:
    """Processor time of the processes in the session, and of the ended ones they have waited for."""
    return sum(int(ticks) for _, stat in _members(session) for ticks in stat[_TIMES]) / _TICKS


def resident_bytes(session: int) -> int:
    """Memory of the processes in the session; a page that several share counts once (`Pss`, proc(5)).

    A process that has just been forked still shares all of its parent's: a JVM of 1 GiB that calls `chmod`
    would else have two for a moment.
    """
    return sum(_proportional_bytes(process) for process, _ in _members(session))


def _proportional_bytes(process: int) -> int:
    with suppress(OSError):  # it has ended in the meantime
        for line in (_PROC / str(process) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def end(session: int) -> None:
    """Kill every process of the session, until none is left."""
    with suppress(ProcessLookupError):
        os.killpg(session, signal.SIGKILL)
    while left := [process for process, stat in _members(session) if stat[0] != "Z"]:
        for process in left:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def _members(session: int) -> Iterator[tuple[int, list[str]]]:
    """Process ids, and their status from the state on."""
    for file in _PROC.glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended in the meantime
            stat = file.read_text().rpartition(")")[2].split()
            if stat[_SESSION] == str(session):
                yield int(file.parent.name), stat
