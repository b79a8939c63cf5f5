"""The parts of the job, put together over files: one file is one batch."""

from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

from pyspark.sql import SparkSession

from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT, QUARANTINE, RAW, TABLES
from glue_jobs.core.decode import EVENT_TIME
from glue_jobs.core.decode_stage import SideTables, decode_records
from glue_jobs.core.guard import guard_start
from glue_jobs.core.options import StreamOptions
from glue_jobs.core.repeats import drop_repeats
from glue_jobs.core.runtime import Runtime
from glue_jobs.core.sink import HourlySink
from glue_jobs.core.sources.records import read_records
from glue_jobs.core.stream import run_stream
from glue_jobs.core.windows import Windows


def run_parts(
    spark: SparkSession,
    folder: Path,
    windows: Windows,
    watermark: timedelta = EVENT.watermark,
    keep_raw: bool = True,
) -> None:
    """Stream what is new in `folder`/events into `folder`/lake, with the checkpoint beside."""
    options = StreamOptions(
        lake_uri=(folder / "lake").as_uri(),
        checkpoint_uri=(folder / "checkpoint").as_uri(),
        source="files",
        source_path=(folder / "events").as_uri(),
        max_files_per_trigger=1,
        run_mode="available_now",
    )
    # Without its source, which a copied lake has elsewhere.
    guard_start(options.checkpoint_uri, options.lake_uri, TABLES, windows.definition)
    side = SideTables(options.lake_uri, nullcontext, QUARANTINE, RAW if keep_raw else None)
    sink = HourlySink(
        options.lake_uri,
        options.checkpoint_uri,
        nullcontext,
        tuple(aggregate.table for aggregate in AGGREGATES),
        side.tables,
        TABLES,
        "window_start",
        None,
    )
    runtime = Runtime(spark)
    rows = (
        decode_records(read_records(runtime, options), windows, side)
        .withWatermark(EVENT_TIME, f"{watermark.total_seconds():.0f} seconds")
        .transform(drop_repeats, windows)
        .transform(windows.merge)
    )
    run_stream(runtime, folder.name, rows, sink, options)
