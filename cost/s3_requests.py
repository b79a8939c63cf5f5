"""How often the jobs ask S3.

What the sink and the lease ask is held to `tests/core/test_s3_requests.py`, what Spark's checkpoint asks to
`tests/s3/test_requests_of_the_checkpoint.py`: both count the requests of the running job. PUT stands for all
that costs as much (COPY, LIST), GET for the rest (HEAD); removing costs nothing.
"""

from dataclasses import dataclass

from cost.bill import Bill, Line
from cost.load import SECONDS_OF_HOUR
from cost.prices import Prices


@dataclass(frozen=True)
class Requests:
    """Requests of the two prices."""

    put: float
    get: float

    def __add__(self, other: "Requests") -> "Requests":
        return Requests(self.put + other.put, self.get + other.get)

    def __mul__(self, times: float) -> "Requests":
        return Requests(self.put * times, self.get * times)


FILE = Requests(put=1, get=1)
"""A file of the sink, and the look at the lease before it gets its name."""
BATCH = Requests(put=0, get=2)
"""The batch's plan, and the look at the lease before Spark commits."""
RENEWAL = Requests(put=1, get=1)
RENEWAL_SECONDS = 20
"""The lease."""

OFFSETS = Requests(put=7, get=7)
COMMITS = Requests(put=7, get=6)
SOURCE = Requests(put=7, get=9)
"""Entries of Spark's three logs, one each for a batch. That of Glue's connector for Kinesis is not known; the
third is that of the file source."""
CHANGELOG = Requests(put=9, get=7)
"""What a part of the state writes in a batch: changes, their checksum, each drafted and copied."""
SNAPSHOT = Requests(put=11, get=8)
BATCHES_OF_SNAPSHOT = 10
"""What a part writes after so many batches (spark.sql.streaming.stateStore.minDeltasForSnapshot)."""
UPKEEP_LISTING = Requests(put=1, get=0)
UPKEEP_SECONDS = 60
"""Each part of the state is listed so often (spark.sql.streaming.stateStore.maintenanceInterval)."""


def sink_requests(files: float, batches: float = 1) -> Requests:
    """Of a job that writes so many files in so many batches."""
    return FILE * files + BATCH * batches


def checkpoint_requests(batches: float, state_parts: int) -> Requests:
    """Of Spark's checkpoint, once it is under way."""
    logs = OFFSETS + COMMITS + SOURCE
    state = CHANGELOG + SNAPSHOT * (1 / BATCHES_OF_SNAPSHOT)
    return (logs + state * state_parts) * batches


def passing_requests(hours: float, state_parts: int) -> Requests:
    """Those that come with time, whatever there is to do: the lease, and the upkeep of the state."""
    upkeep = UPKEEP_LISTING * (state_parts * SECONDS_OF_HOUR / UPKEEP_SECONDS)
    return (RENEWAL * (SECONDS_OF_HOUR / RENEWAL_SECONDS) + upkeep) * hours


def window_files(windows: float, tables: int, hours_touched: int, parts: int) -> float:
    """Files of closed windows: each part of the state writes one for each table and hour."""
    return windows * tables * hours_touched * parts


def request_lines(stack: str, what: str, requests: Requests, prices: Prices) -> Bill:
    """A line for each of the two prices."""
    return (
        Line(stack, f"S3: {what}, PUT", requests.put / 1000, prices["s3_put"]),
        Line(stack, f"S3: {what}, GET", requests.get / 1000, prices["s3_get"]),
    )
