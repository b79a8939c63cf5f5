"""How often something has happened in a job, counted over all its processes in one file."""

import fcntl
import os
from pathlib import Path


def note(hits: Path, name: str) -> int:
    """Note that `name` has happened in this process; how often it has in all of them."""
    with hits.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(f"{name} {os.getpid()}\n")
        file.flush()
        file.seek(0)
        return sum(line.split()[0] == name for line in file)


def processes(hits: Path) -> set[int]:
    """The processes in which anything has happened."""
    return {int(line.split()[1]) for line in hits.read_text().splitlines()}
