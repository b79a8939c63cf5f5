"""Which hours are found to have late records, against a model of the stream that knows them all."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT, RAW, STATUS_COUNT
from glue_jobs.core.catalog import Catalog
from glue_jobs.core.hours import progress, whole_hour
from glue_jobs.core.repair.late_hours import Ingested, LateHours, late_hours
from glue_jobs.core.windows import Windows
from tests.core.audit.played_stream import BEGIN, PIPELINE, PlayedStream
from tests.core.audit.test_audit_of_any_stream import Taken, apart, batches
from tests.core.audit.test_audit_of_versions import at_eleven, switch
from tests.core.audit.test_lake import at, played
from tests.core.buckets import write
from tests.core.hours_lake import glue_client

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ALWAYS = timedelta(days=9)
COUNTED = STATUS_COUNT.table
ELEVEN = BEGIN - HOUR
TABLES = tuple(aggregate.table for aggregate in AGGREGATES)


@pytest.fixture
def stream(tmp_path: Path) -> PlayedStream:
    """Two records of the hour from 11 on are late; that from 12 on is open."""
    return defined(played(tmp_path.as_uri()))


def defined(stream: PlayedStream) -> PlayedStream:
    """The stream, whose checkpoint says how long its windows are."""
    write(stream.checkpoint, "_definition.json", b'{"window_seconds": 120}')
    return stream


@pytest.fixture
def catalog(aws: str, stream: PlayedStream) -> Iterator[Catalog]:
    """The catalogue of its lake."""
    yield (made := catalogue(stream))
    made.client.delete_database(Name=COUNTED.database)


def catalogue(stream: PlayedStream) -> Catalog:
    """A catalogue of tables without hours."""
    catalog = Catalog(stream.lake_uri, glue_client())
    for table in PIPELINE.tables:
        catalog.ensure_table(table)
    return catalog


def found(
    stream: PlayedStream, catalog: Catalog, within: timedelta = ALWAYS, back: timedelta = ALWAYS
) -> LateHours:
    """What is found."""
    reached = progress(stream.checkpoint_uri)
    assert reached is not None
    read = Ingested(RAW, stream.checkpoint_uri, reached, EVENT.watermark, within, back)
    return late_hours(catalog, Windows(EVENT, AGGREGATES, EVENT.window), TABLES, read)


def test_a_closed_hour_with_late_records_is_found(stream: PlayedStream, catalog: Catalog) -> None:
    """With their number."""
    late = found(stream, catalog)
    assert (late.closed, late.open) == (Counter({ELEVEN: 2}), Counter())


def test_an_open_hour_is_told_apart(stream: PlayedStream, catalog: Catalog) -> None:
    """It can be rebuilt once it is closed."""
    stream.batch([at(40)])
    stream.batch()
    stream.batch([at(5)])
    late = found(stream, catalog)
    assert (late.closed, late.open) == (Counter({ELEVEN: 2}), Counter({BEGIN: 1}))


def test_an_hour_that_is_too_old_is_told_apart(stream: PlayedStream, catalog: Catalog) -> None:
    """All of raw since then would have to be read."""
    late = found(stream, catalog, back=timedelta(minutes=30))
    assert (late.closed, late.old) == (Counter(), Counter({ELEVEN: 2}))


def test_what_every_table_has_taken_in_is_not_late(stream: PlayedStream, catalog: Catalog) -> None:
    """One that lacks it is enough."""
    for table in TABLES[1:]:
        switch(stream, catalog, "rebuild", 5, at_eleven(stream.accepted), table=table)
    assert found(stream, catalog).closed == Counter({ELEVEN: 2})

    switch(stream, catalog, "rebuild", 5, at_eleven(stream.accepted), table=TABLES[0])
    assert found(stream, catalog).closed == Counter()


def test_what_came_since_a_rebuild_is_late(stream: PlayedStream, catalog: Catalog) -> None:
    """And that alone."""
    for table in TABLES:
        switch(stream, catalog, "rebuild", 5, at_eleven(stream.accepted), table=table)
    stream.batch([at(-30)])
    assert found(stream, catalog).closed == Counter({ELEVEN: 1})


def test_a_compaction_takes_nothing_in(stream: PlayedStream, catalog: Catalog) -> None:
    """It merges what the stream has published."""
    for table in TABLES:
        switch(stream, catalog, "compact", 5, at_eleven(stream.published), table=table)
    assert found(stream, catalog).closed == Counter({ELEVEN: 2})


def test_only_what_was_read_lately_is_looked_at(aws: str, tmp_path: Path) -> None:
    """What was read before it tells the watermark alone."""
    stream = PlayedStream(tmp_path.as_uri(), apart=HOUR)
    for minutes in ([0], [60], [120], [30, 180], [40, 240], [50, 300]):  # the first of each pair is late
        stream.batch([at(minute) for minute in minutes])
    stream.forget_plans(5)
    catalog = catalogue(defined(stream))

    late = {hours: found(stream, catalog, hours * HOUR).closed for hours in range(4)}

    assert late == {hours: Counter({BEGIN: min(hours + 1, 3)}) for hours in range(4)}


def test_what_a_redrive_brought_is_late(stream: PlayedStream, catalog: Catalog) -> None:
    """Until a rebuild has taken it in, in windows that were complete."""
    stream.redrive([at(-30), at(-29)], 1)
    assert found(stream, catalog).closed == Counter({ELEVEN: 4})
    for table in TABLES:
        switch(stream, catalog, "rebuild", 5, at_eleven(stream.accepted), table=table)
    assert found(stream, catalog).closed == Counter({ELEVEN: 2})
    for table in TABLES:
        switch(stream, catalog, "rebuild", 5, at_eleven(stream.accepted), redrive=1, table=table)
    assert found(stream, catalog).closed == Counter()


@settings(max_examples=50)
@given(batches, apart, st.integers(0, 8))
def test_all_that_is_late_among_what_was_read_lately_is_found(
    moto_url: str, taken: list[Taken], between: timedelta, hours: int
) -> None:
    """However old its windows are, and whatever of the plans is kept."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        use_aws(moto_url, patch)
        stream = PlayedStream(Path(folder).as_uri(), between)
        late_before = []
        for number, batch in enumerate(taken):
            late_before.append(Counter(stream.late))
            time = stream.time_of(number)
            stream.batch([(time - minutes * MINUTE, signal) for minutes, signal in batch.events])
        catalog = Catalog(defined(stream).lake_uri, boto3.client("glue"))  # knows no table
        late = found(stream, catalog, hours * HOUR)
        stream.forget_plans(len(taken) - 1)
        without_plans = found(stream, catalog, hours * HOUR)
    since = whole_hour(stream.time_of(len(taken) - 1) - hours * HOUR)
    first = next(number for number in range(len(taken)) if stream.time_of(number) >= since)
    expected: Counter[datetime] = Counter()
    for start, count in (stream.late - late_before[first]).items():
        expected[whole_hour(start)] += count
    assert late.closed + late.open == expected
    assert all(hour + HOUR <= stream.watermarks[-1] for hour in late.closed)
    assert all(hour + HOUR > stream.watermarks[-1] for hour in late.open)
    assert without_plans == late


def use_aws(moto_url: str, patch: pytest.MonkeyPatch) -> None:
    """The AWS on loopback, within one example."""
    names = {"ENDPOINT_URL": moto_url, "REGION": "us-east-1", "DEFAULT_REGION": "us-east-1"}
    for name, value in {**names, "ACCESS_KEY_ID": "testing", "SECRET_ACCESS_KEY": "testing"}.items():
        patch.setenv(f"AWS_{name}", value)
