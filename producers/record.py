"""One record on its way into a stream."""

from typing import NamedTuple

CLEAN_KINDS = ("replayed", "generated", "insert", "update")
TROUBLE_KINDS = ("late", "duplicate", "malformed", "wrong_type", "future", "out_of_range")


class Record(NamedTuple):
    """The bytes to send, what kind of record they are, and their place in the stream.

    `stream_time` is in seconds since 1970-01-01 UTC: the event time of a clean record; a record of
    trouble has that of the clean one it follows, so that the stream keeps its order and its pace.
    """

    data: bytes
    kind: str
    stream_time: float
