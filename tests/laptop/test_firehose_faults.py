"""No record that Firehose has taken is lost or delivered twice, whatever fails or is killed."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from glue_jobs.core.errors import CatalogError
from laptop.firehose import Firehose
from tests.laptop.firehoses import NOON, SMALL, Clock, again, base64, delivered, kept

MIB = 2**20


def test_a_killed_firehose_loses_nothing(small_firehose: Firehose, lake: Path, clock: Clock) -> None:
    """The next one knows streams and buffers, waits on from the oldest record, and fills up the same."""
    small_firehose.put("small", base64(b"x" * (MIB - 4), b"a"))
    after = again(lake, clock)
    assert after.streams == small_firehose.streams
    clock.now = NOON + 299
    after.deliver_due()
    assert delivered(lake, "landing") == {}
    after.put("small", base64(b"b", b"c"))
    after.deliver_due()
    (content,) = delivered(lake, "landing").values()
    assert content[MIB - 4 :] == b"\na\nb\n"


def test_a_put_that_was_cut_short_is_as_if_it_had_never_been(
    small_firehose: Firehose, lake: Path, clock: Clock
) -> None:
    """It was not acknowledged; what came before it and what comes after is whole."""
    small_firehose.put("small", base64(b"first"))
    (buffer,) = (lake / "_firehose").glob("*.buffer")
    with buffer.open("ab") as file:
        file.write(b'{"records":["c2Vjb25k')
    after = again(lake, clock)
    after.put("small", base64(b"third"))
    after.deliver_all()
    assert list(delivered(lake, "landing").values()) == [b"first\nthird\n"]


def test_a_firehose_killed_after_a_delivery_makes_no_second_object(
    small_firehose: Firehose, lake: Path, clock: Clock
) -> None:
    """Though it had no time to remove the buffer; the object is not even touched."""
    small_firehose.put("small", base64(b"a"))
    (buffer,) = (lake / "_firehose").glob("*.buffer")
    small_firehose.deliver_all()
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
    small_firehose: Firehose, lake: Path, clock: Clock
) -> None:
    """At once, under the key that was settled, though its stream is gone by then."""
    (lake / "_firehose" / "x.buffer").write_bytes(closed_buffer("landing/settled.gz"))
    small_firehose.delete("small")
    again(lake, clock).deliver_due()
    assert delivered(lake, "landing") == {"landing/settled.gz": b"a\n"}


def test_a_disk_that_fills_up_in_the_middle_of_a_put_leaves_no_part_of_it(
    small_firehose: Firehose, lake: Path, clock: Clock
) -> None:
    """It says that it took none; when there is room again, what comes then is whole."""
    small_firehose.put("small", base64(b"before"))
    (buffer,) = (lake / "_firehose").glob("*.buffer")
    with full_at(buffer.stat().st_size + 10):
        assert small_firehose.put("small", base64(b"refused", b"refused")) == 0
    assert small_firehose.put("small", base64(b"after")) == 1
    again(lake, clock).deliver_all()
    assert list(delivered(lake, "landing").values()) == [b"before\nafter\n"]


def test_a_disk_that_fills_up_between_two_buffers_refuses_the_rest(
    small_firehose: Firehose, lake: Path
) -> None:
    """What went into the first is taken; here the first cannot be closed for the second."""
    full = base64(b"x" * MIB)
    with full_at(len(full[0]) + 200):
        assert small_firehose.put("small", [*full, *full, *full]) == 1
    assert small_firehose.put("small", full) == 1
    small_firehose.deliver_all()
    assert list(map(len, delivered(lake, "landing").values())) == [MIB + 1] * 2


def test_a_buffer_that_cannot_be_begun_is_not_left_behind(small_firehose: Firehose, lake: Path) -> None:
    """Or each try of a producer would leave one."""
    with full_at(10):
        assert small_firehose.put("small", base64(b"refused")) == 0
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


def test_a_delivery_that_fails_is_tried_again_and_others_go_on(small_firehose: Firehose, lake: Path) -> None:
    """A file stands where the folder should be; when it is gone, the records arrive."""
    small_firehose.create(kept(replace(SMALL, name="other", prefix="landing/other/!{timestamp:yyyy}/")))
    (lake / "landing").mkdir()
    (lake / "landing/small").write_text("in the way")
    small_firehose.put("small", base64(b"a"))
    small_firehose.put("other", base64(b"b"))
    with pytest.raises(OSError, match="landing/small"):
        small_firehose.deliver_all()
    assert list(delivered(lake, "landing/other").values()) == [b"b\n"]
    (lake / "landing/small").unlink()
    small_firehose.deliver_due()
    assert list(delivered(lake, "landing/small").values()) == [b"a\n"]


def test_a_folder_that_is_damaged_is_named(small_firehose: Firehose, lake: Path, clock: Clock) -> None:
    """Rather than begun anew: there may be records in it."""
    (lake / "_firehose" / "x.buffer").write_bytes(b"not JSON\n")
    with pytest.raises(CatalogError, match=r"/_firehose is damaged .* what it holds was not delivered"):
        again(lake, clock)


def test_a_folder_in_which_no_stream_was_made_yet_is_as_none(lake: Path, clock: Clock) -> None:
    """It was made a moment before the first stream's file, and then its server died."""
    (lake / "_firehose").mkdir(parents=True)
    assert again(lake, clock).streams == {}


def test_buffers_without_their_streams_are_named(lake: Path, clock: Clock) -> None:
    """There may be records in them."""
    (lake / "_firehose").mkdir(parents=True)
    (lake / "_firehose" / "x.buffer").write_bytes(b"{}\n")
    with pytest.raises(CatalogError, match=r"/_firehose is damaged .*streams.json"):
        again(lake, clock)


def test_an_empty_file_left_by_a_full_disk_is_no_buffer(lake: Path, clock: Clock) -> None:
    """There was no room for its first line."""
    (lake / "_firehose").mkdir()
    (lake / "_firehose" / "streams.json").write_bytes(b"[]")
    (lake / "_firehose" / "x.buffer").touch()
    again(lake, clock).deliver_all()
    assert list((lake / "_firehose").glob("*.buffer")) == []
