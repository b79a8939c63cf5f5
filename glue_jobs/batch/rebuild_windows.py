r"""Mobile coverage made anew from raw: the windows of any range of closed hours, late records included.

Reads   raw/mobile_coverage below --lake_uri, from the first hour on to the newest batch that is done, for a
        record may come late by any time; how far the stream has come, from --checkpoint_uri
Writes  aggregations/<table>__v/…, and where the hours' partitions lie, in the catalogue. The stream may run
        meanwhile; one maintenance of a lake runs at a time
Glue    etl_rebuild_mobile_logs

Running it again changes nothing; `compact` removes what was replaced, after a grace time. With --only_late it
finds the closed hours with late records itself, among what the stream has read lately, and makes these anew:
that is its daily schedule. It also brings a change of the aggregates to the hours that were published before
it: for a new column let the crawlers run, too. On a laptop:

    sluice run rebuild-windows --from 2026-11-20T00:00:00Z --to 2026-11-21T00:00:00Z \
        --lake_uri file:///data/lake --checkpoint_uri file:///data/checkpoints/mobile_coverage
"""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT, RAW
from glue_jobs.contracts.mobile_coverage import TABLES as ALL_TABLES
from glue_jobs.core.batch_options import RebuildOptions
from glue_jobs.core.catalog import open_catalog
from glue_jobs.core.hours import HOUR, Progress, progress
from glue_jobs.core.job_events import tell
from glue_jobs.core.lake_there import require_lake
from glue_jobs.core.options import parse_options
from glue_jobs.core.partitions import hour_values
from glue_jobs.core.repair.late_hours import Ingested, late_hours
from glue_jobs.core.repair.lost_locations import restore_locations
from glue_jobs.core.repair.rebuild import rebuild
from glue_jobs.core.repair.rebuildable import Rebuild, progress_made, refuse_open
from glue_jobs.core.repair.switch import Maintenance, maintenance
from glue_jobs.core.runtime import open_runtime, run_job
from glue_jobs.core.windows import Windows

JOB = "etl_rebuild_mobile_logs"
TABLES = {aggregate.table.name: aggregate.table for aggregate in AGGREGATES}


def main(argv: Sequence[str]) -> None:
    """Run the job with `argv` as Glue passes it: program name, then `--key value` pairs."""
    options = parse_options(RebuildOptions, argv, str(__doc__), watermark=EVENT.watermark)
    options.chosen(list(TABLES))  # refused before anything is asked of the lake
    require_lake(options.lake_uri, options.checkpoint_uri, ALL_TABLES)  # its lease would make one
    with maintenance(options.lake_uri, open_catalog(options.lake_uri, options.region)) as place:
        for restored in restore_locations(place, ALL_TABLES):
            tell("hour_restored", **asdict(restored))
        choose = hours_with_late_records if options.only_late else hours_asked_for
        what = choose(place, options)
        if what is None:
            return
        refuse_open(what)  # before Spark is started
        with open_runtime(JOB, argv) as runtime:
            for hour in rebuild(runtime.spark, place, what):
                tell("hour_rebuilt" if hour.changed else "nothing_to_do", **asdict(hour))


def hours_asked_for(place: Maintenance, options: RebuildOptions) -> Rebuild:
    """Those from --from to --to."""
    assert options.from_ is not None
    assert options.to is not None
    reached = progress_made(options.checkpoint_uri)
    return rebuild_of(options, reached, options.from_, options.to)


def hours_with_late_records(place: Maintenance, options: RebuildOptions) -> Rebuild | None:
    """The closed ones, and none that needs no rebuild; tells of those that are still open."""
    reached = progress(options.checkpoint_uri)
    if reached is None:
        tell("no_hour_is_closed", checkpoint_uri=options.checkpoint_uri)
        return None
    read = Ingested(
        RAW,
        options.checkpoint_uri,
        reached,
        options.watermark,
        options.ingested_within,
        options.reaching_back,
    )
    tables = [TABLES[name] for name in options.chosen(list(TABLES))]
    late = late_hours(place.catalog, Windows(EVENT, AGGREGATES, reached.window), tables, read)
    for hour, records in sorted(options.which.of(late.open).items()):
        tell("hour_left_open", hour=hour_values(hour), late=records)
    for hour, records in sorted(options.which.of(late.old).items()):
        tell("hour_left_old", hour=hour_values(hour), late=records)
    closed = options.which.of(late.closed)
    if not closed:
        tell("nothing_is_late", ingested_since=late.since.isoformat())
        return None
    return rebuild_of(options, reached, min(closed), max(closed) + HOUR, frozenset(closed))


def rebuild_of(
    options: RebuildOptions,
    reached: Progress,
    first: datetime,
    end: datetime,
    only: frozenset[datetime] | None = None,
) -> Rebuild:
    """What is asked for, of these hours."""
    return Rebuild(
        Windows(EVENT, AGGREGATES, reached.window, reached.deduplicate),
        RAW,
        options.chosen(list(TABLES)),
        first,
        end,
        reached,
        options.again,
        options.accept_fewer,
        only,
    )


if __name__ == "__main__":
    sys.exit(run_job(main, sys.argv))
