"""AWS's optimizers do as much as the maintenance job does by itself, and keep what the upsert needs."""

from glue_jobs.batch.optimizers import optimizers
from glue_jobs.core.batch_options import UpkeepOptions


def test_they_remove_nothing_earlier_than_the_job_would() -> None:
    """Snapshots stay even longer, for these optimizers do not know which of them has the position."""
    job = UpkeepOptions(lake_uri="file:///lake")
    table = optimizers()["orders.processed_orders"]
    assert table["retention"]["snapshot_retention_period_in_days"] > job.readable_for.days
    assert table["retention"]["number_of_snapshots_to_retain"] == job.keep_snapshots
    assert table["orphan_file_deletion"] == {"orphan_file_retention_period_in_days": job.orphans_after.days}
    assert list(table) == ["compaction", "retention", "orphan_file_deletion"]
