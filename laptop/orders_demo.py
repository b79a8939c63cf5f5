"""The orders' pipeline from end to end on this machine: what `make demo-orders` runs.

An embedded AWS starts, the producer sends orders and changes of them to Firehose, which delivers objects into
the landing zone; jobs take them into raw and build the table of orders, once from everything and then by an
upsert of what came later; Athena SQL reads the table, also as it was, and the business's views. The lake
stays.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

from glue_jobs.contracts.delivery import ORDERS
from glue_jobs.contracts.orders import DATABASE, STREAM
from glue_jobs.core.errors import SluiceError
from laptop.athena import QueryResult, run_query
from laptop.demo_display import Display
from laptop.demo_folder import cleared, only_these_settings
from laptop.embedded_aws import EmbeddedAws, embedded_aws
from laptop.firehose_client import deliver_now, make_stream
from laptop.job_process import run_to_the_end
from producers.order_options import OrderOptions, parse_order_options
from producers.orders_producer import make_orders, send_orders
from producers.record import Record
from producers.sender import Summary

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient

_TROUBLES = {"late": 200, "duplicate": 200, "malformed": 20, "wrong_type": 10, "out_of_range": 10}
_DAYS = 30
"""How many days the orders are spread over."""

_BATCH = 500
"""The most records that one call takes."""

QUERIES = (
    """SELECT order_id, database_operation, amount, payment_method, event_timestamp, ordered_at
