"""Loaded by every Python process of a job under test: arms the fault it is told, shortens leases.

The job's code knows nothing of this: a fault is put around a function when its module is imported.
"""

import os

if "SLUICE_KILL_AT" in os.environ:
    # Workers inherit the driver's environment, and with it whom to kill.
    os.environ.setdefault("SLUICE_DRIVER_PID", str(os.getpid()))

    from tests.faults import kill_points

    kill_points.arm(os.environ["SLUICE_KILL_AT"])

if "SLUICE_FULL_DISK_HITS" in os.environ:
    from pathlib import Path

    from tests.faults import full_disk

    full_disk.arm(
        os.environ["SLUICE_FULL_DISK_ENDING"],
        int(os.environ["SLUICE_FULL_DISK_AFTER"]),
        Path(os.environ["SLUICE_FULL_DISK_HITS"]),
    )

if "SLUICE_TASKS_TRIED_AGAIN" in os.environ:
    from tests.faults import tried_again

    tried_again.arm()

if "SLUICE_PART_BYTES" in os.environ:
    from glue_jobs.core.landing import take

    take._PART_BYTES = int(os.environ["SLUICE_PART_BYTES"])

if "SLUICE_LEASE_SECONDS" in os.environ:
    from datetime import timedelta

    from glue_jobs.core import lease

    lease.VALID = timedelta(seconds=float(os.environ["SLUICE_LEASE_SECONDS"]))
