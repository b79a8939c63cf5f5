"""Whatever came in whatever order: nobody can tell whether raw and quarantine have been compacted."""

import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT, QUARANTINE, RAW
from glue_jobs.core.audit.accounts import Audit
from glue_jobs.core.catalog import Catalog
from glue_jobs.core.decode import Decoder
from glue_jobs.core.hours import HOUR, Progress, Range
from glue_jobs.core.partitions import hour_values
from glue_jobs.core.quarantine import Counts, Kind, Wanted, count_rejected, rejected_records
from glue_jobs.core.repair.concatenation import concatenate
from glue_jobs.core.repair.ledgers import Redriven
from glue_jobs.core.repair.raw_rows import marked_rows
from glue_jobs.core.repair.rebuildable import Rebuild, raw_files
from glue_jobs.core.repair.sweep import sweep
from glue_jobs.core.repair.switch import Maintenance, maintenance
from glue_jobs.core.table_hours import hours_of, locations_of
from glue_jobs.core.windows import RECORDS, TABLE, Windows
from tests.core.audit.played_stream import BEGIN, PIPELINE, QUERY, Event, PlayedStream
from tests.core.audit.test_audit_of_any_stream import MINUTE, Taken, events, played
from tests.core.hours_lake import glue_client

streams = st.lists(st.builds(Taken, events, st.integers(0, 2)), min_size=4, max_size=8)
"""Of some hours, so that one at least is closed."""

redrives = st.lists(
    st.tuples(st.integers(0, 5), st.lists(st.integers(0, 200), min_size=1, max_size=5)), max_size=3
)
"""The hour of raw that each was appended to, and the events it brought, by minutes before the first batch."""


@dataclass(frozen=True)
class Seen:
    """All that readers of raw and quarantine make of them."""

    audit: Audit
    inputs: "Counter[tuple[Any, ...]]"
    rejected: dict[Kind, Counts]
    records: list[dict[str, Any]]


@pytest.fixture(scope="module")
def catalogue(moto_url: str) -> Any:
    """The environment of a program whose AWS is the one on loopback."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
            patch.setenv(f"AWS_{name}", "testing")
        patch.setenv("AWS_ENDPOINT_URL", moto_url)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        yield


@settings(max_examples=25, phases=[Phase.explicit, Phase.generate])  # shrinking would take minutes
@given(streams, st.sampled_from([20, 45]), redrives, st.sampled_from([2**15, 2**27]), st.integers(1, 20))
def test_audit_rebuild_and_quarantine_find_the_same_in_raw_that_was_compacted(
    catalogue: None,
    taken: list[Taken],
    minutes_apart: int,
    mended: list[tuple[int, list[int]]],
    target: int,
    row_group: int,
) -> None:
    """Batch by batch, redrive by redrive, while the old files are there and when they are gone."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("glue_jobs.core.repair.merging.ROW_GROUP", row_group)
        stream = played(folder, taken, minutes_apart * MINUTE)
        for number, (hour, minutes) in enumerate(mended, start=1):
            events: list[Event] = [(BEGIN - minute * MINUTE, 12) for minute in minutes]
            stream.redrive(events, number, BEGIN + hour * HOUR)
        catalog = registered(stream)
        with maintenance(stream.lake_uri, catalog) as place:
            before = seen(stream, place)
            done = list(concatenate(place, reached(stream), [RAW, QUARANTINE], Range(), target))
            assert seen(stream, place) == before
            removed = [
                path for swept in sweep(place, [RAW, QUARANTINE], timedelta(0)) for path in swept.removed
            ]
            assert seen(stream, place) == before
    assert len(removed) == sum(hour.files_before for hour in done)


def registered(stream: PlayedStream) -> Catalog:
    """A catalogue that knows all there is."""
    catalog = Catalog(stream.lake_uri, glue_client())
    for table in PIPELINE.tables:
        catalog.ensure_table(table)
        found = hours_of(stream.lake_uri, table, None)
        catalog.ensure_partitions(table, [hour_values(hour.begins) for hour in found])
    return catalog


def reached(stream: PlayedStream) -> Progress:
    """How far the stream has come."""
    last = len(stream.watermarks) - 1
    return Progress(QUERY, last, stream.watermarks[last], stream.time_of(last), EVENT.window)


def seen(stream: PlayedStream, place: Maintenance) -> Seen:
    """What is made of raw and quarantine as they are now."""
    windows = Windows(EVENT, AGGREGATES, EVENT.window)
    what = Rebuild(windows, RAW, (), BEGIN - 24 * HOUR, BEGIN + 24 * HOUR, reached(stream))
    decoder, inputs = Decoder(EVENT, windows.columns), Counter[tuple[Any, ...]]()
    for file in raw_files(place, what):
        for rows in marked_rows(file, decoder, windows, what.hours):
            for row in rows.to_pylist():
                marks = (
                    row[mark] for mark in ("_file", "_batch", "_redrive", "_window_start", "_hour", TABLE)
                )
                inputs[tuple(marks)] += row[RECORDS]
    hours = hours_of(stream.lake_uri, QUARANTINE, locations_of(place.catalog, QUARANTINE))
    return Seen(
        stream.audit(catalog=place.catalog),
        inputs,
        count_rejected(hours, Wanted(), Redriven()),
        list(rejected_records(hours, Wanted(), Redriven())),
    )
