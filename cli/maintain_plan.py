"""What a pass of maintenance would find to do: looked up with the parts of the audit, nothing is changed."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cli.maintain_summary import print_old, print_open
from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT, RAW, TABLES
from glue_jobs.core.audit.lake import Lake, refuse_another_query
from glue_jobs.core.catalog import Catalog
from glue_jobs.core.counted import counted
from glue_jobs.core.hours import progress
from glue_jobs.core.repair.late_hours import Ingested, late_hours
from glue_jobs.core.repair.lost_locations import lost_hours
from glue_jobs.core.storage import open_storage
from glue_jobs.core.table_hours import hours_of, locations_of
from glue_jobs.core.windows import Windows


@dataclass(frozen=True)
class Plan:
    """What there is to do.

    lost   versions of hours that the catalogue has forgotten
    late   closed hour → late records that it lacks; open the same of hours that are still open, old of those
           that are left, for all of raw since then would have to be read
    hours  closed hours of tables with more than one file, and how many files these have
    """

    lost: tuple[str, ...]
    late: dict[str, int]
    open: dict[str, int]
    old: dict[str, int]
    hours: int
    files: int

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        several = {"hours": self.hours, "files": self.files}
        return {
            "restore": list(self.lost),
            "rebuild": self.late,
            "left_open": self.open,
            "left_old": self.old,
            "several_files": several,
        }


def plan_of(catalog: Catalog, checkpoint_uri: str, watermark: timedelta, ingested_within: timedelta) -> Plan:
    """Look at a lake.

    Raises:
        OptionError: lake and checkpoint are of different queries.
        SourceError: a file is damaged, or a version does not say what it is.
        CatalogError: the catalogue refuses.
    """
    lake, known = (
        open_storage(catalog.lake_uri),
        {table.name: locations_of(catalog, table) for table in TABLES},
    )
    lost = tuple(
        hour.version for table in TABLES for hour in lost_hours(lake, table, known[table.name] or {})
    )
    reached = progress(checkpoint_uri)
    if reached is None:
        return Plan(lost, {}, {}, {}, 0, 0)
    hours = {table.name: hours_of(catalog.lake_uri, table, known[table.name] or {}) for table in TABLES}
    refuse_another_query(Lake(hours, ()), reached.query, checkpoint_uri)
    tables = [aggregate.table for aggregate in AGGREGATES]
    read = Ingested(RAW, checkpoint_uri, reached, watermark, ingested_within)
    late = late_hours(catalog, Windows(EVENT, AGGREGATES, reached.window), tables, read)
    many = [
        len(hour.files)
        for table in tables
        for hour in hours[table.name]
        if len(hour.files) > 1 and reached.windows_closed(hour.begins)
    ]
    closed, still_open, old = (
        {f"{hour:%Y-%m-%d %H}": count for hour, count in sorted(counts.items())}
        for counts in (late.closed, late.open, late.old)
    )
    return Plan(lost, closed, still_open, old, len(many), sum(many))


def print_plan(plan: Plan) -> None:
    """A line for each thing that there is to do."""
    lines = [f"restore    {version}, which the catalogue has forgotten" for version in plan.lost]
    lines += [f"rebuild    {hour}: {counted(records, 'late record')}" for hour, records in plan.late.items()]
    if plan.hours:
        hours = counted(plan.hours, "closed hour of tables has", "closed hours of tables have")
        lines.append(f"compact    {hours} {counted(plan.files, 'file')}")
    for line in lines or ["nothing to rebuild or to merge"]:
        print(line)
    print_open(plan.open)
    print_old(plan.old)
    print("nothing was changed; what was replaced longer ago than the grace time would be removed, too")
