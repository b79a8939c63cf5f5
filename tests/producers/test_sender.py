"""Every record is acknowledged once or reported as lost, within Kinesis's limits."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_jobs.core.errors import SinkError
from producers.firehose_stream import PUT_RECORD_BATCH
from producers.record import Record
from producers.sender import (
    KEY_BYTES,
    PUT_RECORDS,
    Entry,
    Limits,
    Summary,
    TransientError,
    in_batches,
    send,
)
from tests.producers.sending import THROTTLED, Shaky, no_wait, numbered


@cache
def sized(data_bytes: int) -> Record:
    """A record with so many bytes of data."""
    return Record(bytes(data_bytes), "generated", 0.0)


MIB = 1024 * 1024
sizes = st.sampled_from([0, 1, 300, 20_000, MIB - KEY_BYTES, MIB, 4 * MIB, 5 * MIB])


@pytest.mark.parametrize("limits", [PUT_RECORDS, PUT_RECORD_BATCH, replace(PUT_RECORD_BATCH, records=7)])
@given(runs=st.lists(st.tuples(sizes, st.integers(1, 600)), max_size=8))
def test_batches_keep_the_limits_and_every_record_in_order(
    limits: Limits, runs: list[tuple[int, int]]
) -> None:
    """None is over its records or bytes (but for one record alone), none could take the next record."""
    records = [sized(data_bytes) for data_bytes, count in runs for _ in range(count)]
    batches = list(in_batches(records, limits))
    size = limits.size

    assert [record for batch in batches for record in batch] == records
    for batch in batches:
        assert 1 <= len(batch) <= limits.records
        assert sum(map(size, batch)) <= limits.batch_bytes or len(batch) == 1
    for batch, following in pairwise(batches):
        full = len(batch) == limits.records
        assert full or sum(map(size, batch)) + size(following[0]) > limits.batch_bytes


@given(
    count=st.integers(0, 1200),
    seed=st.integers(0, 1000),
    refusal=st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]),
    failure=st.sampled_from([0.0, 0.2, 0.8]),
)
def test_every_record_is_sent_once_or_reported(count: int, seed: int, refusal: float, failure: float) -> None:
    """Whatever is refused: sent is what was accepted, nothing twice, and the rest is lost or not tried."""
    summary, records, stream = Summary(), numbered(count), Shaky(seed, refusal, failure)
    stopped = False
    try:
        send(records, stream, backoff=no_wait(attempts=4), summary=summary)
    except SinkError:
        stopped = True

    assert summary.sent == stream.accepted.total() == len(stream.accepted)
    assert summary.bytes == sum(map(len, stream.accepted))
    assert summary.sent + summary.lost == summary.offered == summary.lost_by_reason.total() + summary.sent
    assert summary.offered == count or stopped
    assert summary.lost > 0 or not stopped


def test_only_the_refused_records_are_sent_again() -> None:
    """Two of three accepted: the second call carries the third, with its own partition key."""
    calls: list[list[Entry]] = []

    def refuse_last_once(entries: Sequence[Entry]) -> list[str | None]:
        calls.append(list(entries))
        return [None, None, THROTTLED] if len(calls) == 1 else [None]

    summary = send(numbered(3), refuse_last_once, backoff=no_wait())

    assert calls[1] == calls[0][2:]
    assert (summary.sent, summary.resent, summary.lost) == (3, 1, 0)


def test_waits_double_to_a_cap_with_full_jitter() -> None:
    """Each wait is a uniform draw below a bound that doubles from 0.1 to 5 seconds."""
    waits: list[float] = []
    summary = send(numbered(1), lambda entries: [THROTTLED], backoff=no_wait(waits=waits))

    expected = Random(1)
    bounds = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]
    assert waits == [expected.uniform(0, bound) for bound in bounds]
    assert (summary.sent, summary.resent, summary.lost) == (0, 9, 1)
    assert summary.lost_by_reason == {THROTTLED: 1}


def test_a_record_lost_does_not_stop_the_rest() -> None:
    """One that is always refused is reported; those before and after it arrive."""
    summary = send(
        numbered(1000),
        lambda entries: [THROTTLED if entry.data == b"7" else None for entry in entries],
        backoff=no_wait(),
    )

    assert (summary.sent, summary.lost, summary.offered) == (999, 1, 1000)


def failing(error: SinkError, times: int) -> Callable[[Sequence[Entry]], list[str | None]]:
    """Raises `error` so many times, then accepts everything."""
    failures = [error] * times

    def put(entries: Sequence[Entry]) -> list[str | None]:
        if failures:
            raise failures.pop()
        return [None] * len(entries)

    return put


def test_a_call_that_fails_in_passing_is_repeated() -> None:
    """Throttling and lost connections cost a repetition of the batch, nothing else."""
    summary = send(numbered(600), failing(TransientError("busy"), 3), backoff=no_wait())

    assert (summary.sent, summary.resent, summary.lost) == (600, 1500, 0)


def test_calls_that_keep_failing_stop_the_sending() -> None:
    """After the last attempt the error says so, and the batch is counted as lost."""
    summary = Summary()
    with pytest.raises(SinkError, match=r"^no route \(tried 3 times\)$"):
        send(numbered(600), failing(TransientError("no route"), 9), backoff=no_wait(3), summary=summary)

    assert (summary.offered, summary.sent, summary.lost) == (500, 0, 500)


def test_a_failure_that_never_passes_is_not_repeated() -> None:
    """A stream that is not there stops the sending at the first call."""
    summary, waits = Summary(), list[float]()
    with pytest.raises(SinkError, match=r"^no such stream$"):
        send(
            numbered(1),
            failing(SinkError("no such stream"), 1),
            backoff=no_wait(waits=waits),
            summary=summary,
        )

    assert (waits, summary.lost) == ([], 1)


def test_a_record_over_the_limit_is_reported_and_not_tried() -> None:
    """1 MiB with the key is sent, one byte more is lost; its neighbours arrive."""
    largest = MIB - KEY_BYTES
    sent: list[int] = []

    def put(entries: Sequence[Entry]) -> list[str | None]:
        sent.extend(len(entry.data) for entry in entries)
        return [None] * len(entries)

    summary = send([sized(1), sized(largest + 1), sized(largest)], put)

    assert sent == [1, largest]
    assert (summary.sent, summary.lost) == (2, 1)
    assert summary.lost_by_reason == {"over the limit of 1,048,576 bytes a record": 1}


def test_an_answer_for_other_records_is_no_success() -> None:
    """Too short an answer acknowledges nothing."""
    summary = Summary()
    with pytest.raises(SinkError, match="a call with 2 records was answered for 1"):
        send(numbered(2), lambda entries: [None], summary=summary)

    assert (summary.sent, summary.lost) == (0, 2)


def test_partition_keys_never_repeat_and_have_the_length_that_is_counted() -> None:
    """A summary carried from one call to the next carries the numbering on."""
    keys: list[str] = []

    def put(entries: Sequence[Entry]) -> list[str | None]:
        keys.extend(entry.partition_key for entry in entries)
        return [None] * len(entries)

    summary = Summary()
    for _ in range(3):
        send(numbered(700), put, summary=summary)

    assert len(set(keys)) == len(keys) == 2100
    assert {len(key) for key in keys} == {KEY_BYTES}


def test_progress_is_told_after_each_batch() -> None:
    """Offered records, batch by batch."""
    told: list[int] = []
    send(numbered(1100), lambda entries: [None] * len(entries), progress=lambda now: told.append(now.offered))

    assert told == [500, 1000, 1100]
