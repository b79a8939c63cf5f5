"""Every record that Firehose takes is delivered once, by size or by age, whatever happens in between."""

import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_jobs.core.errors import CatalogError
from glue_jobs.core.storage import LocalStorage
from laptop.firehose import Firehose
from tests.laptop.firehoses import SMALL, base64, delivered, kept

MIB = 2**20
NOON = 1_772_366_400.0  # 2026-03-01 12:00 UTC


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock at noon."""
    return Clock()


@pytest.fixture
def firehose(lake: Path, clock: Clock) -> Firehose:
    """A Firehose with the stream `small`."""
    made = Firehose(LocalStorage(lake.as_uri()), clock)
    made.create(kept(SMALL))
    return made


def again(lake: Path, clock: Clock) -> Firehose:
    """The Firehose that comes after one which was killed."""
    return Firehose(LocalStorage(lake.as_uri()), clock)


def test_a_buffer_waits_for_its_interval(firehose: Firehose, lake: Path, clock: Clock) -> None:
    """Counted from its oldest record, which also gives the key its hour."""
    firehose.put("small", base64(b"a"))
    clock.now = NOON + 299.9
    firehose.put("small", base64(b"b"))
    firehose.deliver_due()
    assert delivered(lake, "landing") == {}
    clock.now = NOON + 300
    firehose.deliver_due()
    ((key, content),) = delivered(lake, "landing").items()
    assert key.startswith("landing/small/2026/03/01/12/small-1-2026-03-01-12-00-00-")
    assert content == b"a\nb\n"


def test_a_full_buffer_does_not_wait(firehose: Firehose, lake: Path) -> None:
    """It is full with the record that reaches its size; the next record opens another."""
    half = b"x" * (MIB // 2)
    firehose.put("small", base64(half, half, b"next"))
    firehose.deliver_due()
    assert sorted(map(len, delivered(lake, "landing").values())) == [MIB + 2]
    firehose.deliver_all()
    assert sorted(map(len, delivered(lake, "landing").values())) == [5, MIB + 2]


def test_whoever_delivers_is_woken_by_a_full_buffer_alone(firehose: Firehose) -> None:
    """A small record need not be looked at before its time."""
    firehose.put("small", base64(b"a"))
    assert not firehose.wake.is_set()
    firehose.put("small", base64(b"x" * MIB))
    assert firehose.wake.is_set()


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


def test_nothing_taken_delivers_nothing(firehose: Firehose, lake: Path) -> None:
    """No empty object."""
    firehose.deliver_all()
    firehose.put("small", base64(b"a"))
    firehose.deliver_all()
    firehose.deliver_all()
    assert list(delivered(lake, "landing").values()) == [b"a\n"]
    assert list((lake / "_firehose").glob("*.buffer")) == []


def test_a_killed_firehose_loses_nothing(firehose: Firehose, lake: Path, clock: Clock) -> None:
    """The next one knows streams and buffers, waits on from the oldest record, and fills up the same."""
    firehose.put("small", base64(b"x" * (MIB - 4), b"a"))
    after = again(lake, clock)
    assert after.streams == firehose.streams
    clock.now = NOON + 299
    after.deliver_due()
    assert delivered(lake, "landing") == {}
    after.put("small", base64(b"b", b"c"))
    after.deliver_due()
    (content,) = delivered(lake, "landing").values()
    assert content[MIB - 4 :] == b"\na\nb\n"


def test_a_put_that_was_cut_short_is_as_if_it_had_never_been(
    firehose: Firehose, lake: Path, clock: Clock
) -> None:
    """It was not acknowledged; what came before it and what comes after is whole."""
    firehose.put("small", base64(b"first"))
    (buffer,) = (lake / "_firehose").glob("*.buffer")
    with buffer.open("ab") as file:
        file.write(b'{"records":["c2Vjb25k')
    after = again(lake, clock)
    after.put("small", base64(b"third"))
    after.deliver_all()
    assert list(delivered(lake, "landing").values()) == [b"first\nthird\n"]


def test_a_firehose_killed_after_a_delivery_makes_no_second_object(
    firehose: Firehose, lake: Path, clock: Clock
) -> None:
    """Though it had no time to remove the buffer; the object is not even touched."""
    firehose.put("small", base64(b"a"))
    (buffer,) = (lake / "_firehose").glob("*.buffer")
    firehose.deliver_all()
    (key,) = delivered(lake, "landing")
    before = (lake / key).stat()
    buffer.write_bytes(closed_buffer(key))
    again(lake, clock).deliver_due()
    assert list(delivered(lake, "landing").values()) == [b"a\n"]
    assert (lake / key).stat() == before
    assert not buffer.exists()


def closed_buffer(key: str) -> bytes:
    """The file of a buffer that becomes this object, with the record `a`."""
    head = b'{"stream":"small","arrival":%f,"delimiter_bytes":1}\n{"records":["YQ=="]}\n' % NOON
    return head + b'{"key":"%s","delimiter":"\\n","compression":"GZIP"}\n' % key.encode()


def test_a_closed_buffer_is_delivered_by_the_next_firehose(
    firehose: Firehose, lake: Path, clock: Clock
) -> None:
    """At once, under the key that was settled, though its stream is gone by then."""
    (lake / "_firehose" / "x.buffer").write_bytes(closed_buffer("landing/settled.gz"))
    firehose.delete("small")
    again(lake, clock).deliver_due()
    assert delivered(lake, "landing") == {"landing/settled.gz": b"a\n"}


def test_a_disk_that_fills_up_in_the_middle_of_a_put_leaves_no_part_of_it(
    firehose: Firehose, lake: Path, clock: Clock
) -> None:
    """It says that it took none; when there is room again, what comes then is whole."""
    firehose.put("small", base64(b"before"))
    (buffer,) = (lake / "_firehose").glob("*.buffer")
    with full_at(buffer.stat().st_size + 10):
        assert firehose.put("small", base64(b"refused", b"refused")) == 0
    assert firehose.put("small", base64(b"after")) == 1
    again(lake, clock).deliver_all()
    assert list(delivered(lake, "landing").values()) == [b"before\nafter\n"]


def test_a_disk_that_fills_up_between_two_buffers_refuses_the_rest(firehose: Firehose, lake: Path) -> None:
    """What went into the first is taken; here the first cannot be closed for the second."""
    full = base64(b"x" * MIB)
    with full_at(len(full[0]) + 200):
        assert firehose.put("small", [*full, *full, *full]) == 1
    assert firehose.put("small", full) == 1
    firehose.deliver_all()
    assert list(map(len, delivered(lake, "landing").values())) == [MIB + 1] * 2


def test_a_buffer_that_cannot_be_begun_is_not_left_behind(firehose: Firehose, lake: Path) -> None:
    """Or each try of a producer would leave one."""
    with full_at(10):
        assert firehose.put("small", base64(b"refused")) == 0
    assert list((lake / "_firehose").glob("*.buffer")) == []


@contextmanager
def full_at(size_bytes: int) -> Iterator[None]:
    """No file may become larger than that; a write takes what fits and the next one fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_stream_that_is_deleted_delivers_what_it_has(firehose: Firehose, lake: Path) -> None:
    """And a new one of its name begins with an empty buffer."""
    firehose.put("small", base64(b"old"))
    firehose.delete("small")
    firehose.create(kept(replace(SMALL, prefix="landing/other/")))
    firehose.put("small", base64(b"new"))
    firehose.deliver_all()
    assert list(delivered(lake, "landing/small").values()) == [b"old\n"]
    assert list(delivered(lake, "landing/other").values()) == [b"new\n"]


