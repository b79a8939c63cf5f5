r"""Compaction of mobile coverage: the many small files of each closed hour become few, rows in order.

Reads   the aggregate tables below --lake_uri, where the catalogue says that they lie; how far the stream has
        come, from --checkpoint_uri. The stream may run meanwhile; one maintenance of a lake runs at a time
Writes  aggregations/<table>__v/…, the locations of the partitions; removes what was replaced, after --grace
Glue    etl_compact_mobile_logs; it needs no Spark, so one worker is enough

It begins by sending readers back to hours that lie in versions and that a lost catalogue has forgotten.
Running it again changes nothing. Raw and quarantine are left as they are. On a laptop:

    sluice run compact --lake_uri file:///data/lake --checkpoint_uri file:///data/checkpoints/mobile_coverage
"""

import sys
from collections.abc import Sequence
from dataclasses import asdict

from glue_jobs.contracts.mobile_coverage import AGGREGATES
from glue_jobs.core.batch_options import CompactOptions
from glue_jobs.core.catalog import open_catalog
from glue_jobs.core.hours import Range, progress
from glue_jobs.core.job_events import tell
from glue_jobs.core.options import parse_options
from glue_jobs.core.repair.compaction import compact
from glue_jobs.core.repair.lost_locations import restore_locations
from glue_jobs.core.repair.sweep import sweep
from glue_jobs.core.repair.switch import Maintenance, maintenance
from glue_jobs.core.runtime import run_job

TABLES = tuple(aggregate.table for aggregate in AGGREGATES)


def main(argv: Sequence[str]) -> None:
    """Run the job with `argv` as Glue passes it: program name, then `--key value` pairs."""
    options = parse_options(CompactOptions, argv, str(__doc__))
    catalog = open_catalog(options.lake_uri, options.region)
    with maintenance(options.lake_uri, catalog) as place:
        for restored in restore_locations(place, TABLES):
            tell("hour_restored", **asdict(restored))
        if not options.sweep_only:
            compact_hours(place, options)
        for swept in sweep(place, TABLES, options.grace):
            told = {**asdict(swept), "removed": len(swept.removed)}
            tell("hour_swept", **told)


def compact_hours(place: Maintenance, options: CompactOptions) -> None:
    """Compact what is closed in the range, and tell of each hour."""
    reached = progress(options.checkpoint_uri)
    if reached is None:
        tell("no_hour_is_closed", checkpoint_uri=options.checkpoint_uri)
        return
    hours = Range(options.from_, options.to)
    for done in compact(place, reached, TABLES, hours, options.target_mb * 2**20):
        tell("hour_compacted", **asdict(done))


if __name__ == "__main__":
    sys.exit(run_job(main, sys.argv))
