"""Whatever comes in whatever order, the audit says what the model of the stream knows."""

import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from glue_jobs.contracts.mobile_coverage import STATUS_COUNT
from glue_jobs.core.event_keys import PAYLOAD
from glue_jobs.core.hours import Range
from tests.core.audit.played_stream import BEGIN, Event, PlayedStream

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Taken:
    """What a batch takes: its events, by how many minutes before it they were, and what is no event.

    again  events that were sent before, by their number, perhaps with another signal now
    """

    events: list[tuple[float, int | None]]
    malformed: int
    again: list[tuple[int, bool]] = field(default_factory=list)


minutes = st.integers(-5, 200) | st.sampled_from([10, 12, 9.99999, 10.00001])
events = st.lists(st.tuples(minutes, st.sampled_from([None, 12])), max_size=5)
again = st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=4)
batches = st.lists(st.builds(Taken, events, st.integers(0, 1), again), min_size=1, max_size=8)
repeats_by = st.sampled_from([(), PAYLOAD, ("timestamp",)])
apart = st.sampled_from([timedelta(seconds=20), 5 * MINUTE, 45 * MINUTE])


def played(
    folder: str, taken: list[Taken], between: timedelta, deduplicate: tuple[str, ...] = ()
) -> PlayedStream:
    """The stream after all of it."""
    stream = PlayedStream(Path(folder).as_uri(), between, deduplicate)
    sent: list[Event] = []
    for number, batch in enumerate(taken):
        time = stream.time_of(number)
        came: list[Event] = [(time - before * MINUTE, signal) for before, signal in batch.events]
        sent += came
        for which, other in batch.again if sent else ():
            moment, signal = sent[which % len(sent)]
            came.append((moment, (None if signal else 12) if other else signal))
        stream.batch(came, batch.malformed)
    return stream


@settings(max_examples=60)
@given(batches, apart, repeats_by)
def test_it_says_what_became_of_each_record(
    taken: list[Taken], between: timedelta, deduplicate: tuple[str, ...]
) -> None:
    """Window by window, whether plans are kept or not, and whether repeats are dropped or not."""
    with tempfile.TemporaryDirectory() as folder:
        stream = played(folder, taken, between, deduplicate)
        found = stream.audit()
        stream.forget_plans(len(taken) - 1)
        without_plans = stream.audit()
    for term, expected in (
        ("accepted", stream.accepted),
        ("published", stream.published),
        ("open", stream.open),
        ("late", stream.late),
        ("repeated", stream.repeated),
    ):
        told = {start: getattr(accounts, term) for start, accounts in found.windows.items()}
        assert {start: count for start, count in told.items() if count} == dict(+expected)
    assert (found.raw, found.rejected, found.balanced) == (stream.raw, stream.rejected, True)
    assert (found.differences, without_plans) == ((), found)


@settings(max_examples=60)
@given(batches, apart, st.integers(-200, 400), st.integers(1, 200), repeats_by)
def test_some_windows_are_audited_as_all_are(
    taken: list[Taken], between: timedelta, first: int, count: int, deduplicate: tuple[str, ...]
) -> None:
    """Though not all of raw is read for it."""
    which = Range(BEGIN + first * MINUTE, BEGIN + (first + count) * MINUTE)
    with tempfile.TemporaryDirectory() as folder:
        stream = played(folder, taken, between, deduplicate)
        stream.forget_plans(len(taken) - 1)
        all_of_it, some = stream.audit(), stream.audit(which)
    assert some.windows == {
        start: accounts for start, accounts in all_of_it.windows.items() if which.holds(start)
    }
    assert some.balanced
    assert (some.differences, some.unknown) == ((), ())


@settings(max_examples=30)
@given(batches, apart, st.randoms(use_true_random=False))
def test_what_is_lost_or_there_twice_is_found(taken: list[Taken], between: timedelta, random: Random) -> None:
    """As many records as the file holds, in its window."""
    with tempfile.TemporaryDirectory() as folder:
        stream = played(folder, taken, between)
        files = stream.files(STATUS_COUNT.table)
        if not files:
            return
        lost, copied = random.choice(files), random.choice(files)
        (row,), (more,) = stream.rows(lost), stream.rows(copied)
        if lost != copied:
            stream.copy(copied, copied.replace("part-", "part-9"))
        stream.remove(lost)
        found = stream.audit()
    assert found.windows[row["window_start"]].missing == row["status_count"]
    assert found.total.missing == row["status_count"]
    assert found.total.double == (0 if lost == copied else more["status_count"])