def test_a_delivery_that_fails_is_tried_again_and_others_go_on(firehose: Firehose, lake: Path) -> None:
    """A file stands where the folder should be; when it is gone, the records arrive."""
    firehose.create(kept(replace(SMALL, name="other", prefix="landing/other/!{timestamp:yyyy}/")))
    (lake / "landing").mkdir()
    (lake / "landing/small").write_text("in the way")
    firehose.put("small", base64(b"a"))
    firehose.put("other", base64(b"b"))
    with pytest.raises(OSError, match="landing/small"):
        firehose.deliver_all()
    assert list(delivered(lake, "landing/other").values()) == [b"b\n"]
    (lake / "landing/small").unlink()
    firehose.deliver_due()
    assert list(delivered(lake, "landing/small").values()) == [b"a\n"]


def test_a_folder_that_is_damaged_is_named(firehose: Firehose, lake: Path, clock: Clock) -> None:
    """Rather than begun anew: there may be records in it."""
    (lake / "_firehose" / "x.buffer").write_bytes(b"not JSON\n")
    with pytest.raises(CatalogError, match=r"/_firehose is damaged .* what it holds was not delivered"):
        again(lake, clock)


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


def test_an_empty_file_left_by_a_full_disk_is_no_buffer(lake: Path, clock: Clock) -> None:
    """There was no room for its first line."""
    (lake / "_firehose").mkdir()
    (lake / "_firehose" / "streams.json").write_bytes(b"[]")
    (lake / "_firehose" / "x.buffer").touch()
    again(lake, clock).deliver_all()
    assert list((lake / "_firehose").glob("*.buffer")) == []
