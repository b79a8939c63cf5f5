"""What Kinesis and Firehose count: shards, units, rounded bytes.

Limits of a shard: Kinesis developer guide, quotas. Rounding: the sources that `terraform/prices.json` names.
"""

import math

from cost.bill import Bill, Line
from cost.load import HOURS_OF_MONTH, SECONDS_OF_HOUR, Load
from cost.prices import Prices

GB = 2**30
SHARD_BYTES, SHARD_RECORDS = 2**20, 1000
"""A second."""
PUT_UNIT = 25 * 2**10
ON_DEMAND_UNIT = 2**10
FIREHOSE_UNIT = 5 * 2**10
FREE_RETENTION_HOURS, LONG_RETENTION_HOURS = 24, 168


def rounded_up(size: int, unit: int) -> int:
    """Bytes, up to the next whole unit."""
    return math.ceil(size / unit) * unit


def shards_needed(records_per_second: float, record_bytes: int) -> int:
    """The fewest shards that take a load that is spread evenly."""
    by_records = math.ceil(records_per_second / SHARD_RECORDS)
    return max(1, by_records, math.ceil(records_per_second * record_bytes / SHARD_BYTES))


def provisioned(
    stack: str, shards: int, retention_hours: float, load: Load, size: int, prices: Prices
) -> Bill:
    """A stream of so many shards."""
    units = load.records * rounded_up(size, PUT_UNIT) / PUT_UNIT
    extended = shards * load.hours if retention_hours > FREE_RETENTION_HOURS else 0
    kept = kept_gb(load, size, retention_hours, LONG_RETENTION_HOURS, math.inf)
    return (
        Line(stack, "Kinesis: shards", shards * load.hours, prices["kinesis_shard"]),
        Line(stack, "Kinesis: records put", units / 1e6, prices["kinesis_put"]),
        Line(stack, f"Kinesis: kept {retention_hours:g} hours", extended, prices["kinesis_retention"]),
        Line(stack, "Kinesis: kept beyond 7 days", kept, prices["kinesis_long_retention"]),
    )


def on_demand(stack: str, retention_hours: float, load: Load, size: int, prices: Prices) -> Bill:
    """A stream that scales itself, read by one job."""
    billed = rounded_up(size, ON_DEMAND_UNIT)
    gigabytes = load.records * billed / GB
    kept = kept_gb(load, billed, retention_hours, FREE_RETENTION_HOURS, LONG_RETENTION_HOURS)
    long_kept = kept_gb(load, billed, retention_hours, LONG_RETENTION_HOURS, math.inf)
    return (
        Line(stack, "Kinesis: stream on demand", load.hours, prices["kinesis_stream"]),
        Line(stack, "Kinesis: bytes in", gigabytes, prices["kinesis_in"]),
        Line(stack, "Kinesis: bytes out", gigabytes, prices["kinesis_out"]),
        Line(stack, f"Kinesis: kept {retention_hours:g} hours", kept, prices["kinesis_stream_retention"]),
        Line(stack, "Kinesis: kept beyond 7 days", long_kept, prices["kinesis_long_retention"]),
    )


def kept_gb(load: Load, size: int, retention_hours: float, after: float, until: float) -> float:
    """GB-months of records of an age between two numbers of hours.

    A stream that is not there all day is taken down with all it holds: nothing gets older than that.
    """
    oldest = retention_hours if load.hours_per_day == 24 else min(retention_hours, load.hours_per_day)
    hours = max(0.0, min(oldest, until) - after)
    gb_an_hour = load.records_per_second * SECONDS_OF_HOUR * size / GB
    return gb_an_hour * hours * load.hours / HOURS_OF_MONTH


def firehose(stack: str, load: Load, size: int, prices: Prices) -> Bill:
    """A delivery stream that is put into directly."""
    gigabytes = load.records * rounded_up(size, FIREHOSE_UNIT) / GB
    return (Line(stack, "Firehose: bytes in", gigabytes, prices["firehose"]),)


def firehose_objects(load: Load, size: int, buffer_mb: float, buffer_seconds: float) -> float:
    """Objects that it delivers: one when a buffer is full, or its time is over and something is in it."""
    by_size = load.records * size / (buffer_mb * 2**20)
    by_time = load.hours * SECONDS_OF_HOUR / max(buffer_seconds, 1)
    return max(by_size, min(by_time, load.records))
