"""Loaded by every Python process of a job under test (driver and workers): arms the kill point it is told.

The job's code knows nothing of this: the point is a function of it, wrapped when its module is imported.
"""

import os

if "SLUICE_KILL_AT" in os.environ:
    # Workers inherit the driver's environment, and with it whom to kill.
    os.environ.setdefault("SLUICE_DRIVER_PID", str(os.getpid()))

    from tests.faults import kill_points

    kill_points.arm(os.environ["SLUICE_KILL_AT"])
