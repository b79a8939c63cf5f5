"""Which hours lack redriven records: those of which some table stands as it was before them."""

import pyarrow as pa

from glue_jobs.contracts.mobile_coverage import AGGREGATES
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.batch_files import Batch
from glue_jobs.core.repair.redrive import not_taken_in
from glue_jobs.core.repair.switch import Origin, replace_hour
from glue_jobs.core.repair.versions import standing_hour
from tests.core.audit.played_stream import PIPELINE
from tests.core.hours_lake import HOUR, QUERY, SEVEN, HoursLake
from tests.core.repair.rejecting import quoted, redrive, reject


def rebuilt(lake: HoursLake, redrive: int, tables: int = len(AGGREGATES)) -> None:
    """The hour in so many tables is of a rebuild, when raw held redrives up to this one."""
    for table in [aggregate.table for aggregate in AGGREGATES[:tables]]:
        lake.catalog.ensure_table(table)
        standing = standing_hour(lake.storage, table, HOUR, lake.catalog.location(table, HOUR))
        rows = pa.Table.from_pylist([], arrow_schema(table.schema))
        origin = Origin("rebuild", (), "hash", Batch(QUERY, 4), {"aggregates": {}}, redrive)
        replace_hour(lake.place, standing, [rows], origin)


def test_an_hour_is_taken_in_by_a_rebuild_after_the_redrive(hours_lake: HoursLake) -> None:
    """In every table: not by one before it, nor by one of some tables."""
    lake = hours_lake
    reject(lake, 3, [quoted()])
    rebuilt(lake, redrive=0)
    ledgers = redrive(lake)
    assert not_taken_in(lake.place, PIPELINE, ledgers) == [SEVEN]

    rebuilt(lake, redrive=1, tables=2)
    assert not_taken_in(lake.place, PIPELINE, ledgers) == [SEVEN]

    rebuilt(lake, redrive=1)
    assert not_taken_in(lake.place, PIPELINE, ledgers) == []


def test_an_hour_that_the_stream_alone_has_written_lacks_them(hours_lake: HoursLake) -> None:
    """Also one that no table has as yet."""
    reject(hours_lake, 3, [quoted()])
    ledgers = redrive(hours_lake)
    assert not_taken_in(hours_lake.place, PIPELINE, ledgers) == [SEVEN]

    for aggregate in AGGREGATES:
        hours_lake.publish(4, [], table=aggregate.table)
    assert not_taken_in(hours_lake.place, PIPELINE, ledgers) == [SEVEN]
