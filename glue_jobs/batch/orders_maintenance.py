r"""Maintenance of processed orders: few files instead of many, and none that nobody can ask for any more.

Reads   processed/orders below --lake_uri, as the catalogue knows it
Writes  the same rows in larger files; removes snapshots after --readable_for, and files that belong to none
Glue    gluejob-maintain-processed-orders, with --datalake-formats iceberg

The jobs that change the table may run meanwhile. What gives way to them is told, and done by the next run.
Running it again changes nothing. On a laptop:

    sluice run orders-maintenance --lake_uri file:///data/lake
"""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from glue_jobs.contracts.orders import PROCESSED
from glue_jobs.core.batch_options import UpkeepOptions
from glue_jobs.core.catalog import open_catalog
from glue_jobs.core.iceberg import session_settings, use_catalog
from glue_jobs.core.iceberg_upkeep import Upkeep, upkeep
from glue_jobs.core.job_events import tell
from glue_jobs.core.options import parse_options
from glue_jobs.core.runtime import open_runtime, run_job

JOB = "gluejob-maintain-processed-orders"


def main(argv: Sequence[str]) -> None:
    """Run the job with `argv` as Glue passes it: program name, then `--key value` pairs."""
    options = parse_options(UpkeepOptions, argv, str(__doc__))
    settings = session_settings(argv)
    catalog = open_catalog(options.lake_uri, options.region)
    with open_runtime(JOB, argv, settings=settings) as runtime:
        use_catalog(runtime, catalog)
        plan = Upkeep(
            options.readable_for, options.keep_snapshots, options.orphans_after, options.target_mb * 2**20
        )
        for step in upkeep(runtime.spark, PROCESSED, plan, datetime.now(UTC)):
            if step.conflict is None:
                tell("table_maintained", table=PROCESSED.name, procedure=step.procedure, **step.counts)
            else:
                tell(
                    "table_changed_meanwhile",
                    table=PROCESSED.name,
                    procedure=step.procedure,
                    reason=step.conflict,
                )


if __name__ == "__main__":
    sys.exit(run_job(main, sys.argv))
