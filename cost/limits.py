"""Where a load does not fit its settings: the bill would be of a pipeline that does not keep up."""

from collections.abc import Iterator, Mapping

from cost import streams
from cost.chosen import MobileCoverage
from cost.load import Load
from cost.mobile_coverage import RECORD_BYTES, state_parts
from cost.orders import RECORD_BYTES as ORDER_BYTES
from cost.settings import Settings

RECORDS_A_CORE = 136_000
"""A second, with raw kept: half of what two cores did (docs/performance.md). A vCPU need not be as fast."""
ON_DEMAND_BYTES, ON_DEMAND_RECORDS = 4 * 2**20, 4000
"""A second, into a new stream on demand (Kinesis developer guide, quotas)."""
FIREHOSE_BYTES, FIREHOSE_RECORDS = 5 * 2**20, 500_000
"""A second, put directly in us-east-1 (Firehose developer guide, quotas)."""


def warnings(settings: Mapping[str, Settings], load: Load) -> list[str]:
    """What does not fit, a line each.

    Raises:
        OptionError: a setting is not one that its stack takes.
    """
    found: list[str] = []
    if "mobile_coverage" in settings:
        chosen = MobileCoverage.of(settings["mobile_coverage"])
        found += [*_stream(chosen, load), *_workers(chosen, load)]
    if "orders" in settings:
        found += _firehose(load)
    return found


def _stream(chosen: MobileCoverage, load: Load) -> Iterator[str]:
    rate, size = load.records_per_second, load.bytes_a_record(RECORD_BYTES)
    needed = streams.shards_needed(rate, size)
    if chosen.stream_mode == "PROVISIONED" and needed > chosen.shard_count:
        yield (
            f"mobile_coverage: {rate:g} records/s of {size} bytes need {needed} shards, and shard_count is "
            f"{chosen.shard_count}; a shard takes 1,000 records and 1 MiB a second"
        )
    if chosen.stream_mode == "ON_DEMAND" and (rate > ON_DEMAND_RECORDS or rate * size > ON_DEMAND_BYTES):
        yield (
            f"mobile_coverage: {rate:g} records/s of {size} bytes are more than a new stream on demand takes "
            "(4,000 records and 4 MiB a second); it grows within minutes"
        )


def _workers(chosen: MobileCoverage, load: Load) -> Iterator[str]:
    able = RECORDS_A_CORE * state_parts(chosen)
    if chosen.runner != "none" and load.records_per_second > able:
        yield (
            f"mobile_coverage: {load.records_per_second:g} records/s are more than the {able:,} that so many "
            "cores were measured to do; take more workers or larger ones"
        )


def _firehose(load: Load) -> Iterator[str]:
    rate, size = load.records_per_second, load.bytes_a_record(ORDER_BYTES)
    if rate > FIREHOSE_RECORDS or rate * size > FIREHOSE_BYTES:
        yield (
            f"orders: {rate:g} records/s of {size} bytes are more than Firehose takes by itself "
            "(500,000 records and 5 MiB a second); ask AWS for a higher quota"
        )
