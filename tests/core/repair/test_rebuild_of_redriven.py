"""Which rebuild takes redriven records in."""

from dataclasses import replace

from glue_jobs.core.hours import HOUR, Range
from glue_jobs.core.repair.rebuildable import progress_made
from glue_jobs.core.repair.redrive import rebuild_of
from glue_jobs.core.repair.rejects import rejects_of
from tests.core.audit.played_stream import PIPELINE
from tests.core.hours_lake import SEVEN, HoursLake
from tests.core.repair.rejecting import quoted, reject


def test_it_makes_no_other_hours_and_drops_the_repeats_that_the_stream_drops(hours_lake: HoursLake) -> None:
    """As the checkpoint says, for else they would be published."""
    reject(hours_lake, 3, [quoted()])
    reached = replace(progress_made(hours_lake.checkpoint), deduplicate=("payload",))
    rejects = rejects_of(hours_lake.uri, hours_lake.catalog, PIPELINE, reached, Range())

    what = rebuild_of(rejects, [SEVEN, SEVEN + 3 * HOUR])

    assert what.windows.deduplicate == ("payload",)
    assert what.hours == [SEVEN, SEVEN + 3 * HOUR]
