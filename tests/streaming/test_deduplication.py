"""Repeats of an event are dropped within its window: the tables are those of a batch without them."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TypeAlias

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT
from glue_jobs.core.decode import EVENT_TIME
from glue_jobs.core.event_keys import PAYLOAD
from glue_jobs.core.guard import StartRefused
from glue_jobs.core.windows import Windows
from tests.batch_oracle import batch_rows, check_side_tables, decoded, in_order, listed
from tests.faults.harness import some_event, some_line
from tests.streaming.streamed_lake import TEN, stream
from tests.streaming.test_stream_equals_batch import Batches, in_time, window_end

BY_PAYLOAD = Windows(EVENT, AGGREGATES, EVENT.window, PAYLOAD)
BY_FIELDS = Windows(EVENT, AGGREGATES, EVENT.window, ("lat", "postal_code"))
MINUTE = timedelta(minutes=1)

Key: TypeAlias = Callable[[bytes], object]


def by_payload(line: bytes) -> object:
    """The bytes."""
    return line


def by_place(line: bytes) -> object:
    """Latitude and municipality; where one is unknown, the bytes."""
    place = [json.loads(line).get(name) for name in ("lat", "postal_code")]
    return line if None in place else tuple(place)


def without_repeats(made: Batches, key: Key) -> Batches:
    """Each key once in a window, where it came first; records that are rejected have none."""
    seen: set[object] = set()

    def is_new(line: bytes) -> bool:
        times = decoded([line])[0][EVENT_TIME].to_pylist()
        one = (window_end(times[0]), key(line)) if times else None
        new = one is None or one not in seen
        seen.add(one)
        return new

    return [[line for line in batch if is_new(line)] for batch in made]


def check(lake: Path, made: Batches, key: Key) -> None:
    """The tables hold what a batch gives over the records in time, each event once; raw holds all."""
    expected = in_time(without_repeats(made, key))
    accepted = decoded(expected.payloads)[0]
    for aggregate in AGGREGATES:
        rows = batch_rows(accepted, aggregate, expected.closed_before)
        assert in_order(listed(lake, aggregate.table)) == in_order(rows)
    check_side_tables(lake, [line for batch in made for line in batch])


@st.composite
def resent(draw: st.DrawFn) -> Batches:
    """Micro-batches over an hour, in which many records of the same batch or an earlier one come again."""
    rng = Random(draw(st.integers(0, 2**32)))
    minutes = st.lists(st.integers(0, 60), min_size=1, max_size=8)
    made: Batches = []
    for batch in draw(st.lists(minutes, min_size=2, max_size=5)):
        new = [some_line(rng, TEN + minute * MINUTE) for minute in batch]
        sent = [line for lines in (*made, new) for line in lines]
        made.append([*new, *rng.choices(sent, k=rng.randrange(8))])
    return made


@settings(max_examples=4, phases=[Phase.explicit, Phase.generate])  # shrinking would take minutes
@given(made=resent(), first=st.integers(1, 4))
def test_a_record_that_is_sent_again_counts_once(
    made: Batches, first: int, spark: SparkSession, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In the same batch, in another, after a restart, and where the first or the second is late."""
    folder = tmp_path_factory.mktemp("resent")
    stream(spark, made[:first], folder, BY_PAYLOAD)
    stream(spark, made[first:], folder, BY_PAYLOAD)
    ended = [*made[:first], [], *made[first:]]  # a run ends with a batch that only moves the watermark
    check(folder / "lake", ended, by_payload)


def test_fields_of_the_contract_tell_a_repeat_whatever_its_other_values(
    spark: SparkSession, tmp_path: Path
) -> None:
    """The first stands. Where a field is unknown, only the same payload is a repeat."""
    here, there = {"lat": 1.5, "postal_code": "080193"}, {"lat": 1.5, "postal_code": "250236"}
    nowhere = [at(0, lat=1.5, postal_code=None, signal=signal) for signal in (3, 4)]
    made = [
        [at(0, **here, signal=10), at(0, **there, signal=20), *nowhere],
        [at(1, **here, signal=31), at(2, **here, signal=30), nowhere[0]],
        [at(40, **here)],
    ]
    stream(spark, made, tmp_path, BY_FIELDS)
    check(tmp_path / "lake", made, by_place)
    assert [len(batch) for batch in without_repeats(made, by_place)] == [4, 1, 1]


def at(minute: float, **changes: object) -> bytes:
    """A valid event at that minute."""
    return some_event(Random(str(minute)), TEN + minute * MINUTE, **changes)


def test_a_checkpoint_keeps_to_what_it_deduplicates_by(spark: SparkSession, tmp_path: Path) -> None:
    """Keys of one kind tell nothing of those of another."""
    stream(spark, [[some_event(Random(1), TEN)]], tmp_path, BY_PAYLOAD)
    with pytest.raises(StartRefused, match=r'deduplicate was \["payload"\], is \[\]'):
        stream(spark, [], tmp_path)
