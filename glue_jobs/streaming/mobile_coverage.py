r"""Mobile network coverage: windowed aggregates of what phones report.

Reads   the Kinesis stream `mobile_coverage_logs` (or files of JSON lines): contracts/mobile_coverage.py
Writes  aggregations/signal_strength_by_operator, …/gps_precision_by_provider, …/status_count,
        raw/mobile_coverage and quarantine/mobile_coverage, below --lake_uri
Glue    etl_streaming_mobile_logs

On a laptop:

    sluice run mobile-coverage --source files --source_path file:///data/events \
        --lake_uri file:///data/lake --checkpoint_uri file:///data/checkpoints/mobile_coverage \
        --run_mode available_now
"""

import sys
from collections.abc import Sequence

from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT, QUARANTINE, RAW, STREAM, TABLES
from glue_jobs.core.catalog import register_tables
from glue_jobs.core.decode import EVENT_TIME
from glue_jobs.core.decode_stage import SideTables, decode_records
from glue_jobs.core.event_keys import chosen_key
from glue_jobs.core.guard import claimed, source_of
from glue_jobs.core.options import StreamOptions, parse_options
from glue_jobs.core.repeats import drop_repeats
from glue_jobs.core.runtime import open_runtime, run_job
from glue_jobs.core.sink import HourlySink
from glue_jobs.core.sources.records import read_records
from glue_jobs.core.stream import run_stream
from glue_jobs.core.windows import Windows

JOB = "etl_streaming_mobile_logs"


def main(argv: Sequence[str]) -> None:
    """Run the job with `argv` as Glue passes it: program name, then `--key value` pairs."""
    options = parse_options(
        StreamOptions, argv, str(__doc__), stream_name=STREAM, window=EVENT.window, watermark=EVENT.watermark
    )
    windows = Windows(EVENT, AGGREGATES, options.window, chosen_key(options.deduplicate, EVENT))
    tables = tuple(aggregate.table for aggregate in AGGREGATES)
    definition = {**windows.definition, "source": source_of(options)}
    output = claimed(options.checkpoint_uri, options.lake_uri, TABLES, definition)
    with output as lease, open_runtime(JOB, argv) as runtime:
        side = SideTables(options.lake_uri, lease.fence, QUARANTINE, RAW if options.keep_raw else None)
        sink = HourlySink(
            options.lake_uri,
            options.checkpoint_uri,
            lease.fence,
            tables,
            side.tables,
            ever_written=TABLES,
            hour_of="window_start",
            catalog=register_tables(options, (*tables, *side.tables)),
        )
        rows = (
            decode_records(read_records(runtime, options, lease.fence), windows, side)
            .withWatermark(EVENT_TIME, f"{options.watermark.total_seconds():.0f} seconds")
            .transform(drop_repeats, windows)
            .transform(windows.merge)
        )
        run_stream(runtime, JOB, rows, sink, options)


if __name__ == "__main__":
    sys.exit(run_job(main, sys.argv))
