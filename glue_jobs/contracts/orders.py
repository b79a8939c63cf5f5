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

from pyspark.sql.types import (
    DateType,
    DecimalType,
    DoubleType,
    LongType,
    StringType,
    StructType,
    TimestampType,
)

from glue_jobs.contracts.contract import (
    EventContract,
    StateOf,
    TableContract,
    View,
    described,
    hourly,
)
from glue_jobs.contracts.records import REASONS, WHOLE_RECORD

DATABASE = "orders"
STREAM = "firehose-orders"
LANDING = "landing/orders"

PAYMENT_METHODS = ("credit_card", "debit_card", "pix", "boleto", "paypal")
INSERT, UPDATE = "i", "u"
_EARLIEST = "2000-01-01T00:00:00Z"

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
                minimum=_EARLIEST,
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

ORDER = StateOf(key="order_id", newest_first=NEWEST_FIRST, first_time="ordered_at", time="event_timestamp")

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
                "ordered_at",
                TimestampType(),
                "earliest event_timestamp of the order, UTC",
                nullable=False,
                minimum=_EARLIEST,
                not_after="event_timestamp",
            ),
        ]
    ),
    partitions=StructType([]),
    iceberg=("months(ordered_at)",),
)

TABLES = (RAW, QUARANTINE)
"""The plain Parquet tables."""

ICEBERG_TABLES = (PROCESSED,)

_DAY = described("order_date", DateType(), "UTC date of ordered_at")
_ORDERS = described("orders", LongType(), "how many orders")
_REVENUE = described(
    "revenue", DecimalType(38, 2), "what they cost, as their newest events say", unit="the shop's currency"
)

REVENUE_BY_DAY = View(
    name="revenue_by_day",
    database=DATABASE,
    description="What was ordered, by the day of the order and the way it is paid.",
    grain="one row for each day and payment method with orders",
    sql="""SELECT date(ordered_at) AS order_date, payment_method, count(*) AS orders, sum(amount) AS revenue
FROM processed_orders
GROUP BY 1, 2""",
    columns=StructType(
        [_DAY, described("payment_method", StringType(), "how they are paid"), _ORDERS, _REVENUE]
    ),
)

UPDATE_RATE = View(
    name="update_rate",
    database=DATABASE,
    description="Which share of a day's orders has been changed since.",
    grain="one row for each day with orders",
    sql="""SELECT date(ordered_at) AS order_date, count(*) AS orders,
  count_if(database_operation = 'u') AS updated,
  CAST(count_if(database_operation = 'u') AS double) / count(*) AS update_rate
FROM processed_orders
GROUP BY 1""",
    columns=StructType(
        [
            _DAY,
            _ORDERS,
            described("updated", LongType(), "those whose newest event is an update"),
            described("update_rate", DoubleType(), "updated / orders, 0 to 1"),
        ]
    ),
)

TOP_PRODUCTS = View(
    name="top_products",
    database=DATABASE,
    description="Products by what they bring; ask for a place up to 10.",
    grain="one row for each product with orders",
    sql="""SELECT rank() OVER (ORDER BY sum(amount) DESC) AS place, product_id, count(*) AS orders,
  sum(amount) AS revenue
FROM processed_orders
GROUP BY product_id""",
    columns=StructType(
        [
            described("place", LongType(), "1 is the greatest revenue; equal ones share a place"),
            described("product_id", StringType(), "the product"),
            _ORDERS,
            _REVENUE,
        ]
    ),
)

VIEWS = (REVENUE_BY_DAY, UPDATE_RATE, TOP_PRODUCTS)
"""What a business asks of the orders."""
