r"""Compaction of mobile coverage: the many small files of each closed hour become few.

Reads   the tables below --lake_uri, where the catalogue says that they lie; how far the stream has come, from
        --checkpoint_uri. The stream may run meanwhile; one maintenance of a lake runs at a time
Writes  <table>__v/…, the locations of the partitions; removes what was replaced, after --grace
Glue    etl_compact_mobile_logs; it needs no Spark, so one worker is enough

Aggregates come in the order of their keys, raw and quarantine as they were taken: each file says in its
metadata which files it was made of. It begins by sending readers back to hours that lie in versions and that
a lost catalogue has forgotten. Running it again changes nothing. On a laptop:

    sluice run compact --lake_uri file:///data/lake --checkpoint_uri file:///data/checkpoints/mobile_coverage
"""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from itertools import chain

from glue_jobs.contracts.contract import TableContract
from glue_jobs.contracts.mobile_coverage import AGGREGATES, QUARANTINE, RAW, TABLES
from glue_jobs.core.batch_options import CompactOptions
from glue_jobs.core.catalog import Catalog, open_catalog
from glue_jobs.core.hours import Range, progress
from glue_jobs.core.job_events import tell
from glue_jobs.core.lake_there import require_lake
from glue_jobs.core.options import parse_options
from glue_jobs.core.repair.compaction import compact
from glue_jobs.core.repair.concatenation import concatenate
from glue_jobs.core.repair.lost_locations import restore_locations
from glue_jobs.core.repair.sweep import sweep
from glue_jobs.core.repair.switch import Maintenance, maintenance
from glue_jobs.core.runtime import run_job
from glue_jobs.core.table_hours import locations_of

PUBLISHED = tuple(aggregate.table for aggregate in AGGREGATES)


def main(argv: Sequence[str]) -> None:
    """Run the job with `argv` as Glue passes it: program name, then `--key value` pairs."""
    options = parse_options(CompactOptions, argv, str(__doc__))
    require_lake(options.lake_uri, options.checkpoint_uri, TABLES)  # its lease would make one
    catalog = open_catalog(options.lake_uri, options.region)
    with maintenance(options.lake_uri, catalog) as place:
        for restored in restore_locations(place, TABLES):
            tell("hour_restored", **asdict(restored))
        if not options.sweep_only:
            compact_hours(place, options)
        for swept in sweep(place, (*PUBLISHED, *taken(catalog)), options.grace):
            told = {**asdict(swept), "removed": len(swept.removed)}
            tell("hour_swept", **told)


def compact_hours(place: Maintenance, options: CompactOptions) -> None:
    """Compact what is closed in the range, and tell of each hour."""
    reached = progress(options.checkpoint_uri)
    if reached is None:
        tell("no_hour_is_closed", checkpoint_uri=options.checkpoint_uri)
        return
    hours = Range(options.from_, options.to)
    target = options.target_mb * 2**20
    for done in chain(
        compact(place, reached, PUBLISHED, hours, target),
        concatenate(place, reached, taken(place.catalog), hours, target),
    ):
        tell("hour_compacted", **asdict(done))


def taken(catalog: Catalog) -> list[TableContract]:
    """The tables of records as they were taken: where raw is not kept, the catalogue does not know it."""
    return [table for table in (RAW, QUARANTINE) if locations_of(catalog, table) is not None]


if __name__ == "__main__":
    sys.exit(run_job(main, sys.argv))
