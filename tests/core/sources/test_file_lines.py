"""A file cut into lines, whatever the pieces in which its bytes come."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_jobs.contracts.contract import MAX_RECORD_BYTES
from glue_jobs.core.sources.file_lines import lines_of, whole_lines

MARK = b"\xef\xbb\xbf"


def lines(*pieces: bytes, most_bytes: int = MAX_RECORD_BYTES) -> list[bytes]:
    """The lines, as one list."""
    texts = whole_lines(pieces, most_bytes)
    return [line for text in texts for line in lines_of(text, most_bytes).to_pylist()]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"\n", [b""]),
        (b"1\n2\n", [b"1", b"2"]),
        (b"1\n2", [b"1", b"2"]),
        (b"1\n\n2\n", [b"1", b"", b"2"]),
        (b"1\r\n2\r\n", [b"1", b"2"]),
        (b"1\r\n\r\n2\n\r\n", [b"1", b"", b"2", b""]),
        (b"1\r\r\n2\r", [b"1\r", b"2"]),
        (b"1,\r2\n", [b"1,\r2"]),
        (b"\0\n\xff\n", [b"\0", b"\xff"]),
        (MARK + b"1\n" + MARK + b"2\n", [b"1", MARK + b"2"]),
    ],
)
def test_a_line_ends_with_a_line_feed_or_with_the_file(content: bytes, expected: list[bytes]) -> None:
    """One carriage return before the line feed belongs to the end; a byte order mark to the file's start."""
    assert lines(content) == expected


@given(st.data())
def test_lines_do_not_depend_on_the_pieces(data: st.DataObject) -> None:
    """Any bytes, cut anywhere, with a limit that many lines exceed: as the whole content split at once."""
    letters = st.sampled_from([b"a", b"bc", b"\r", b"\n", b"\r\n", b"d" * 7])
    content = b"".join(data.draw(st.lists(letters, max_size=40)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=8)))
    pieces = [content[a:b] for a, b in zip([0, *cuts], [*cuts, len(content)], strict=True)]
    expected = content.removesuffix(b"\n").split(b"\n") if content else []

    assert lines(*pieces, most_bytes=4) == [line.removesuffix(b"\r")[:5] for line in expected]


def test_a_line_as_long_as_the_largest_record_is_whole() -> None:
    """It comes in pieces of a mebibyte, with a carriage return at its end."""
    largest = b"x" * MAX_RECORD_BYTES

    assert lines(*pieces_of(largest + b"\r\n1\n")) == [largest, b"1"]


def test_a_carriage_return_where_a_line_is_cut_off_is_no_end_of_a_line() -> None:
    """Else what is one byte too long would pass for a record of the largest size."""
    start = b"x" * MAX_RECORD_BYTES

    assert lines(start + b"\r" + b"x" * 9) == [start + b"\r"]


def test_of_a_longer_line_one_byte_more_is_kept() -> None:
    """Enough to see that it is too large; what follows is cut as ever."""
    kept = b"x" * (MAX_RECORD_BYTES + 1)

    assert lines(*pieces_of(kept + b"y" * MAX_RECORD_BYTES * 2 + b"\n1\n" + kept)) == [kept, b"1", kept]


def test_lines_are_binary_columns() -> None:
    """With offsets of 32 bits, as Spark wants them."""
    some = lines_of(b"1\n2\n")

    assert some.type == pa.binary()
    assert some.validate(full=True) is None


def pieces_of(content: bytes) -> list[bytes]:
    """The content in pieces as a file is read."""
    return [content[at : at + 2**20] for at in range(0, len(content), 2**20)]
