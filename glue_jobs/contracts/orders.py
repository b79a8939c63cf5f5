"""Orders of a shop: what it sends on every change of one, and the tables that the changes end in.

An event is the whole order as it is after a change, never a part of it. So of all events of an order the
newest is its state, whatever order they come in. What that means is decided here, once:

- Newest is the latest `event_timestamp`. Of two events with the same one an update beats an insert, then the
  greater values win, in the order of `NEWEST_FIRST`: what arrives first plays no part, so every way through
  the files ends in the same table.
- An update may come before its insert, or without one: it is the order's state all the same.
- `ordered_at` is the earliest `event_timestamp` of an order, whichever event brought it. Revenue counts on
  that day, not on the day of the last update.
- A repeated event changes nothing.
"""

from pyspark.sql.types import DecimalType, LongType, StringType, StructType, TimestampType

from glue_jobs.contracts.contract import EventContract, TableContract, described, hourly
from glue_jobs.contracts.records import REASONS, WHOLE_RECORD

DATABASE = "orders"
STREAM = "firehose-orders"
LANDING = "landing/orders"

PAYMENT_METHODS = ("credit_card", "debit_card", "pix", "boleto", "paypal")
INSERT, UPDATE = "i", "u"

_IDENTIFIER = "[!-~]{1,64}"

EVENT = EventContract(
    name="orders",
    event_time="event_timestamp",
    max_bytes=1_000 * 2**10,  # the largest record that Firehose takes
    schema=StructType(
        [
            described("order_id", StringType(), "identifies the order", nullable=False, pattern=_IDENTIFIER),
            described("user_id", StringType(), "the customer", nullable=False, pattern=_IDENTIFIER),
            described("product_id", StringType(), "the product", nullable=False, pattern=_IDENTIFIER),
            described(
                "database_operation",
                StringType(),
                "what the shop's database did: i insert, u update",
                nullable=False,
                allowed=[INSERT, UPDATE],
            ),
            described(
                "amount",
                DecimalType(12, 2),
                "what the order costs",
                nullable=False,
                unit="the shop's currency",
                minimum=0,
            ),
            described(
                "payment_method",
                StringType(),
                "how it is paid",
                nullable=False,
                allowed=list(PAYMENT_METHODS),
            ),
            described(
                "event_timestamp",
                TimestampType(),
                "when the order was changed; ISO 8601 with date, UTC where no offset is given",
                nullable=False,
                minimum="2000-01-01T00:00:00Z",
            ),
        ]
    ),
)

NEWEST_FIRST = (
    "event_timestamp",
    "database_operation",
    "amount",
    "payment_method",
    "user_id",
    "product_id",
)
"""What tells which of two events of an order is the newer: the greater of the first that differ."""

_LANDED = [
    described("landing_file", StringType(), "path of the object that held it, from the lake", nullable=False),
    described("landing_line", LongType(), "its line there, from 1", nullable=False),
]

RAW = TableContract(
    name="raw_orders",
    database=DATABASE,
    path="raw/orders",
    description="Every event that keeps the contract, as it was delivered: a repeat is a row, too.",
    grain="one row for each delivered event",
    key=("landing_file", "landing_line"),
    schema=StructType([*EVENT.schema, *_LANDED]),
    partitions=hourly("ingest_date", "the run that took the event"),
)

QUARANTINE = TableContract(
    name="quarantine_orders",
    database=DATABASE,
    path="quarantine/orders",
    description="Every delivered line that breaks the contract, with the reason.",
    grain="one row for each rejected line",
    key=("landing_file", "landing_line"),
    schema=StructType(
        [
            described(
                "reason",
                StringType(),
                f"one of {', '.join(REASONS)}, or damaged_file: the object cannot be unpacked from here on",
                nullable=False,
            ),
            described("field", StringType(), "the first offending field; null where no field is to blame"),
            WHOLE_RECORD,
            *_LANDED,
        ]
    ),
    partitions=hourly("ingest_date", "the run that took the line"),
    consumers="operators, audit",
)

PROCESSED = TableContract(
    name="processed_orders",
    database=DATABASE,
    path="processed/orders",
    description="Every order as its newest event says.",
    grain="one row for each order",
    key=("order_id",),
    schema=StructType(
        [
            *EVENT.schema,
            described(
                "ordered_at", TimestampType(), "earliest event_timestamp of the order, UTC", nullable=False
            ),
        ]
    ),
    partitions=StructType([]),
    iceberg=("months(ordered_at)",),
)

TABLES = (RAW, QUARANTINE)
"""The plain Parquet tables."""

ICEBERG_TABLES = (PROCESSED,)
