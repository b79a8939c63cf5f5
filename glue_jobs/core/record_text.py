"""Records as lines of one text, which is how they are parsed fastest, and the records themselves with it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from glue_jobs.contracts.records import RECORDS
from glue_jobs.core.arrow_schema import arrow_schema, completed

PIECE_BYTES = 2**18
"""About the size of a text. Its parsed rows still fit a processor's cache: four times as much takes twice as
long for each record."""

_SCHEMA = arrow_schema(RECORDS)

PIECE_RECORDS = 1000
"""The same bound for short records, which make as many objects as long ones."""


@dataclass(frozen=True)
class RecordText:
    """Some records of a source.

    count      how many they are
    text       the records, each ended by a line feed, which may follow a carriage return. A record may have
               line feeds of its own: then the text has more of them than `count`
    arrival    when the stream took each, null where that is hidden; None where it is hidden of all
    records    gives them as they came (`contracts.records.RECORDS`); made only when it is called
    """

    count: int
    text: pa.Buffer
    arrival: pa.Array | None
    records: Callable[[], pa.Table]


def texts_of(records: pa.Table | pa.RecordBatch) -> Iterator[RecordText]:
    """The records as texts, in their order: a column `data`, and what else of `RECORDS` is known."""
    table = completed(records, _SCHEMA)
    ends = _ends(table["data"])
    first = 0
    while first < len(table):
        begins = ends[first - 1] if first else 0
        count = int(np.searchsorted(ends, begins + PIECE_BYTES, side="right")) - first
        count = min(max(count, 1), PIECE_RECORDS, len(table) - first)
        some = table.slice(first, count)
        arrival = some["arrival_time"].combine_chunks()
        text = _text(some["data"].combine_chunks())
        yield RecordText(count, text, arrival, partial(table.slice, first, count))
        first += count


def records_at(texts: Sequence[RecordText], mask: pa.BooleanArray) -> pa.Table:
    """The records of all texts where the mask is true; those of a text without any are not even made."""
    first, found = 0, [_SCHEMA.empty_table()]
    for text in texts:
        own = mask.slice(first, text.count)
        if own.true_count:
            found.append(text.records().filter(own))
        first += text.count
    return pa.concat_tables(found)


def _ends(data: pa.ChunkedArray) -> NDArray[np.int64]:
    """Where each record would end if all of them were one text."""
    sizes = pc.fill_null(pc.binary_length(data), 0).to_numpy()
    return np.cumsum(sizes + 1, dtype=np.int64)  # each with its line feed


def _text(data: pa.BinaryArray) -> pa.Buffer:
    """Many producers end each record with a line feed; those get no second one."""
    data = pc.fill_null(data, b"")
    ends = pc.if_else(pc.ends_with(data, "\n"), b"", b"\n")
    lines = pc.binary_join_element_wise(data, ends, b"")
    return _bytes_of(lines)


def _bytes_of(values: pa.BinaryArray) -> pa.Buffer:
    """The bytes of all values, one after the other; nothing is copied."""
    _, offsets, content = values.buffers()
    width = 4
    first, last = (
        int.from_bytes(offsets[at * width : (at + 1) * width].to_pybytes(), "little")
        for at in (values.offset, values.offset + len(values))
    )
    return content.slice(first, last - first)
