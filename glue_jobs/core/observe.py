"""One structured event for each micro-batch: a JSON line, on Glue in CloudWatch's embedded metric format.

==========================  ==========================================================================
batch                       number of the micro-batch
records_in                  records read
accepted, rejected          of those, decoded into rows, and put in quarantine
rows_out                    rows written, by table
lag_seconds                 age of the newest record when the batch began; null where arrival is hidden
watermark                   event time below which windows are closed; null before the first event
watermark_delay_seconds     how far the watermark was behind the clock when the batch began
duration_seconds            from the trigger to the commit
state_rows                  groups of open windows kept in the state store
rows_dropped_late           rows Spark dropped behind the watermark: a signal, not a count of records
repeats                     records in time that were dropped, for their event was there; null without
                            --deduplicate. A task that Spark runs again can count one twice
keys_kept                   keys of events of open windows, in the state store; null without --deduplicate
shards_with_losses          shards of which the stream had dropped records before they were read
==========================  ==========================================================================
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from pyspark import SparkContext
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQueryListener
from pyspark.sql.streaming.listener import (
    JStreamingQueryListener,
    QueryIdleEvent,
    QueryProgressEvent,
    QueryStartedEvent,
    QueryTerminatedEvent,
    StreamingQueryProgress,
)
from pyspark.sql.types import (
    BinaryType,
    DataType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from glue_jobs.core.decode import EVENT_TIME
from glue_jobs.core.repeats import flowing_schema
from glue_jobs.core.windows import RECORDS, TABLE, Windows

RECORDS_IN, NEWEST_ARRIVAL = "records_in", "newest_arrival"
_COUNTS = (StructField(RECORDS_IN, LongType()), StructField(NEWEST_ARRIVAL, TimestampType()))
"""How many records a task has read, and when the newest arrived, null where that is hidden."""

_OBSERVED = "sluice_counts"

_DROPPING, _REPEATS = "dedupe", "numDroppedDuplicateRows"
"""How Spark names the operator that drops repeats, and its count of them."""

_NO_WATERMARK = datetime(1970, 1, 1, tzinfo=UTC)
"""What Spark reports before the first event has moved it."""

_UNITS = {
    "records_in": "Count",
    "accepted": "Count",
    "rejected": "Count",
    "rows_dropped_late": "Count",
    "state_rows": "Count",
    "shards_with_losses": "Count",
    "repeats": "Count",
    "keys_kept": "Count",
    "lag_seconds": "Seconds",
    "watermark_delay_seconds": "Seconds",
    "duration_seconds": "Seconds",
}


def counted_schema(windows: Windows) -> StructType:
    """The columns of what flows on, null in a row of counts, then `_COUNTS`, null in all others."""
    columns = (*flowing_schema(windows), *_COUNTS)
    return StructType([StructField(column.name, column.dataType) for column in columns])


def take_counts(rows: DataFrame, windows: Windows) -> DataFrame:
    """Rows of `counted_schema` in; what flows on out, while the counts go into the batch's event."""
    counted = rows.observe(
        _OBSERVED,
        F.sum(RECORDS_IN).alias("read"),
        _accepted(windows).alias("accepted"),
        F.unix_micros(F.max(NEWEST_ARRIVAL)).alias("newest"),
    )
    own = counted.where(F.col(EVENT_TIME).isNotNull())
    return own.select([_never_null(column) for column in flowing_schema(windows)])


def _accepted(windows: Windows) -> Column:
    """Each aggregate has every accepted record in one of its groups, so only those of one are counted."""
    if windows.deduplicate:
        return F.count(EVENT_TIME)
    own = F.col(TABLE) == windows.aggregates[0].table.name
    return F.sum(F.when(own, F.col(RECORDS)))


_IN_PLACE_OF_NULL: dict[DataType, Any] = {
    BinaryType(): bytearray(),
    LongType(): 0,
    StringType(): "",
    TimestampType(): _NO_WATERMARK,
}


def _never_null(column: StructField) -> Column:
    """The column, which the rows that are left are known to have, and known to Spark to be never null.

    Spark holds the state of a query to what its first run said of the keys.
    """
    if column.nullable:
        return F.col(column.name)
    return F.coalesce(column.name, F.lit(_IN_PLACE_OF_NULL[column.dataType])).alias(column.name)


