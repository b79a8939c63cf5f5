"""The bill of the stack `mobile_coverage`."""

from collections.abc import Iterator
from dataclasses import dataclass

from cost import s3_requests as asked
from cost import streams, workers
from cost.bill import Bill, Line
from cost.chosen import MobileCoverage
from cost.load import SECONDS_OF_HOUR, Load
from cost.prices import Prices
from cost.s3_storage import Arrivals, storage_lines
from cost.watched import alarm_metrics
from cost.watching import BATCH_LOG_BYTES, RUN_LOG_BYTES, watching
from crawlers.definitions import crawlers_of
from glue_jobs.batch.schedules import SCHEDULES
from glue_jobs.contracts.mobile_coverage import AGGREGATES, DATABASE, EVENT, TABLES
from glue_jobs.contracts.zones import PROCESSED, RAW

STACK = "mobile_coverage"
RECORD_BYTES = 313
"""Of the records that docs/performance.md measured with."""
METRICS = 9
"""Those that each batch reports on Glue without --deduplicate (`glue_jobs.core.observe`)."""
IMAGE_GB = 1.0
"""An assumption: the image of a container, packed."""


@dataclass(frozen=True)
class Packed:
    """Bytes that a record of 313 takes in Parquet, as the stream leaves it and once hours are compacted.

    Measured over a day of 1.7 million records: docs/repair.md, "How long it takes".
    """

    streamed: float
    compacted: float


RAW_BYTES = Packed(streamed=131.7 * 2**20 / 1.7e6, compacted=88.6 * 2**20 / 1.7e6)
WINDOW_BYTES = Packed(streamed=(9.1 + 5.1 + 6.5) * 2**20 / 1.7e6, compacted=(0.7 + 0.1 + 0.3) * 2**20 / 1.7e6)


def mobile_coverage_bill(chosen: MobileCoverage, load: Load, prices: Prices) -> Bill:
    """All lines; those of nothing are left out."""
    return tuple(line for line in _lines(chosen, load, prices) if line.quantity)


def _lines(chosen: MobileCoverage, load: Load, prices: Prices) -> Iterator[Line]:
    yield from _stream(chosen, load, prices)
    yield from _runner(chosen, load, prices)
    runs = workers.runs_of(SCHEDULES, load) if chosen.run_schedules else 0
    price = workers.glue_price(chosen.glue_version)
    size = (chosen.batch_worker_type, chosen.batch_workers)
    yield from workers.glue_runs(STACK, runs, *size, price, load.job_minutes, prices)
    yield from workers.crawls(STACK, len(crawlers_of(DATABASE)), load, prices)
    yield from _requests(chosen, load, prices)
    yield from _storage(chosen, load, prices)
    log_bytes = batches(chosen, load) * BATCH_LOG_BYTES + runs * RUN_LOG_BYTES
    metrics = METRICS if chosen.runner == "glue" else 0
    kept_days = chosen.log_retention_days
    yield from watching(STACK, log_bytes, kept_days, metrics, alarm_metrics(STACK), load, prices)


def _stream(chosen: MobileCoverage, load: Load, prices: Prices) -> Bill:
    size = load.bytes_a_record(RECORD_BYTES)
    if chosen.stream_mode == "ON_DEMAND":
        return streams.on_demand(STACK, chosen.retention_hours, load, size, prices)
    return streams.provisioned(STACK, chosen.shard_count, chosen.retention_hours, load, size, prices)


def _runner(chosen: MobileCoverage, load: Load, prices: Prices) -> Bill:
    if chosen.runner == "none":
        return ()
    if chosen.runner == "fargate":
        task = workers.Task(
            chosen.task_cpu, chosen.task_memory, chosen.task_architecture, chosen.fargate_spot
        )
        return (
            *workers.fargate(STACK, task, load, prices),
            Line(STACK, "image of the task", IMAGE_GB, prices["ecr"]),
        )
    size = (chosen.streaming_worker_type, chosen.streaming_workers)
    return workers.glue_stream(STACK, *size, chosen.glue_version, load, prices)


def state_parts(chosen: MobileCoverage) -> int:
    """Into how many parts the job cuts its state: one for each core that runs tasks (`core.runtime`)."""
    if chosen.runner == "fargate":
        return max(1, int(chosen.task_cpu // 1024))
    return workers.task_slots(chosen.streaming_worker_type, chosen.streaming_workers)


def batches(chosen: MobileCoverage, load: Load) -> float:
    """Micro-batches of the month: one a trigger, and none where nothing came."""
    if chosen.runner == "none":
        return 0
    return min(load.hours * SECONDS_OF_HOUR / chosen.trigger_seconds, load.records)


def files(chosen: MobileCoverage, load: Load) -> float:
    """Files that the stream writes: of closed windows, and in each batch one of raw and of rejects a shard.

    That a shard has a reject in every batch is the worst that can be.
    """
    windows = load.hours * SECONDS_OF_HOUR / EVENT.window.total_seconds()
    closing = min(windows, batches(chosen, load))
    beside = 2 if chosen.keep_raw else 1
    of_windows = asked.window_files(closing, len(AGGREGATES), 1, state_parts(chosen))
    return of_windows + batches(chosen, load) * beside * readers(chosen, load)


def readers(chosen: MobileCoverage, load: Load) -> int:
    """Tasks that read the stream: one a shard. A stream on demand begins with four (its developer guide)."""
    if chosen.stream_mode == "PROVISIONED":
        return chosen.shard_count
    return max(4, streams.shards_needed(load.records_per_second, load.bytes_a_record(RECORD_BYTES)))


def _requests(chosen: MobileCoverage, load: Load, prices: Prices) -> Iterator[Line]:
    count, parts = batches(chosen, load), state_parts(chosen)
    if not count:
        return
    written = files(chosen, load)
    yield from asked.request_lines(STACK, "tables", asked.sink_requests(written, count), prices)
    checkpoint = asked.checkpoint_requests(count, parts) + asked.passing_requests(load.hours, parts)
    yield from asked.request_lines(STACK, "checkpoint", checkpoint, prices)
    if chosen.run_schedules:  # each small file is read once, and each hour of a table written
        merging = asked.Requests(put=len(TABLES) * load.hours, get=written)
        yield from asked.request_lines(STACK, "compaction", merging, prices)


def _storage(chosen: MobileCoverage, load: Load, prices: Prices) -> Iterator[Line]:
    if not batches(chosen, load):
        return
    sizes = {RAW: RAW_BYTES if chosen.keep_raw else Packed(0, 0), PROCESSED: WINDOW_BYTES}
    of_batches = batches(chosen, load) * readers(chosen, load) * 2  # raw and rejects
    written = {RAW: of_batches, PROCESSED: files(chosen, load) - of_batches}
    tables = {RAW: len(TABLES) - len(AGGREGATES), PROCESSED: len(AGGREGATES)}
    for zone, packed in sizes.items():
        size = packed.compacted if chosen.run_schedules else packed.streamed
        objects = tables[zone] * load.hours if chosen.run_schedules else written[zone]
        scaled = size * load.bytes_a_record(RECORD_BYTES) / RECORD_BYTES if zone is RAW else size
        arrivals = Arrivals(load.records * scaled / 30, objects / 30)
        yield from storage_lines(STACK, zone.name, zone, arrivals, load.kept_months, prices)
