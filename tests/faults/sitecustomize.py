"""Loaded by every Python process of a job under test: arms the kill point it is told, shortens leases.

The job's code knows nothing of this: the point is a function of it, wrapped when its module is imported.
"""

import os

if "SLUICE_KILL_AT" in os.environ:
    # Workers inherit the driver's environment, and with it whom to kill.
    os.environ.setdefault("SLUICE_DRIVER_PID", str(os.getpid()))

    from tests.faults import kill_points

    kill_points.arm(os.environ["SLUICE_KILL_AT"])

if "SLUICE_LEASE_SECONDS" in os.environ:
    from datetime import timedelta

    from glue_jobs.core import lease

    lease.VALID = timedelta(seconds=float(os.environ["SLUICE_LEASE_SECONDS"]))
