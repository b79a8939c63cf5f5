"""Several calls at a time: every record is acknowledged once or reported, and order is lost only so far."""

from collections.abc import Sequence
from signal import SIGINT, pthread_kill
from threading import Barrier, Event, main_thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_jobs.core.errors import SinkError
from producers.in_flight import send_in_flight
from producers.record import Record
from producers.sender import PUT_RECORDS, Entry, Summary
from tests.producers.sending import THROTTLED, Shaky, no_wait, numbered


@given(
    count=st.integers(0, 3000),
    in_flight=st.integers(2, 6),
    seed=st.integers(0, 1000),
    refusal=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    failure=st.sampled_from([0.0, 0.2, 0.8]),
)
def test_every_record_is_sent_once_or_reported(
    count: int, in_flight: int, seed: int, refusal: float, failure: float
) -> None:
    """Whatever is refused, and whichever call ends first: the summary is what the stream has seen."""
    summary, stream, stopped = Summary(), Shaky(seed, refusal, failure), False
    try:
        send_in_flight(
            numbered(count), stream, in_flight=in_flight, backoff=no_wait(attempts=3), summary=summary
        )
    except SinkError:
        stopped = True

    assert summary.sent == stream.accepted.total() == len(stream.accepted)
    assert summary.bytes == sum(map(len, stream.accepted))
    assert summary.sent_by_kind.total() == summary.sent
    assert summary.offered == summary.sent + summary.lost == summary.sent + summary.lost_by_reason.total()
    assert summary.offered + summary.resent == stream.tried
    assert summary.offered == count or stopped
    assert summary.lost > 0 or not stopped


def test_as_many_calls_as_asked_for_are_under_way_at_once() -> None:
    """Each waits for three others before it answers."""
    together = Barrier(4, timeout=60)

    def put(entries: Sequence[Entry]) -> list[str | None]:
        together.wait()
        return [None] * len(entries)

    assert send_in_flight(numbered(4000), put, in_flight=4).sent == 4000


@given(seed=st.integers(0, 1000), in_flight=st.integers(2, 5))
def test_a_record_is_overtaken_by_those_of_the_other_calls_alone(seed: int, in_flight: int) -> None:
    """None begins before the oldest is done: whatever arrives is less than so many batches ahead of it."""
    arrived: list[int] = []
    stream = Shaky(seed, refusal=0.3, failure=0.1)

    def put(entries: Sequence[Entry]) -> list[str | None]:
        errors = stream(entries)
        arrived.extend(int(entry.data) for entry, error in zip(entries, errors, strict=True) if error is None)
        return errors

    send_in_flight(numbered(5000), put, in_flight=in_flight, backoff=no_wait(attempts=100))

    newest_so_far = 0
    for number in arrived:
        newest_so_far = max(newest_so_far, number)
        assert newest_so_far // PUT_RECORDS.records - number // PUT_RECORDS.records < in_flight
    assert sorted(arrived) == list(range(5000))


def test_the_first_batch_that_fails_for_good_stops_the_sending() -> None:
    """Those under way with it come to their end and are counted; none is begun after it."""

    def put(entries: Sequence[Entry]) -> list[str | None]:
        if int(entries[0].data) == 500:
            raise SinkError("no such stream")
        return [None] * len(entries)

    summary = Summary()
    with pytest.raises(SinkError, match=r"^no such stream$"):
        send_in_flight(numbered(10_000), put, in_flight=3, summary=summary)

    assert (summary.lost, summary.lost_by_reason) == (500, {"no such stream": 500})
    assert (summary.offered, summary.sent) == (2000, 1500)


def test_after_an_interrupt_no_call_is_made_and_what_was_acknowledged_is_counted() -> None:
    """The first batch is taken, then Ctrl-C comes; the others, always refused, are not tried again."""

    def put(entries: Sequence[Entry]) -> list[str | None]:
        return [None if int(entry.data) < 500 else THROTTLED for entry in entries]

    def interrupt(so_far: Summary) -> None:
        raise KeyboardInterrupt

    summary = Summary()
    with pytest.raises(KeyboardInterrupt):
        send_in_flight(
            numbered(10_000), put, in_flight=3, backoff=no_wait(1000), summary=summary, progress=interrupt
        )

    assert (summary.offered, summary.sent, summary.lost) == (1500, 500, 0)


def test_an_interrupt_is_heeded_while_a_failure_waits_for_what_is_under_way() -> None:
    """The first call is denied; Ctrl-C comes while the other, always refused, is still tried again."""
    failed, taken, signals = Event(), Event(), [SIGINT]

    def put(entries: Sequence[Entry]) -> list[str | None]:
        if entries[0].data == b"0":
            taken.wait()
            raise SinkError("denied")
        if not taken.is_set():
            taken.set()
            return [None, *[THROTTLED] * (len(entries) - 1)]
        failed.wait()
        if signals:
            pthread_kill(main_thread().ident or 0, signals.pop())
        return [THROTTLED] * len(entries)

    summary = Summary()
    with pytest.raises(KeyboardInterrupt):
        send_in_flight(
            numbered(1000),
            put,
            in_flight=2,
            backoff=no_wait(100_000),
            summary=summary,
            progress=lambda so_far: failed.set(),
        )

    assert (summary.offered, summary.sent, summary.lost) == (1000, 1, 500)


def test_a_record_over_the_limit_is_reported_and_not_tried() -> None:
    """Its neighbours arrive."""
    largest = Record(bytes(PUT_RECORDS.record_bytes), "generated", 0.0)
    stream = Shaky(seed=1, refusal=0.0, failure=0.0)

    summary = send_in_flight([*numbered(2), largest], stream, in_flight=2)

    assert (summary.sent, summary.lost, summary.offered, stream.tried) == (2, 1, 3, 2)


def test_partition_keys_are_those_of_a_single_call_at_a_time() -> None:
    """They never repeat, whatever the order of the calls."""
    keys: list[str] = []

    def put(entries: Sequence[Entry]) -> list[str | None]:
        keys.extend(entry.partition_key for entry in entries)
        return [None] * len(entries)

    send_in_flight(numbered(3000), put, in_flight=4)

    assert sorted(keys) == [f"{number:016x}" for number in range(3000)]


def test_progress_is_told_after_each_batch_in_order() -> None:
    """Records that are done, batch by batch."""
    told: list[int] = []
    send_in_flight(
        numbered(1100),
        lambda entries: [None] * len(entries),
        in_flight=4,
        progress=lambda so_far: told.append(so_far.sent),
    )

    assert told == [500, 1000, 1100]
