"""The structured event of each micro-batch."""

import json
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT, QUARANTINE
from glue_jobs.core.decode import EVENT_TIME
from glue_jobs.core.decode_stage import SideTables, decode_records
from glue_jobs.core.observe import BatchEvents, _AtOnce, embedded_metrics, losses
from glue_jobs.core.repeats import drop_repeats
from glue_jobs.core.sources.files import read_files
from glue_jobs.core.sources.source import of_rows
from glue_jobs.core.windows import Windows
from tests.events import payload
from tests.lake import write_lines
from tests.records_of import rows_of

FIELDS = [
    "event",
    "job",
    "time",
    "batch",
    "records_in",
    "accepted",
    "rejected",
    "rows_out",
    "lag_seconds",
    "watermark",
    "watermark_delay_seconds",
    "duration_seconds",
    "state_rows",
    "rows_dropped_late",
    "repeats",
    "keys_kept",
    "shards_with_losses",
]
LATE = payload(timestamp="2026-03-01T06:00:00Z")


def stream_of(spark: SparkSession, root: Path, arrival: str, deduplicate: tuple[str, ...] = ()) -> DataFrame:
    """The windows of the records in `root/in`, a file for each batch, arriving at `arrival` (SQL)."""
    side = SideTables((root / "lake").as_uri(), nullcontext, QUARANTINE)
    read = rows_of(read_files(spark, (root / "in").as_uri(), 1))
    arrived = read.selectExpr("data", f"{arrival} AS arrival_time", "shard_id", "sequence_number")
    windows = Windows(EVENT, AGGREGATES, EVENT.window, deduplicate)
    rows = decode_records(of_rows(arrived), windows, side).withWatermark(EVENT_TIME, "10 minutes")
    return windows.merge(drop_repeats(rows, windows))


def events_of(
    spark: SparkSession,
    root: Path,
    arrival: str,
    *,
    metrics: bool = False,
    deduplicate: tuple[str, ...] = (),
) -> list[dict[str, Any]]:
    """The events of all batches of the stream."""
    emitted: list[str] = []
    rows_out: dict[int, dict[str, int]] = {}

    def count(batch: DataFrame, number: int) -> None:
        rows_out[number] = {"all_tables": batch.count()}

    events = BatchEvents("a_job", rows_out, emitted.append, metrics)
    spark.streams.addListener(events)
    writer = stream_of(spark, root, arrival, deduplicate).writeStream.outputMode("append").foreachBatch(count)
    writer = writer.option("checkpointLocation", str(root / "checkpoint")).trigger(availableNow=True)
    query = writer.start()
    try:
        query.awaitTermination()
        spark.sparkContext._jsc.sc().listenerBus().waitUntilEmpty(
            30_000
        )  # events come by a queue of Spark's own
    finally:
        query.stop()
        spark.streams.removeListener(events)
    assert rows_out == {}  # a note is taken with its event, so that they do not pile up
    return [json.loads(text) for text in emitted]


