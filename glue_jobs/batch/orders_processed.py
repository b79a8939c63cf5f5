r"""Orders from raw into the processed zone: the newest state of each, by an upsert of what is new in raw.

Reads   the runs of raw/orders below --lake_uri that the table has not taken in
Writes  the Iceberg table processed_orders in processed/orders, the views over it, and Data Docs of what was
        expected of the rows in resources/data_docs/orders
Glue    gluejob-processed-orders, with --datalake-formats iceberg

The newest event of an order wins, in whatever order the files come, however often one comes, wherever a run
died: taking in again what is in the table changes nothing. How far raw is taken in stands in the table's own
snapshots. Rows that are not as their contract says stop the job before any of them is published; runs that
were taken in before them stay. The first run makes the table. One run of it, or of the initial load, at a
time. On a laptop:

    sluice run orders-processed --lake_uri file:///data/lake
"""

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from glue_jobs.contracts.orders import DATABASE, ORDER, PROCESSED, RAW, VIEWS
from glue_jobs.core.batch_options import UpsertOptions
from glue_jobs.core.data_docs import DataDocs
from glue_jobs.core.gated_states import gated_states, rows_of
from glue_jobs.core.iceberg_job import writing
from glue_jobs.core.iceberg_table import newest_stamp
from glue_jobs.core.job_events import tell
from glue_jobs.core.landing.raw_rows import POSITION, ledger_of, position_of, runs_after
from glue_jobs.core.options import parse_options
from glue_jobs.core.runtime import run_job
from glue_jobs.core.storage import open_storage
from glue_jobs.core.upsert import upsert

JOB = "gluejob-processed-orders"


def main(argv: Sequence[str]) -> None:
    """Run the job with `argv` as Glue passes it: program name, then `--key value` pairs."""
    options = parse_options(UpsertOptions, argv, str(__doc__))
    lake = open_storage(options.lake_uri)
    ledger_of(lake, RAW)  # refuses before anything is made
    docs = DataDocs(lake, DATABASE, lambda: datetime.now(UTC))
    with writing(PROCESSED, VIEWS, JOB, argv, options.lake_uri, options.region) as spark:
        runs = runs_after(ledger_of(lake, RAW), newest_stamp(spark, PROCESSED, POSITION))
        if not runs:
            tell("nothing_to_take_in", lake_uri=options.lake_uri)
        for first in range(0, len(runs), options.max_runs):
            some, begun = runs[first : first + options.max_runs], time.monotonic()
            with gated_states(spark, RAW, PROCESSED, ORDER, some, docs) as states:
                done = upsert(PROCESSED, states, ORDER, {POSITION: position_of(some[-1])})
            tell(
                "runs_taken_in",
                runs=[some[0].number, some[-1].number],
                events=rows_of(some),
                inserted=done.inserted,
                updated=done.updated,
                seconds=round(time.monotonic() - begun, 3),
            )


if __name__ == "__main__":
    sys.exit(run_job(main, sys.argv))
