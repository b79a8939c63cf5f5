"""What runs have brought into raw, as the states it comes to, where both are as their contracts say."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pyspark.sql import DataFrame, SparkSession

from glue_jobs.contracts.contract import StateOf, TableContract
from glue_jobs.core.data_docs import DataDocs
from glue_jobs.core.expectations import as_delivered, one_row_each
from glue_jobs.core.gate import let_through
from glue_jobs.core.landing.ledger import DoneRun
from glue_jobs.core.landing.raw_rows import raw_rows
from glue_jobs.core.newest import newest_states


@contextmanager
def gated_states(
    spark: SparkSession,
    raw: TableContract,
    table: TableContract,
    state: StateOf,
    runs: Sequence[DoneRun],
    docs: DataDocs,
) -> Iterator[DataFrame]:
    """The states (the columns of `table`) of all events that the runs have brought, kept for the block.

    Raises:
        GateRefused: a row of raw, or a state, breaks its contract.
        SourceError: a file of raw is gone, or is not as its run has written it.
        SinkError: the Data Docs cannot be written.
    """
    events = raw_rows(spark, docs.lake.uri, raw, runs)  # read thrice, which is quicker than to cache them
    states = newest_states(events, state).select(table.schema.fieldNames()).cache()
    try:
        let_through(events, as_delivered(raw, rows_of(runs)), docs)
        let_through(states, one_row_each(table), docs)
        yield states
    finally:
        states.unpersist()


def rows_of(runs: Sequence[DoneRun]) -> int:
    """How many rows the runs have written into raw."""
    return sum(file.rows for run in runs for file in run.raw)
