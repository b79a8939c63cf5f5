"""The upkeep of an Iceberg table: its own procedures, in the order in which one leaves work for the next.

Each may run beside a job that changes the table. A procedure that finds the table changed under it gives up
what it did, and the table is as the other has left it; the next upkeep does the work. A change that finds its
files rewritten fails likewise: its job has to try again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pyspark.sql import SparkSession

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.errors import CatalogError
from glue_jobs.core.iceberg import CATALOG
from glue_jobs.core.iceberg_table import changed_meanwhile, load_iceberg_table, newest_stamped, refused


@dataclass(frozen=True)
class Upkeep:
    """How far it goes.

    readable_for    how long the table can be read as of a time, at least
    keep_snapshots  as many stay, however old
    orphans_after   files that no snapshot names go when they are so old: a day at least, for whoever
                    writes one names it only when it commits
    target_bytes    about the size of a data file
    """

    readable_for: timedelta
    keep_snapshots: int
    orphans_after: timedelta
    target_bytes: int


@dataclass(frozen=True)
class Step:
    """What one procedure came to: its own counts, or the conflict for which it gave up."""

    procedure: str
    counts: Mapping[str, int]
    conflict: str | None = None


def upkeep(spark: SparkSession, table: TableContract, plan: Upkeep, now: datetime) -> Iterator[Step]:
    """Do all of it, a step at a time.

    The snapshot with the newest stamp stays, however old it is, and so do those after it.

    Raises:
        CatalogError: there is no such table, or a procedure fails, and not over a change of the table.
    """
    loaded = load_iceberg_table(spark, table)
    newest, listing = newest_stamped(loaded), _listing(loaded.location())
    expire_before = now - plan.readable_for
    if newest is not None:
        expire_before = min(expire_before, datetime.fromtimestamp(newest.timestampMillis() / 1000, UTC))
    for procedure, arguments in (
        ("rewrite_data_files", {"options": _options(plan)}),
        ("rewrite_position_delete_files", {}),
        ("rewrite_manifests", {}),
        ("expire_snapshots", {"older_than": _time(expire_before), "retain_last": plan.keep_snapshots}),
        ("remove_orphan_files", {"older_than": _time(now - plan.orphans_after), **listing}),
    ):
        yield _call(spark, table, procedure, arguments)


def _options(plan: Upkeep) -> str:
    options = {
        "target-file-size-bytes": str(plan.target_bytes),
        "partial-progress.enabled": "true",  # a conflict costs one group of files, not all,
        "partial-progress.max-failed-commits": "0",  # and is told
        "remove-dangling-deletes": "true",
    }
    told = ", ".join(f"'{name}', '{value}'" for name, value in options.items())
    return f"map({told})"


def _time(moment: datetime) -> str:
    return f"TIMESTAMP '{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC'"


def _listing(location: str) -> dict[str, str]:
    """On S3 Iceberg's own client lists the files: it knows `s3:`, whatever Hadoop knows."""
    return {"prefix_listing": "true"} if location.startswith("s3:") else {}


def _call(spark: SparkSession, table: TableContract, procedure: str, arguments: Mapping[str, Any]) -> Step:
    named = "".join(f", {name} => {value}" for name, value in arguments.items())
    try:
        with refused(table):
            answer = spark.sql(
                f"CALL {CATALOG}.system.{procedure}(table => '{table.database}.{table.name}'{named})"
            ).collect()
    except CatalogError as error:
        if procedure != "remove_orphan_files" and changed_meanwhile(error):  # that one commits nothing
            return Step(procedure, {}, str(error))
        raise CatalogError(f"{procedure}: {error}") from error
    if procedure == "remove_orphan_files":
        return Step(procedure, {"removed_files_count": len(answer)})
    return Step(procedure, {name: int(count) for row in answer for name, count in row.asDict().items()})
