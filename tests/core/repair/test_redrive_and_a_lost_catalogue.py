"""A redrive that went into compacted raw has happened, whatever the catalogue knows of it."""

from dataclasses import replace
from datetime import timedelta

from glue_jobs.contracts.mobile_coverage import QUARANTINE, RAW
from glue_jobs.core.hours import Range
from glue_jobs.core.repair.concatenation import concatenate
from glue_jobs.core.repair.lost_locations import restore_locations
from glue_jobs.core.repair.mending import Tally
from glue_jobs.core.repair.rebuildable import progress_made
from glue_jobs.core.repair.sweep import sweep
from tests.core.hours_lake import HoursLake
from tests.core.repair.rejecting import NOW, counted, looked_at, quoted, redrive, redriven_rows, reject
from tests.events import payload

DAY = timedelta(days=1)


def test_it_is_not_redriven_again_after_the_catalogue_was_lost(hours_lake: HoursLake) -> None:
    """Before the hour of raw is restored nobody finds it at its location; raw has it once."""
    lake = hours_lake
    reject(lake, 3, [quoted(payload(signal=5)), quoted(payload(signal=6))])
    redrive(lake)
    reject(lake, 4, [b"no json"], values=("2026-03-01", "09"))  # so there is something to merge it with
    later = replace(progress_made(lake.checkpoint), time=NOW + DAY)
    list(concatenate(lake.place, later, [RAW, QUARANTINE], Range()))
    lake.clock.pass_by(DAY)
    list(sweep(lake.place, [RAW, QUARANTINE], timedelta(0)))
    assert redriven_rows(lake) == []  # its own file is gone

    lake.glue.delete_database(Name=RAW.database)
    for table in (RAW, QUARANTINE):
        lake.register(table)

    assert redrive(lake, now=NOW + DAY) == []
    list(restore_locations(lake.place, [RAW, QUARANTINE]))
    assert counted(looked_at(lake)) == Tally(failed=1, redriven=2)
