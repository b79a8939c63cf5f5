"""The plain Parquet tables as the Glue catalogue defines them, for Terraform: `tables.json`.

With them there before any job has run, Athena answers from the first partition on, and neither a job nor a
crawler needs the right to make a table. Iceberg tables are made by their job: of such a table the catalogue
knows only where its newest metadata lie.
"""

import json
from typing import Any

from crawlers.definitions import TABLES
from glue_jobs.contracts import mobile_coverage, orders
from glue_jobs.core.catalog import table_input

DATABASES = {
    mobile_coverage.DATABASE: "Mobile network coverage: windowed aggregates of what phones report.",
    orders.DATABASE: "A shop's orders, from what was delivered to the state of each.",
}
"""Each database, and what is in it."""

_LAKE = "s3://${lake}"


def as_json() -> str:
    """The text of `tables.json`: the databases, and by name of table its database and its definition."""
    tables: dict[str, Any] = {
        table.name: {"database": table.database, "definition": table_input(table, _LAKE)}
        for table in TABLES.values()
    }
    return json.dumps({"databases": DATABASES, "tables": tables}, indent=2) + "\n"
