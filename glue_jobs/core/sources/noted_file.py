"""A file as it was when it was planned, to be held against what is there later."""

from dataclasses import dataclass

from glue_jobs.core.errors import SourceError
from glue_jobs.core.storage import StoredFile

_SLACK_MS = 0.01
"""What a time in seconds may be off as a float, and far less than what tells two times of Spark apart."""


@dataclass(frozen=True)
class NotedFile:
    """Path below the source folder, modification time (epoch milliseconds, cut off, as Spark has it), bytes.

    `size` is None where it was not noted: Spark's log of files has the time alone.
    """

    path: str
    modified_ms: int
    size: int | None = None

    def is_still(self, facts: StoredFile) -> bool:
        """Whether a file with these facts may be the one that was noted."""
        since = facts.modified * 1000 - self.modified_ms
        return -_SLACK_MS < since < 1 + _SLACK_MS and self.size in (None, facts.size)


_MISREAD = set("*?[]{}\\:")
"""Spark takes the name of each file it has found for a pattern again, and reads whatever else matches it too;
a colon it cannot read at all."""


def refuse_misread(source_path: str, name: str) -> None:
    """Refuse the name of a file that Spark would misread.

    Raises:
        SourceError: it is one.
    """
    if _MISREAD & set(name):
        raise SourceError(
            f"--source_path: {source_path} holds {name!r}; rename it without any of * ? [ ] {{ }} \\ :"
        )


def path_below(root: str, path: str) -> str:
    """The part of `path` below the folder `root`, each with a scheme and as many slashes as it likes."""
    return _bare(path).removeprefix(f"{_bare(root)}/")


def _bare(path: str) -> str:
    return path.partition(":")[2].lstrip("/")
