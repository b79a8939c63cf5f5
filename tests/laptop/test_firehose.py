"""Every record that Firehose takes is delivered once, by size or by age."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_jobs.core.storage import LocalStorage
from laptop.firehose import Firehose
from tests.laptop.firehoses import NOON, SMALL, Clock, again, base64, delivered, kept

MIB = 2**20


def test_a_buffer_waits_for_its_interval(small_firehose: Firehose, lake: Path, clock: Clock) -> None:
    """Counted from its oldest record, which also gives the key its hour."""
    small_firehose.put("small", base64(b"a"))
    clock.now = NOON + 299.9
    small_firehose.put("small", base64(b"b"))
    small_firehose.deliver_due()
    assert delivered(lake, "landing") == {}
    clock.now = NOON + 300
    small_firehose.deliver_due()
    ((key, content),) = delivered(lake, "landing").items()
    assert key.startswith("landing/small/2026/03/01/12/small-1-2026-03-01-12-00-00-")
    assert content == b"a\nb\n"


def test_a_full_buffer_does_not_wait(small_firehose: Firehose, lake: Path) -> None:
    """It is full with the record that reaches its size; the next record opens another."""
    half = b"x" * (MIB // 2)
    small_firehose.put("small", base64(half, half, b"next"))
    small_firehose.deliver_due()
    assert sorted(map(len, delivered(lake, "landing").values())) == [MIB + 2]
    small_firehose.deliver_all()
    assert sorted(map(len, delivered(lake, "landing").values())) == [5, MIB + 2]


def test_whoever_delivers_is_woken_by_a_full_buffer_alone(small_firehose: Firehose) -> None:
    """A small record need not be looked at before its time."""
    small_firehose.put("small", base64(b"a"))
    assert not small_firehose.wake.is_set()
    small_firehose.put("small", base64(b"x" * MIB))
    assert small_firehose.wake.is_set()


@pytest.mark.parametrize("newline", [True, False])
@pytest.mark.parametrize("compression", ["GZIP", "UNCOMPRESSED"])
def test_records_are_delivered_byte_for_byte(
    lake: Path, clock: Clock, newline: bool, compression: Literal["GZIP", "UNCOMPRESSED"]
) -> None:
    """With a line break behind each, or nothing."""
    settings = replace(SMALL, newline_delimiter=newline, compression=compression)
    firehose = Firehose(LocalStorage(lake.as_uri()), clock)
    firehose.create(kept(settings))
    firehose.put("small", base64(b"a", b"", b"\xff\n\x00"))
    firehose.deliver_all()
    (content,) = delivered(lake, "landing").values()
    assert content == (b"a\n\n\xff\n\x00\n" if newline else b"a\xff\n\x00")


def test_nothing_taken_delivers_nothing(small_firehose: Firehose, lake: Path) -> None:
    """No empty object."""
    small_firehose.deliver_all()
    small_firehose.put("small", base64(b"a"))
    small_firehose.deliver_all()
    small_firehose.deliver_all()
    assert list(delivered(lake, "landing").values()) == [b"a\n"]
    assert list((lake / "_firehose").glob("*.buffer")) == []


def test_a_stream_that_is_deleted_delivers_what_it_has(small_firehose: Firehose, lake: Path) -> None:
    """And a new one of its name begins with an empty buffer."""
    small_firehose.put("small", base64(b"old"))
    small_firehose.delete("small")
    small_firehose.create(kept(replace(SMALL, prefix="landing/other/")))
    small_firehose.put("small", base64(b"new"))
    small_firehose.deliver_all()
    assert list(delivered(lake, "landing/small").values()) == [b"old\n"]
    assert list(delivered(lake, "landing/other").values()) == [b"new\n"]


SIZES = st.sampled_from([0, 1, 300, 200_000, 700_000, 1_024_000])


@given(
    puts=st.lists(st.lists(SIZES, min_size=1, max_size=5), max_size=8),
    steps=st.lists(st.sampled_from(["due", "wait", "all", "kill", ""]), min_size=8, max_size=8),
)
def test_every_record_is_in_one_object_in_order_and_no_object_is_much_too_large(
    tmp_path_factory: pytest.TempPathFactory, puts: Sequence[Sequence[int]], steps: Sequence[str]
) -> None:
    """Whatever is put, delivered and killed: each record once; without its last record no object is full."""
    lake, clock = tmp_path_factory.mktemp("lake"), Clock()
    firehose = again(lake, clock)
    firehose.create(kept(SMALL))
    number, sent = 0, []
    for sizes, step in zip(puts, steps, strict=False):
        clock.now += 1
        records = [b"%06d" % (number + place) + b"x" * size for place, size in enumerate(sizes)]
        number += len(records)
        sent += records
        assert firehose.put("small", base64(*records)) == len(records)
        if step == "wait":
            clock.now += 300
        if step in ("due", "wait"):
            firehose.deliver_due()
        if step == "all":
            firehose.deliver_all()
        if step == "kill":
            firehose = again(lake, clock)
    firehose.deliver_all()

    objects = [content.splitlines() for content in delivered(lake, "landing").values()]
    assert [record for content in sorted(objects) for record in content] == sent
    assert all(sum(len(record) + 1 for record in content[:-1]) < MIB for content in objects)
