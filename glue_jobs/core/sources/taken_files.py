"""The files that a query has taken, held against what is in the folder now.

Spark takes a file once, takes one that is gone for empty, and never looks at a name again. So a file that
vanishes before it is read, or changes afterwards, would lose lines without a word. Here the job stops.
"""

from contextlib import nullcontext
from urllib.parse import unquote

from glue_jobs.core.checkpoint import entries_of, planned_batch
from glue_jobs.core.errors import SourceError
from glue_jobs.core.sources.file_log import LoggedFile, note_again, taken_after
from glue_jobs.core.sources.file_names import path_below, refuse_misread
from glue_jobs.core.sources.noted_file import NotedFile
from glue_jobs.core.storage import Fence, StoredFile, hadoop_path, open_storage


class TakenFiles:
    """What the log has said so far of the files below `source_path`, which is read entry by entry."""

    def __init__(self, source_path: str, checkpoint_uri: str) -> None:
        self._source_path = source_path
        self._checkpoint_uri = checkpoint_uri
        self._checkpoint = open_storage(checkpoint_uri)
        self._newest_entry = -1
        self._read: dict[str, LoggedFile] = {}
        self._planned: dict[str, LoggedFile] = {}

    def check_start(self, fence: Fence = nullcontext) -> None:
        """Before the query starts: a planned batch can be run, and what was read is as it was.

        A file of a batch that is not committed may have changed: the batch is read anew, with the file as it
        is now, and so that is noted, within `fence()`.

        Raises:
            SourceError: a file of a planned batch is gone, or one that has been read is another now.
        """
        plans, commits = entries_of(self._checkpoint, "offsets"), entries_of(self._checkpoint, "commits")
        committed = max(plans.keys() & commits.keys(), default=-1)
        there = self._look(committed + 1)
        changed = {
            file.uri: int(there[path].modified * 1000)
            for path, file in self._planned.items()
            if not _is_still(file, path, there[path])
        }
        note_again(self._checkpoint, changed, fence)

    def check_batch(self, batch: int) -> None:
        """When a batch has been planned, and before it is run.

        Raises:
            SourceError: a file of it is gone or changed or has a name that Spark would misread, or one that
                has been read is another now.
        """
        there = self._look(batch)
        for path, file in self._planned.items():
            refuse_misread(self._source_path, path)
            if not _is_still(file, path, there[path]):
                raise SourceError(
                    f"--source_path: {file.uri} has changed since batch {batch} was planned; let what writes "
                    "it come to its end, or move whole files in, and start the job again to read it anew"
                )

    def _look(self, batch: int) -> dict[str, StoredFile]:
        """The folder as it is when batch `batch` is the first that is not committed."""
        self._read_log(self._last_entry(batch - 1))
        there = {file.path: file for file in open_storage(self._source_path).list_files("")}
        for path in sorted(self._planned.keys() - there.keys()):
            raise SourceError(
                f"--source_path: {self._planned[path].uri} is gone, but batch {batch} of "
                f"{self._checkpoint_uri} is to read it; put it back, or start with a new checkpoint and lake"
            )
        for path in sorted(self._read.keys() & there.keys()):
            if not _is_still(self._read[path], path, there[path]):
                raise SourceError(
                    f"--source_path: {self._read[path].uri} has changed since it was read, and what is new "
                    "in it would be lost; give that a file with a name of its own, and remove this one"
                )
        return there

    def _read_log(self, done: int) -> None:
        """Read on in the log; the entries up to `done` are those of committed batches."""
        root = hadoop_path(self._source_path)
        for file in taken_after(self._checkpoint, self._newest_entry):
            self._planned[path_below(root, unquote(file.uri))] = file
            self._newest_entry = max(self._newest_entry, file.entry)
        self._read |= {path: file for path, file in self._planned.items() if file.entry <= done}
        self._planned = {path: file for path, file in self._planned.items() if file.entry > done}

    def _last_entry(self, batch: int) -> int:
        """The last entry of the log that a batch has taken; -1 where there is no such batch."""
        if batch < 0:
            return -1
        return int(planned_batch(self._checkpoint_uri, batch).offsets.get("logOffset", -1))


def _is_still(file: LoggedFile, path: str, facts: StoredFile) -> bool:
    return NotedFile(path, file.modified_ms).is_still(facts)
