"""What AWS's own optimizers do for an Iceberg table, in place of its maintenance job, as far and no faster.

`optimizers.json` is the same as data, for Terraform (`aws_glue_catalog_table_optimizer`): for each table the
types of optimizers, and the configuration of each. Use them or the job, not both. They know nothing of the
position that the upsert keeps in a snapshot, so snapshots stay for longer than any pause between two upserts;
a table that has lost it takes in all of raw again.
"""

import json
from dataclasses import fields
from datetime import timedelta
from typing import Any

from glue_jobs.contracts.orders import ICEBERG_TABLES
from glue_jobs.core.batch_options import UpkeepOptions

_DEFAULTS: dict[str, Any] = {field.name: field.default for field in fields(UpkeepOptions)}
_LONGEST_PAUSE = timedelta(days=14)
"""Between two upserts: a job that stands still over a holiday."""


def optimizers() -> dict[str, Any]:
    """By `database.table` and type: the configuration, in the provider's words."""
    kept = max(_DEFAULTS["readable_for"], _LONGEST_PAUSE)
    of_each = {
        "compaction": {},
        "retention": {
            "snapshot_retention_period_in_days": kept.days,
            "number_of_snapshots_to_retain": _DEFAULTS["keep_snapshots"],
            "clean_expired_files": True,
        },
        "orphan_file_deletion": {"orphan_file_retention_period_in_days": _DEFAULTS["orphans_after"].days},
    }
    return {f"{table.database}.{table.name}": of_each for table in ICEBERG_TABLES}


def as_json() -> str:
    """The text of `optimizers.json`."""
    return json.dumps(optimizers(), indent=2) + "\n"
