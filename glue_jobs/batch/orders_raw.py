r"""Orders from the landing zone into raw: typed rows by hour, what breaks the contract into the quarantine.

Reads   landing/orders below --lake_uri: newline-delimited JSON, plain or gzipped, as Firehose delivers it
Writes  raw/orders, quarantine/orders, and in raw/orders__taken the ledger of what was taken
Glue    gluejob-raw-orders

It takes each object once, also one that is delivered late under an old prefix, and one that has changed since
anew. Where a run died, the next start does that run again first. Running it with nothing new changes nothing.
One run of it at a time. On a laptop:

    sluice run orders-raw --lake_uri file:///data/lake
"""

import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from glue_jobs.contracts.orders import EVENT, LANDING, QUARANTINE, RAW
from glue_jobs.core.batch_options import LandingOptions
from glue_jobs.core.catalog import open_catalog
from glue_jobs.core.job_events import tell
from glue_jobs.core.job_lease import job_lease
from glue_jobs.core.landing.objects import Landing, refuse_no_landing
from glue_jobs.core.landing.take import Run, Taking, Work, spark_takes
from glue_jobs.core.options import parse_options
from glue_jobs.core.runtime import open_runtime, run_job
from glue_jobs.core.storage import open_storage

JOB = "gluejob-raw-orders"
ORDERS = Landing(EVENT, LANDING, RAW, QUARANTINE)


def main(argv: Sequence[str]) -> None:
    """Run the job with `argv` as Glue passes it: program name, then `--key value` pairs."""
    options = parse_options(LandingOptions, argv, str(__doc__))
    refuse_no_landing(open_storage(options.lake_uri), ORDERS)  # before anything is made
    catalog = open_catalog(options.lake_uri, options.region)
    with job_lease(options.lake_uri, ORDERS.ledger, f"another {JOB}") as fence:
        taking = Taking(
            ORDERS, options.lake_uri, catalog, fence, now, options.max_objects, options.leave_out_missing
        )
        work = Work(taking)
        if not work:
            tell("nothing_to_take", lake_uri=options.lake_uri)
            return
        with open_runtime(JOB, argv) as runtime:
            begun = time.monotonic()
            for run in work.runs(spark_takes(runtime.spark, taking)):
                tell_of(run, time.monotonic() - begun)
                begun = time.monotonic()


def now() -> datetime:
    """The time of day."""
    return datetime.now(UTC)


def tell_of(run: Run, seconds: float) -> None:
    """What a run came to, and what of it somebody should know."""
    done, objects = run.outcome.run, run.outcome.objects
    rejected = sum((Counter(one.rejected) for one in objects), Counter[str]())
    accepted = sum(one.accepted for one in objects)
    for path in run.again:
        tell("object_taken_again", run=done.number, path=path)
    for path in run.outcome.left_out:
        tell("object_left_out", run=done.number, path=path)
    tell(
        "run_done",
        run=done.number,
        resumed=run.resumed,
        objects=len(objects),
        bytes=sum(one.size for one in objects),
        records=accepted + rejected.total(),
        accepted=accepted,
        rejected=dict(rejected),
        empty_lines=sum(one.empty for one in objects),
        seconds=round(seconds, 3),
    )


if __name__ == "__main__":
    sys.exit(run_job(main, sys.argv))
