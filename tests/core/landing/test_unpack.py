"""Packed bytes, whole and damaged, in whatever pieces zlib gives them."""

import gzip
import io
import zlib

from hypothesis import given
from hypothesis import strategies as st

from glue_jobs.core.landing.unpack import Unpacked
from glue_jobs.core.record_text import PIECE_BYTES

CONTENT = st.lists(st.sampled_from([b"a line of text\n", b"\n", bytes(range(256)), b"x" * 999])).map(b"".join)
PADDING = st.sampled_from([b"", b"\0", b"\0" * 600])


def unpacked(packed: bytes) -> tuple[bytes, bool]:
    """All that can be unpacked, and whether something is broken."""
    object_ = Unpacked(io.BytesIO(packed).read)
    return b"".join(object_.pieces()), object_.broken


@given(st.lists(st.tuples(CONTENT, PADDING), max_size=3))
def test_members_are_unpacked_one_after_the_other(members: list[tuple[bytes, bytes]]) -> None:
    """Zeros between them and after the last are padding, as gzip itself takes them."""
    packed = b"".join(gzip.compress(content) + padding for content, padding in members)
    assert unpacked(packed) == (b"".join(content for content, _ in members), False)


@given(CONTENT, st.integers(0))
def test_what_is_cut_off_takes_nothing_else_along(content: bytes, cut: int) -> None:
    """All that the packed bytes still hold is there, and is said to be broken."""
    packed = gzip.compress(content)
    start = packed[: 2 + cut % (len(packed) - 2)]

    assert unpacked(start) == (zlib.decompressobj(31).decompress(start), True)


def test_what_zlib_holds_back_at_the_end_is_there() -> None:
    """It stops at the size of a piece, also where all packed bytes are in it; wherever they are cut off."""
    packed = gzip.compress(b"y" * 3 * PIECE_BYTES, mtime=0)
    for cut in range(10, len(packed)):
        assert unpacked(packed[:cut]) == (zlib.decompressobj(31).decompress(packed[:cut]), True)


@given(CONTENT, st.integers(0), st.integers(1, 255))
def test_a_changed_byte_is_seen_or_harmless(content: bytes, at: int, change: int) -> None:
    """Where the content comes out different, it is said to be broken."""
    packed = bytearray(gzip.compress(content, mtime=0))
    packed[2 + at % (len(packed) - 2)] ^= change

    found, broken = unpacked(bytes(packed))

    assert broken or found == content


def test_all_before_the_damage_is_there() -> None:
    """Zlib gives nothing of the piece that it fails in; here not a byte is lost."""
    content = b"".join(f"line {number}\n".encode() for number in range(100_000))
    packed = bytearray(gzip.compress(content, mtime=0))
    packed[len(packed) // 2] ^= 255
    byte_by_byte, expected = zlib.decompressobj(31), bytearray()
    try:
        for byte in packed:
            expected += byte_by_byte.decompress(bytes([byte]))
    except zlib.error:
        pass

    assert unpacked(bytes(packed)) == (bytes(expected), True)
    assert len(expected) > len(content) // 3


def test_a_gzip_that_unpacks_to_much_comes_in_small_pieces() -> None:
    """A mebibyte of it is a gibibyte; no piece is larger than any other."""
    packed = gzip.compress(b"\n" * 2**24, mtime=0)
    sizes = [len(piece) for piece in Unpacked(io.BytesIO(packed).read).pieces()]
    assert (max(sizes), sum(sizes)) == (PIECE_BYTES, 2**24)


def test_what_is_not_packed_is_given_as_it_is() -> None:
    """In pieces, too."""
    content = b"x\n" * PIECE_BYTES
    sizes = [len(piece) for piece in Unpacked(io.BytesIO(content).read).pieces()]
    assert (unpacked(content), max(sizes)) == ((content, False), PIECE_BYTES)