FROM processed_orders ORDER BY ordered_at LIMIT 10""",
    "SELECT * FROM revenue_by_day ORDER BY order_date, payment_method LIMIT 10",
    "SELECT order_date, orders, updated, round(update_rate, 3) AS rate FROM update_rate ORDER BY 1 LIMIT 10",
    "SELECT * FROM top_products WHERE place <= 10 ORDER BY place",
    "SELECT reason, field, count(*) AS lines FROM quarantine_orders GROUP BY reason, field ORDER BY reason",
)

_DIFFERENT = """SELECT count(*) FROM processed_orders FULL JOIN (
  SELECT order_id, max(event_timestamp) AS newest, min(event_timestamp) AS first
  FROM raw_orders GROUP BY order_id
) raw ON processed_orders.order_id = raw.order_id
WHERE event_timestamp IS DISTINCT FROM newest OR ordered_at IS DISTINCT FROM first"""
"""Orders whose row is not that of their newest event in raw, or that only one of the tables has."""


@dataclass(frozen=True)
class OrdersDemoFolder:
    """Where the demo leaves things: `lake/`, and a log for each run of a job."""

    root: Path

    @property
    def lake_uri(self) -> str:
        return (self.root / "lake").as_uri()

    def log(self, job: str, half: int) -> Path:
        return self.root / f"{job}-{half}.log"


@dataclass
class OrdersDemoResult:
    """What the demo shows at its end; `as_it_was` is the table before the second half was taken in."""

    sent: int = 0
    accepted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    empty: int = 0
    orders: int = 0
    different: int = 0
    as_it_was: tuple[str, int] = ("", 0)
    answers: dict[str, QueryResult] = field(default_factory=dict)

    @property
    def balanced(self) -> bool:
        """Whether each record sent is in one place, and each order is as its newest event says."""
        return self.sent == self.held and self.different == 0 < self.orders

    @property
    def held(self) -> int:
        """The records that the raw job has told of."""
        return self.accepted + self.rejected.total() + self.empty


def run_orders_demo(folder: OrdersDemoFolder, total: int, display: Display) -> OrdersDemoResult:
    """Run everything with so many events; some beside them are made to be rejected.

    Raises:
        SetupError: the folder holds something that the demo did not make, or another demo runs in it.
        SluiceError: a part of the pipeline failed.
    """
    with (
        cleared(folder.root, "lake"),
        embedded_aws(folder.lake_uri) as aws,
        only_these_settings(aws.environment),
    ):
        with display.step("embedded AWS", f"answers at {aws.endpoint_url}"):
            make_stream(boto3.client("firehose"), ORDERS)
        return _Demo(folder, aws, display).run(total)


class _Demo:
    """The parts that follow each other, and what has come of them so far."""

    def __init__(self, folder: OrdersDemoFolder, aws: EmbeddedAws, display: Display) -> None:
        self._folder = folder
        self._aws = aws
        self._display = display
        self._glue: GlueClient = boto3.client("glue")
        self._result = OrdersDemoResult()

    def run(self, total: int) -> OrdersDemoResult:
        options = _options(total)
        records, count = make_orders(options, datetime.now(UTC))
        first = count // 2
        self._send(islice(records, first), options)
        self._take_into_raw(1)
        self._build("orders_processed_initial_load", "initial load", 1)
        self._result.as_it_was = (datetime.now(UTC).isoformat(" ", "milliseconds")[:23], self._count_orders())
        self._send(records, options)
        self._take_into_raw(2)
        self._build("orders_processed", "upsert", 2)
        self._ask()
        return self._result

    def _send(self, records: Iterator[Record], options: OrderOptions) -> None:
        summary = Summary()
        with self._display.busy("producer"):
            send_orders(records, options, summary, lambda so_far: None)
            deliver_now(self._aws.endpoint_url)
        if summary.lost:
            raise SluiceError(f"the producer lost {summary.lost} of {summary.offered} records")
        self._result.sent += summary.sent
        self._display.done(
            "producer", f"{summary.sent:,} records to {STREAM}, which delivered them to landing/"
        )

    def _take_into_raw(self, half: int) -> None:
        runs = [event for event in self._job("orders_raw", "raw", half) if event["event"] == "run_done"]
        accepted = sum(run["accepted"] for run in runs)
        rejected = sum((Counter(run["rejected"]) for run in runs), Counter[str]())
        self._result.accepted += accepted
        self._result.rejected += rejected
        self._result.empty += sum(run["empty_lines"] for run in runs)
        self._display.done("raw", f"{accepted:,} events as typed rows, {rejected.total():,} rejected")

    def _build(self, job: str, name: str, half: int) -> None:
        self._job(job, name, half)
        self._result.orders = self._count_orders()
        self._display.done(name, f"{self._result.orders:,} orders in processed_orders")

    def _job(self, job: str, name: str, half: int) -> Sequence[dict[str, Any]]:
        with self._display.busy(name):
            return run_to_the_end(
                f"glue_jobs.batch.{job}",
                ["--lake_uri", self._folder.lake_uri],
                self._aws.environment,
                self._folder.log(job, half),
            )

    def _ask(self) -> None:
        with self._display.busy("Athena SQL"):
            self._result.answers = {query: self._query(query) for query in QUERIES}
            self._result.different = self._number(_DIFFERENT)
            moment, orders = self._result.as_it_was
            travel = f"SELECT count(*) FROM processed_orders FOR TIMESTAMP AS OF TIMESTAMP '{moment} UTC'"  # noqa: S608 - our own time
            if self._number(travel) != orders:
                raise SluiceError(f"{travel}: had {orders} orders then, and has {self._number(travel)} now")
        self._display.done("Athena SQL", f"answered {len(QUERIES)} queries, and one of the past")

    def _count_orders(self) -> int:
        return self._number("SELECT count(*) FROM processed_orders")

    def _number(self, sql: str) -> int:
        return int(self._query(sql).rows[0][0])

    def _query(self, sql: str) -> QueryResult:
        return run_query(sql, DATABASE, self._glue)


def _options(total: int) -> OrderOptions:
    mixed = [text for kind, count in _TROUBLES.items() for text in (f"--{kind}", str(count))]
    argv = ["--total", str(total), "--batch", str(_BATCH), "--days", str(_DAYS), *mixed]
    return parse_order_options(argv, "demo", datetime.now(UTC), environment={})