class _AtOnce(JStreamingQueryListener):
    """Takes the progress of a batch from the JVM in one piece.

    PySpark asks for each field, then each key of each map, by itself: some 600 requests for a batch, a
    sixth of the processor time of a small one.
    """

    def onQueryProgress(self, jevent: Any) -> None:
        told = json.loads(jevent.progress().json())
        for source in told["sources"]:
            source["endOffset"] = json.dumps(source["endOffset"])  # PySpark makes no JSON of an object
        self.pylistener.onQueryProgress(QueryProgressEvent(StreamingQueryProgress.fromJson(told)))

    class Java:
        implements = ("org.apache.spark.sql.streaming.PythonStreamingQueryListener",)


class BatchEvents(StreamingQueryListener):
    """Emits the event of each batch that is committed.

    `rows_written` is where the sink notes, by batch number, the rows it wrote to each table.
    """

    def __init__(
        self, job: str, rows_written: dict[int, dict[str, int]], emit: Callable[[str], None], metrics: bool
    ) -> None:
        self._job = job
        self._rows_written = rows_written
        self._emit = emit
        self._metrics = metrics

    @cached_property
    def _jlistener(self) -> Any:
        """What PySpark registers with the JVM in place of this one."""
        jvm = SparkContext._jvm
        assert jvm is not None
        return jvm.PythonStreamingQueryListenerWrapper(_AtOnce(self))

    def onQueryProgress(self, event: QueryProgressEvent) -> None:
        rows_out = self._rows_written.pop(event.progress.batchId, None)
        if rows_out is None:  # progress of a trigger that found nothing to do
            return
        fields = batch_event(self._job, event.progress, rows_out)
        self._emit(json.dumps(embedded_metrics(fields) if self._metrics else fields))

    def onQueryStarted(self, event: QueryStartedEvent) -> None: ...

    def onQueryIdle(self, event: QueryIdleEvent) -> None: ...

    def onQueryTerminated(self, event: QueryTerminatedEvent) -> None: ...


def batch_event(job: str, progress: StreamingQueryProgress, rows_out: dict[str, int]) -> dict[str, Any]:
    """The fields of one batch's event (see the module's table)."""
    began = _moment(progress.timestamp)
    counts = progress.observedMetrics.get(_OBSERVED)
    records_in, accepted = (counts["read"] or 0, counts["accepted"] or 0) if counts else (0, 0)
    newest = counts["newest"] if counts else None
    watermark = progress.eventTime.get("watermark")
    if watermark is not None and _moment(watermark) == _NO_WATERMARK:
        watermark = None
    keys = [one for one in progress.stateOperators if one.operatorName == _DROPPING]
    groups = [one for one in progress.stateOperators if one.operatorName != _DROPPING]
    return {
        "event": "batch",
        "job": job,
        "time": progress.timestamp,
        "batch": progress.batchId,
        "records_in": records_in,
        "accepted": accepted,
        "rejected": records_in - accepted,
        "rows_out": rows_out,
        "lag_seconds": None if newest is None else round(began.timestamp() - newest / 1e6, 3),
        "watermark": watermark,
        "watermark_delay_seconds": (began - _moment(watermark)).total_seconds() if watermark else None,
        "duration_seconds": progress.durationMs["triggerExecution"] / 1000,
        "state_rows": sum(operator.numRowsTotal for operator in groups),
        "rows_dropped_late": sum(operator.numRowsDroppedByWatermark for operator in progress.stateOperators),
        "repeats": sum(operator.customMetrics[_REPEATS] for operator in keys) if keys else None,
        "keys_kept": sum(operator.numRowsTotal for operator in keys) if keys else None,
        "shards_with_losses": sum(losses(source.endOffset) for source in progress.sources),
    }


def losses(offset: str | None) -> int:
    """How many shards an offset of our own Kinesis source names as `lost`; other sources' name none."""
    try:
        position = json.loads(offset or "{}")
    except ValueError:
        return 0
    return len(position.get("lost", ())) if isinstance(position, dict) else 0


def embedded_metrics(fields: dict[str, Any]) -> dict[str, Any]:
    """The event with the header that makes CloudWatch Logs turn its numbers into metrics."""
    names = [name for name in _UNITS if fields[name] is not None]
    header = {
        "Timestamp": int(_moment(fields["time"]).timestamp() * 1000),
        "CloudWatchMetrics": [
            {
                "Namespace": "Sluice",
                "Dimensions": [["job"]],
                "Metrics": [{"Name": name, "Unit": _UNITS[name]} for name in names],
            }
        ],
    }
    return {"_aws": header, **fields}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
