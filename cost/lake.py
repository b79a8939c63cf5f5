"""The bill of the stack `lake`: what the pipelines share."""

from cost.bill import Bill, Line
from cost.chosen import Lake
from cost.load import Load
from cost.prices import Prices

STACK = "lake"
LEAST_QUERY_MB = 10
"""Athena bills a query for no less."""


def lake_bill(chosen: Lake, load: Load, prices: Prices) -> Bill:
    """Queries, and the key if there is one; lines of nothing are left out."""
    queries = load.queries_per_day * load.days_per_month * (load.hours_per_day > 0)
    terabytes = queries * max(load.query_megabytes, LEAST_QUERY_MB) * 2**20 / 2**40
    lines = (
        Line(STACK, f"Athena: {queries:,.0f} queries", terabytes, prices["athena"]),
        Line(STACK, "KMS: key", 0 if chosen.kms_key_arn is None else 1, prices["kms_key"]),
    )
    return tuple(line for line in lines if line.quantity)
