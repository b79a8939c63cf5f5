"""The lines of a file, cut out of its bytes piece by piece, in memory that does not grow with the file.

A line ends with a line feed, which may follow a carriage return; the last one may end with the file. A byte
order mark at the start of the file is none of its first line. An empty line is a line.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from glue_jobs.contracts.contract import MAX_RECORD_BYTES

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def whole_lines(pieces: Iterable[bytes], most_bytes: int = MAX_RECORD_BYTES) -> Iterator[bytes]:
    """The content of a file that comes in `pieces`, cut at ends of lines; the last line gets its line feed.

    Where so much of a line has come without its end that it has more than `most_bytes`, which no record has,
    what follows of it is left out.
    """
    kept = _kept(most_bytes)
    rest, skipping = b"", False
    for text in _without_mark(pieces):
        if skipping:
            end = text.find(b"\n") + 1
            if not end:
                continue
            text, skipping = text[end:], False
        text = rest + text
        whole = text.rfind(b"\n") + 1
        if whole:
            yield text if whole == len(text) else text[:whole]
        rest = text[whole:]
        if len(rest) > kept:  # by more than the carriage return that may belong to the line's end
            start = rest[: kept + 1]  # `lines_of` cuts off the last byte, whatever it is
            yield start + b"\n"
            rest, skipping = b"", True
    if rest:
        yield rest + b"\n"


def _kept(most_bytes: int) -> int:
    """What is kept of a line that is too long to be a record: enough to see that it is."""
    return most_bytes + 1


def _without_mark(pieces: Iterable[bytes]) -> Iterator[bytes]:
    left = iter(pieces)
    yield next(left, b"").removeprefix(_BYTE_ORDER_MARK)
    yield from left


def count_lines(text: bytes) -> int:
    """How many lines `lines_of` makes of the text."""
    return int(np.count_nonzero(np.frombuffer(text, np.uint8) == ord("\n")))


def lines_of(text: bytes, most_bytes: int = MAX_RECORD_BYTES) -> pa.BinaryArray:
    """The lines of `text`, which ends with one; of one that is too long to be a record the start."""
    letters = np.frombuffer(text, np.uint8)
    feeds = np.flatnonzero(letters == ord("\n"))
    starts = np.concatenate(([0], feeds[:-1] + 1))
    returned = (feeds > starts) & (letters[feeds - 1] == ord("\r"))
    stops = np.minimum(feeds - returned, starts + _kept(most_bytes))
    # Seen as values one after the other, every second one is a line, the others are what is between them.
    bounds = np.append(np.column_stack((starts, stops)).ravel(), len(text)).astype(np.int32)
    values = pa.BinaryArray.from_buffers(
        pa.binary(), len(bounds) - 1, [None, pa.py_buffer(bounds), pa.py_buffer(text)]
    )
    return values.take(pa.array(np.arange(0, len(bounds) - 1, 2)))
