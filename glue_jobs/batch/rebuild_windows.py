r"""Mobile coverage made anew from raw: the windows of any range of closed hours, late records included.

Reads   raw/mobile_coverage below --lake_uri, from the first hour on to the newest batch that is done, for a
        record may come late by any time; how far the stream has come, from --checkpoint_uri
Writes  aggregations/<table>__v/…, and where the hours' partitions lie, in the catalogue. The stream may run
        meanwhile; one maintenance of a lake runs at a time
Glue    etl_rebuild_mobile_logs

Running it again changes nothing; `compact` removes what was replaced, after a grace time. It also brings a
change of the aggregates to the hours that were published before it: for a new column let the crawlers run,
too. On a laptop:

    sluice run rebuild-windows --from 2026-11-20T00:00:00Z --to 2026-11-21T00:00:00Z \
        --lake_uri file:///data/lake --checkpoint_uri file:///data/checkpoints/mobile_coverage
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT, RAW
from glue_jobs.core.batch_options import RebuildOptions
from glue_jobs.core.catalog import open_catalog
from glue_jobs.core.options import parse_options
from glue_jobs.core.repair.rebuild import rebuild
from glue_jobs.core.repair.rebuildable import Rebuild, progress_made, refuse_open
from glue_jobs.core.repair.switch import maintenance
from glue_jobs.core.runtime import open_runtime, run_job
from glue_jobs.core.windows import Windows

JOB = "etl_rebuild_mobile_logs"


def main(argv: Sequence[str]) -> None:
    """Run the job with `argv` as Glue passes it: program name, then `--key value` pairs."""
    options = parse_options(RebuildOptions, argv, str(__doc__))
    tables = options.chosen([aggregate.table.name for aggregate in AGGREGATES])
    with maintenance(options.lake_uri, open_catalog(options.lake_uri, options.region)) as place:
        reached = progress_made(options.checkpoint_uri)
        windows = Windows(EVENT, AGGREGATES, reached.window, reached.deduplicate)
        what = Rebuild(
            windows, RAW, tables, options.from_, options.to, reached, options.again, options.accept_fewer
        )
        refuse_open(what)  # before Spark is started
        with open_runtime(JOB, argv) as runtime:
            for hour in rebuild(runtime.spark, place, what):
                event = "hour_rebuilt" if hour.changed else "nothing_to_do"
                print(json.dumps({"event": event, **asdict(hour)}), flush=True)


if __name__ == "__main__":
    sys.exit(run_job(main, sys.argv))
