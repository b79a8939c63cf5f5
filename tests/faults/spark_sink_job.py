"""The table `status_count` through Spark's own Parquet sink in the place of the exactly-once one.

When `SLUICE_KILL_AT` says so, it dies in the last part of a batch, with the other parts written.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext

import pyarrow as pa
from pyspark import TaskContext

from glue_jobs.contracts.mobile_coverage import EVENT, QUARANTINE, STATUS_COUNT, STREAM
from glue_jobs.core.decode import EVENT_TIME
from glue_jobs.core.decode_stage import SideTables, decode_records
from glue_jobs.core.options import StreamOptions, parse_options
from glue_jobs.core.runtime import open_runtime
from glue_jobs.core.sources.records import read_records
from glue_jobs.core.windows import Windows
from tests.faults.kill_points import die

PARTS = 4 * (os.cpu_count() or 1)
"""Many more than cores, so that Spark starts the last part when others are done."""


def dying(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows; death in the last part."""
    task = TaskContext.get()
    if "SLUICE_KILL_AT" in os.environ and task is not None and task.partitionId() == PARTS - 1:
        die("between_parts")
    yield from batches


def main(argv: Sequence[str]) -> None:
    """Run the job with the arguments of the real one."""
    options = parse_options(
        StreamOptions, argv, "", stream_name=STREAM, window=EVENT.window, watermark=EVENT.watermark
    )
    windows = Windows(EVENT, (STATUS_COUNT,), options.window)
    with open_runtime("spark_sink", argv, shuffle_partitions=PARTS) as runtime:
        side = SideTables(options.lake_uri, nullcontext, QUARANTINE)
        rows = (
            decode_records(read_records(runtime, options), windows, side)
            .withWatermark(EVENT_TIME, "10 minutes")
            .transform(windows.merge)
            .select(*STATUS_COUNT.table.schema.fieldNames())
        )
        query = (
            rows.mapInArrow(dying, rows.schema)
            .writeStream.format("parquet")
            .option("path", f"{options.lake_uri}/{STATUS_COUNT.table.path}")
            .option("checkpointLocation", options.checkpoint_uri)
            .trigger(availableNow=True)
            .start()
        )
        query.awaitTermination()


if __name__ == "__main__":
    main(sys.argv)
