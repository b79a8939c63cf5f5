"""When the batch jobs run by themselves, and with which arguments: maintenance, and the orders' way.

It lies beside the jobs, for a schedule says how a job is called and changes with it. `schedules.json` is the
same as data, for Terraform, which adds where lake and checkpoint are; on a laptop `sluice maintain` does what
it says. Make it anew with

    python -m glue_jobs.batch.schedules

One maintenance of a lake runs at a time, a second one ends with an error and changes nothing. So the rebuild
begins between two compactions; where it takes longer, the next compaction fails and the one after it does the
work of both. The orders' jobs need not wait for one another either: what one has not done yet, a later run of
the next takes in.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path(__file__).with_name("schedules.json")


@dataclass(frozen=True)
class Schedule:
    """A job that runs by itself.

    job              its name in Glue
    script           its file, from the root of the project
    cron             when it runs, in AWS's notation, UTC
    arguments        what it is called with, beside --lake_uri and, where it has one, --checkpoint_uri
    timeout_minutes  after so long it is ended; a later run goes on
    has_checkpoint   whether it works beside a stream, and is told its checkpoint
    """

    job: str
    script: str
    description: str
    cron: str
    arguments: Mapping[str, str]
    timeout_minutes: int
    has_checkpoint: bool = True

    @property
    def module(self) -> str:
        """The module whose `main` the job is."""
        return self.script.removesuffix(".py").replace("/", ".")


REBUILD = Schedule(
    job="etl_rebuild_mobile_logs",
    script="glue_jobs/batch/rebuild_windows.py",
    description="Every day: closed hours with late records are made anew from raw.",
    cron="cron(40 2 * * ? *)",
    # Two hours more than a day: an hour that was still open for the run before is found again.
    arguments={"only_late": "true", "ingested_within": "26 hours"},
    timeout_minutes=180,
)
COMPACT = Schedule(
    job="etl_compact_mobile_logs",
    script="glue_jobs/batch/compact.py",
    description="Every hour: small files of closed hours are merged, replaced ones removed.",
    # An hour is closed some twelve minutes after its end, by window and watermark.
    cron="cron(20 * * * ? *)",
    arguments={"grace": "1 hour"},
    timeout_minutes=60,
)
SCHEDULES = (REBUILD, COMPACT)
"""In the order in which a pass of `sluice maintain` runs them: what was rebuilt is compacted right after."""

ORDERS = (
    Schedule(
        job="gluejob-raw-orders",
        script="glue_jobs/batch/orders_raw.py",
        description="Every hour: what Firehose has delivered goes into raw.",
        cron="cron(5 * * * ? *)",
        arguments={},
        timeout_minutes=60,
        has_checkpoint=False,
    ),
    Schedule(
        job="gluejob-processed-orders",
        script="glue_jobs/batch/orders_processed.py",
        description="Every hour: what is new in raw goes into the table of orders.",
        cron="cron(15 * * * ? *)",
        arguments={},
        timeout_minutes=60,
        has_checkpoint=False,
    ),
    Schedule(
        job="gluejob-maintain-processed-orders",
        script="glue_jobs/batch/orders_maintenance.py",
        description="Every day: few files instead of many, old snapshots and orphans removed.",
        cron="cron(40 3 * * ? *)",
        arguments={},
        timeout_minutes=120,
        has_checkpoint=False,
    ),
)
"""Those of the orders; the last is not for a table that AWS's own optimizers keep (`optimizers.json`)."""


def as_json() -> str:
    """The text of `schedules.json`: an object of schedules by the job's name."""
    schedules = {schedule.job: asdict(schedule) for schedule in (*SCHEDULES, *ORDERS)}
    return json.dumps(schedules, indent=2) + "\n"


def write_file(file: Path = FILE) -> None:
    """Make `schedules.json` what stands above."""
    file.write_text(as_json(), encoding="utf-8")


if __name__ == "__main__":
    write_file()
