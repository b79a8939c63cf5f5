r"""Orders from raw into the processed zone, all at once: the newest state of each of all there are.

Reads   all of raw/orders below --lake_uri
Writes  the Iceberg table processed_orders in processed/orders, the views over it, and Data Docs of what was
        expected of the rows in resources/data_docs/orders
Glue    gluejob-processed-orders-initial-load, with --datalake-formats iceberg

For the start, when raw holds much, and to make the table anew, which --rebuild true says is meant. Readers
see the old rows or the new ones: they are replaced in one commit. What comes to raw later is for
`sluice run orders-processed`, and both end in the same table. Rows that are not as their
contract says stop the job before any is published. On a laptop:

    sluice run orders-processed-initial-load --lake_uri file:///data/lake
"""

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from glue_jobs.contracts.orders import DATABASE, ORDER, PROCESSED, RAW, VIEWS
from glue_jobs.core.batch_options import InitialLoadOptions
from glue_jobs.core.data_docs import DataDocs
from glue_jobs.core.errors import OptionError
from glue_jobs.core.gated_states import gated_states, rows_of
from glue_jobs.core.iceberg_job import writing
from glue_jobs.core.iceberg_table import spark_name
from glue_jobs.core.job_events import tell
from glue_jobs.core.landing.raw_rows import POSITION, ledger_of, position_of, runs_after
from glue_jobs.core.options import parse_options
from glue_jobs.core.runtime import run_job
from glue_jobs.core.storage import open_storage
from glue_jobs.core.upsert import replace_all

JOB = "gluejob-processed-orders-initial-load"


def main(argv: Sequence[str]) -> None:
    """Run the job with `argv` as Glue passes it: program name, then `--key value` pairs."""
    options = parse_options(InitialLoadOptions, argv, str(__doc__))
    lake = open_storage(options.lake_uri)
    ledger_of(lake, RAW)  # refuses before anything is made
    docs = DataDocs(lake, DATABASE, lambda: datetime.now(UTC))
    with writing(PROCESSED, VIEWS, JOB, argv, options.lake_uri, options.region) as spark:
        if not options.rebuild and not spark.table(spark_name(PROCESSED)).isEmpty():
            raise OptionError(
                f"--rebuild: got false, and {PROCESSED.name} has rows; run orders-processed to take in what "
                "is new, or give --rebuild true to replace them all"
            )
        runs, begun = runs_after(ledger_of(lake, RAW), position=None), time.monotonic()
        with gated_states(spark, RAW, PROCESSED, ORDER, runs, docs) as states:
            orders = replace_all(PROCESSED, states, {POSITION: position_of(runs[-1])})
        tell(
            "table_loaded",
            runs=[runs[0].number, runs[-1].number],
            events=rows_of(runs),
            orders=orders,
            seconds=round(time.monotonic() - begun, 3),
        )


if __name__ == "__main__":
    sys.exit(run_job(main, sys.argv))
