"""The bill of the stack `orders`."""

from collections.abc import Iterator

from cost import streams, workers
from cost.bill import Bill, Line
from cost.chosen import Orders
from cost.load import DAYS_OF_MONTH, Load
from cost.prices import Prices
from cost.s3_requests import Requests, request_lines
from cost.s3_storage import Arrivals, storage_lines
from cost.watched import alarm_metrics, filter_metrics
from cost.watching import RUN_LOG_BYTES, watching
from crawlers.definitions import crawlers_of
from glue_jobs.batch.schedules import ORDERS, Schedule
from glue_jobs.contracts.delivery import ORDERS as DELIVERY
from glue_jobs.contracts.orders import DATABASE
from glue_jobs.contracts.zones import LANDING, PROCESSED, RAW

STACK = "orders"
UPKEEP = "gluejob-maintain-processed-orders"
RECORD_BYTES = 268
"""Measured: 200,000 events of `sluice produce orders`."""
PACKED_SHARE = 17 / 64
"""Of a gzipped object to what is in it: `glue_jobs.contracts.delivery`."""
RAW_BYTES, TABLE_BYTES = 55.4, 38.5
"""Bytes of an event in raw, and in the table of orders, which has the newest of each alone: measured over the
same events, 140,000 of them new orders, in one run of each job."""
OF_RUN = Requests(put=60, get=200)
"""An assumption: what a run asks for its ledger and its lease, and for manifests and files of Iceberg."""


def orders_bill(chosen: Orders, load: Load, prices: Prices) -> Bill:
    """All lines; those of nothing are left out."""
    return tuple(line for line in _lines(chosen, load, prices) if line.quantity)


def schedules(chosen: Orders) -> tuple[Schedule, ...]:
    """The jobs that run by themselves."""
    if not chosen.run_schedules:
        return ()
    return tuple(one for one in ORDERS if chosen.table_upkeep == "job" or one.job != UPKEEP)


def _lines(chosen: Orders, load: Load, prices: Prices) -> Iterator[Line]:
    yield from streams.firehose(STACK, load, load.bytes_a_record(RECORD_BYTES), prices)
    runs = workers.runs_of(schedules(chosen), load)
    price = workers.glue_price(chosen.glue_version, chosen.execution_class)
    size = (chosen.worker_type, chosen.workers)
    yield from workers.glue_runs(STACK, runs, *size, price, load.job_minutes, prices)
    if chosen.table_upkeep == "optimizers":
        yield from workers.table_optimizers(STACK, load, prices)
    yield from workers.crawls(STACK, len(crawlers_of(DATABASE)), load, prices)
    yield from _requests(runs, load, prices)
    yield from _storage(chosen, load, prices)
    watched = (filter_metrics(STACK), alarm_metrics(STACK))
    yield from watching(STACK, runs * RUN_LOG_BYTES, chosen.log_retention_days, *watched, load, prices)


def landed_objects(load: Load) -> float:
    """Objects of the month that Firehose delivers."""
    size = load.bytes_a_record(RECORD_BYTES)
    return streams.firehose_objects(load, size, DELIVERY.buffer_mb, DELIVERY.buffer_seconds)


def _requests(runs: float, load: Load, prices: Prices) -> Bill:
    objects = landed_objects(load)
    landing = Requests(put=objects, get=objects if runs else 0)
    return (
        *request_lines(STACK, "landing", landing, prices),
        *request_lines(STACK, "jobs", OF_RUN * runs, prices),
    )


def _storage(chosen: Orders, load: Load, prices: Prices) -> Iterator[Line]:
    events = load.records / DAYS_OF_MONTH
    landed = events * load.bytes_a_record(RECORD_BYTES) * PACKED_SHARE
    arrivals = {LANDING: Arrivals(landed, landed_objects(load) / DAYS_OF_MONTH)}
    if chosen.run_schedules:
        hours = load.hours / DAYS_OF_MONTH
        arrivals[RAW] = Arrivals(events * RAW_BYTES, hours)
        arrivals[PROCESSED] = Arrivals(events * TABLE_BYTES, hours)
    for zone, coming in arrivals.items():
        yield from storage_lines(STACK, zone.name, zone, coming, load.kept_months, prices)
