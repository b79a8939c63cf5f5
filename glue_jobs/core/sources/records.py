"""The one read of a stream, whatever its source."""

from pyspark.sql import DataFrame

from glue_jobs.core.options import StreamOptions
from glue_jobs.core.runtime import Runtime
from glue_jobs.core.sources.files import read_files, refuse_lost_files
from glue_jobs.core.sources.kinesis import read_kinesis


def read_records(runtime: Runtime, options: StreamOptions) -> DataFrame:
    """A stream of `RECORDS` from the source that the options name.

    Raises:
        SourceError: the source is not there or cannot be reached.
    """
    if options.source == "files":
        refuse_lost_files(options.checkpoint_uri)
        return read_files(runtime.spark, str(options.source_path), options.max_files_per_trigger)
    return read_kinesis(runtime, options)