@pytest.fixture(scope="module")
def events(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Of three files: four records, one of them malformed; one that closes their windows; a late one."""
    root = tmp_path_factory.mktemp("observed")
    write_lines(root / "in", "0", [payload(), payload(signal=99), payload(provider="fused"), b"{"])
    write_lines(root / "in", "1", [payload(timestamp="2026-03-01T07:40:00Z")])
    write_lines(root / "in", "2", [LATE])
    return events_of(spark, root, "timestamp '2026-03-01 07:40:00'")


def test_an_event_has_its_fields(events: list[dict[str, Any]]) -> None:
    """In each batch the same, in the same order."""
    assert [list(event) for event in events] == [FIELDS] * len(events)
    assert {(event["event"], event["job"]) for event in events} == {("batch", "a_job")}


def test_records_are_counted_in_and_out(events: list[dict[str, Any]]) -> None:
    """In, accepted, rejected; rows out by table as the sink notes them."""
    counts = [(event["records_in"], event["accepted"], event["rejected"]) for event in events]

    assert [some for some in counts if any(some)] == [(4, 3, 1), (1, 1, 0), (1, 1, 0)]
    assert events[0]["rows_out"] == {"all_tables": 0}
    assert sum(event["rows_out"]["all_tables"] for event in events) == 4  # two providers, signal, status


def test_the_state_is_what_is_open(events: list[dict[str, Any]]) -> None:
    """Groups of open windows; those that the watermark has closed are gone at the end."""
    assert events[0]["state_rows"] == 4
    assert events[-1]["state_rows"] == 3


def test_watermark_and_its_delay(events: list[dict[str, Any]]) -> None:
    """Ten minutes behind the newest event; how far behind the clock, in seconds."""
    watermarks = [event["watermark"] for event in events]

    assert watermarks[:3] == [None, "2026-03-01T07:05:00.000Z", "2026-03-01T07:30:00.000Z"]
    assert events[0]["watermark_delay_seconds"] is None
    assert all(event["watermark_delay_seconds"] > 86400 for event in events[1:])


def test_late_rows_are_a_signal(events: list[dict[str, Any]]) -> None:
    """Rows that the operator dropped: the late record's, one for each aggregate."""
    assert sum(event["rows_dropped_late"] for event in events) == 3
    assert events[0]["rows_dropped_late"] == 0


def test_without_deduplication_no_repeats_are_told(events: list[dict[str, Any]]) -> None:
    """They are counted like every record."""
    assert {(event["repeats"], event["keys_kept"]) for event in events} == {(None, None)}


def test_lag_is_the_age_of_the_newest_record(events: list[dict[str, Any]]) -> None:
    """Null for a batch without records."""
    assert all((event["lag_seconds"] is None) == (event["records_in"] == 0) for event in events)
    assert events[0]["lag_seconds"] > 86400
    assert all(event["duration_seconds"] > 0 for event in events)


@pytest.mark.parametrize(
    ("offset", "shards"),
    [
        ('{"start": "TRIM_HORIZON", "shards": {}, "lost": ["shardId-000000000000"]}', 1),
        ('{"start": "TRIM_HORIZON", "shards": {}}', 0),
        ('{"logOffset": 3}', 0),
        ("3", 0),
        ("not json", 0),
        (None, 0),
    ],
)
def test_shards_that_lost_records_are_counted_by_the_offset(offset: str | None, shards: int) -> None:
    """Offsets of other sources name none, whatever they look like."""
    assert losses(offset) == shards


def test_offsets_are_json_however_the_progress_comes() -> None:
    """In one piece an offset is an object, of which PySpark makes no JSON."""
    lost = {"start": "TRIM_HORIZON", "shards": {}, "lost": ["shardId-000000000000", "shardId-000000000001"]}
    emitted: list[str] = []
    events = BatchEvents("a_job", {7: {}}, emitted.append, metrics=False)

    _AtOnce(events).onQueryProgress(SimpleNamespace(progress=lambda: progress_with(lost)))

    assert json.loads(emitted[0])["shards_with_losses"] == 2


def progress_with(end_offset: dict[str, Any]) -> SimpleNamespace:
    """The progress of batch 7 as the JVM has it, which reads to that offset."""
    rates = {"numInputRows": 0, "inputRowsPerSecond": 0.0, "processedRowsPerSecond": 0.0}
    offsets = {"startOffset": None, "endOffset": end_offset, "latestOffset": None}
    told = {
        "id": "34d2b5a4-8a5c-4f5c-8f4e-5b9f4a1f2b7d",
        "runId": "a2b1c0d9-8a5c-4f5c-8f4e-5b9f4a1f2b7d",
        "name": "a_job",
        "timestamp": "2026-03-01T07:15:00.250Z",
        "batchId": 7,
        "batchDuration": 10,
        "durationMs": {"triggerExecution": 10},
        "eventTime": {},
        "stateOperators": [],
        "sources": [{"description": "kinesis", **offsets, **rates}],
        "sink": {"description": "ForeachBatchSink", "numOutputRows": -1},
        "observedMetrics": {},
        **rates,
    }
    return SimpleNamespace(json=lambda: json.dumps(told))


def test_on_glue_an_event_is_an_embedded_metric(spark: SparkSession, tmp_path: Path) -> None:
    """The header names numbers of the event, each with a unit; an unknown lag is no metric."""
    write_lines(tmp_path / "in", "0", [payload()])

    event = events_of(spark, tmp_path, "cast(NULL AS timestamp)", metrics=True)[0]

    assert event["lag_seconds"] is None
    assert metric_names(event) == [
        "records_in",
        "accepted",
        "rejected",
        "rows_dropped_late",
        "state_rows",
        "shards_with_losses",
        "duration_seconds",
    ]


def metric_names(event: Mapping[str, Any]) -> list[str]:
    """The metrics of an event whose header follows CloudWatch's embedded metric format."""
    header = event["_aws"]
    assert isinstance(header["Timestamp"], int)
    (directive,) = header["CloudWatchMetrics"]
    assert directive["Namespace"] == "Sluice"
    assert directive["Dimensions"] == [["job"]]
    assert isinstance(event["job"], str)
    for metric in directive["Metrics"]:
        assert metric["Unit"] in ("Count", "Seconds")
        assert isinstance(event[metric["Name"]], (int, float))
    return [metric["Name"] for metric in directive["Metrics"]]


def test_the_metrics_time_is_the_batchs(events: list[dict[str, Any]]) -> None:
    """In milliseconds; the event's own fields stay as they are."""
    event = {**events[0], "time": "2026-03-01T07:15:00.250Z"}

    metrics = embedded_metrics(event)

    assert metrics["_aws"]["Timestamp"] == 1_772_349_300_250
    assert {name: metrics[name] for name in event} == event
    assert "lag_seconds" in metric_names(metrics)
