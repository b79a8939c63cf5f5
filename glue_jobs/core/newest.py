"""The state of a thing, from all that was ever said of it.

An event is the whole thing as it was after a change. So its state is its greatest event, in an order that
leaves no two different events equal, together with the time of its earliest one. Greatest and earliest do not
care for the order in which events come, nor for how they are split, nor whether one comes twice: taking in a
state is taking in the events it was made of.
"""

import pyspark.sql.functions as F
from pyspark.sql import DataFrame

from glue_jobs.contracts.contract import StateOf


def newest_states(events: DataFrame, state: StateOf) -> DataFrame:
    """Events in (other columns are left out), states out: `state.columns`, a row for each key."""
    newest = F.max(F.struct(*state.newest_first)).alias("newest")
    earliest = F.min(state.time).alias(state.first_time)
    found = events.groupBy(state.key).agg(newest, earliest)
    return found.select(state.key, "newest.*", state.first_time)
