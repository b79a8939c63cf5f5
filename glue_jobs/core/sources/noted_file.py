"""A file as it was when it was planned, to be held against what is there later."""

from dataclasses import dataclass

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
