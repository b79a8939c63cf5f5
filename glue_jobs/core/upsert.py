"""States into an Iceberg table that has a row for each key: all at once, or those that came later.

Both end in the same table. An upsert keeps of two states of one key the newer, and of their first times the
earlier, so it may be done twice, or over states that are in the table already, and changes nothing then.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyspark.sql.functions as F
from pyspark.sql import DataFrame

from glue_jobs.contracts.contract import StateOf, TableContract
from glue_jobs.core.errors import CatalogError
from glue_jobs.core.iceberg_table import (
    changed_meanwhile,
    load_iceberg_table,
    newest_stamped,
    refused,
    spark_name,
    stamped,
)

_ATTEMPTS = 4
"""A maintenance commits a handful of times in a run: nothing else changes the table meanwhile."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Upserted:
    """How many rows of the table are new, and how many changed."""

    inserted: int
    updated: int


def upsert(table: TableContract, states: DataFrame, state: StateOf, stamp: Mapping[str, str]) -> Upserted:
    """Take states (`state.columns`, one row a key) into the table, in one commit that bears the stamp.

    Where the table changes meanwhile (maintenance), it is done again.

    Raises:
        CatalogError: Spark or the catalogue refuses, or the table changed each time.
    """
    for retries_left in reversed(range(_ATTEMPTS)):
        try:
            _merge(table, states, state, stamp)
            break
        except CatalogError as error:
            if not retries_left or not changed_meanwhile(error):
                raise
            _log.warning("%s changed meanwhile; the upsert is done again: %s", table.name, error)
    return _counts(states, table)


def _merge(table: TableContract, states: DataFrame, state: StateOf, stamp: Mapping[str, str]) -> None:
    """A row is touched only where its state is older, or its first time later."""
    newer, first = _newer(state.newest_first), state.first_time
    newest = ", ".join(f"{name} = IF({newer}, new.{name}, there.{name})" for name in state.newest_first)
    with refused(table), stamped(states.sparkSession, stamp):
        states.sparkSession.sql(
            f"MERGE INTO {spark_name(table)} there USING {{states}} new "
            f"ON there.{state.key} = new.{state.key} "
            f"WHEN MATCHED AND ({newer} OR new.{first} < there.{first}) "
            f"THEN UPDATE SET {newest}, {first} = least(there.{first}, new.{first}) "
            "WHEN NOT MATCHED THEN INSERT *",
            states=states,
        )


def _newer(names: Sequence[str]) -> str:
    """Whether `new` is greater than `there` in the first column that differs; none is ever null."""
    name, *others = names
    return f"(new.{name} > there.{name}" + (
        f" OR new.{name} = there.{name} AND {_newer(others)})" if others else ")"
    )


def _counts(states: DataFrame, table: TableContract) -> Upserted:
    """By what Iceberg says of the commit, of a table whose changes are merged on read."""
    snapshot = newest_stamped(load_iceberg_table(states.sparkSession, table))
    summary = {} if snapshot is None else dict(snapshot.summary())
    updated = int(summary.get("added-position-deletes", 0))
    return Upserted(int(summary.get("added-records", 0)) - updated, updated)


def replace_all(table: TableContract, states: DataFrame, stamp: Mapping[str, str]) -> int:
    """Let the table hold these states and no other, in one commit that bears the stamp; how many they are.

    Raises:
        CatalogError: Spark or the catalogue refuses.
    """
    _replace(table, states, stamp)
    return states.sparkSession.table(spark_name(table)).count()


def _replace(table: TableContract, states: DataFrame, stamp: Mapping[str, str]) -> None:
    with refused(table), stamped(states.sparkSession, stamp):
        states.writeTo(spark_name(table)).overwrite(F.lit(True))
