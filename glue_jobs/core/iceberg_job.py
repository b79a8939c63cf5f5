"""What a job that writes an Iceberg table works with."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from pyspark.sql import SparkSession

from glue_jobs.contracts.contract import TableContract, View
from glue_jobs.core.catalog import open_catalog
from glue_jobs.core.catalog_views import ensure_view
from glue_jobs.core.iceberg import session_settings, use_catalog
from glue_jobs.core.iceberg_table import ensure_iceberg_table
from glue_jobs.core.job_lease import job_lease
from glue_jobs.core.runtime import open_runtime


@contextmanager
def writing(
    table: TableContract,
    views: Iterable[View],
    job: str,
    argv: Sequence[str],
    lake_uri: str,
    region: str | None,
) -> Iterator[SparkSession]:
    """A session that knows the Iceberg tables of the lake; this one and its views are there.

    For the block no other job that comes this way writes the table.

    Raises:
        LeaseHeld: another job writes it.
        SetupError: Iceberg's jars are not on this machine, or Spark does not start.
        CatalogError: the catalogue refuses, or the table that is there has another shape.
    """
    settings = session_settings(argv)
    catalog = open_catalog(lake_uri, region)
    with (
        job_lease(lake_uri, f"{table.path}__writer", f"another job that writes {table.name}"),
        open_runtime(job, argv, settings=settings) as runtime,
    ):
        use_catalog(runtime, catalog)
        ensure_iceberg_table(runtime.spark, table, lake_uri)
        for view in views:
            ensure_view(catalog, view)
        yield runtime.spark
