"""The one read of a stream, whatever its source."""

from collections.abc import Callable
from contextlib import nullcontext

from glue_jobs.core.options import StreamOptions
from glue_jobs.core.runtime import Runtime
from glue_jobs.core.sources.files import read_files
from glue_jobs.core.sources.kinesis import read_kinesis
from glue_jobs.core.sources.source import Source
from glue_jobs.core.sources.taken_files import TakenFiles
from glue_jobs.core.storage import Fence


def read_records(runtime: Runtime, options: StreamOptions, fence: Fence = nullcontext) -> Source:
    """The records of the source that the options name; what it notes is noted within `fence()`.

    Raises:
        SourceError: the source is not there or cannot be reached, or what it has to read again is gone.
    """
    if options.source == "files":
        _taken_files(options).check_start(fence)
        return read_files(runtime.spark, str(options.source_path), options.max_files_per_trigger)
    return read_kinesis(runtime, options)


def batch_check(options: StreamOptions) -> Callable[[int], None]:
    """What to make sure of when a batch has been planned, given its number, and before it is run.

    It raises SourceError where the source no longer has what was planned.
    """
    return _taken_files(options).check_batch if options.source == "files" else lambda batch: None


def _taken_files(options: StreamOptions) -> TakenFiles:
    return TakenFiles(str(options.source_path), options.checkpoint_uri)
