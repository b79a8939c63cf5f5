"""The rows of several Parquet files in the order of a key, in memory that does not grow with the files.

The rows are cut by the first column of the key, for windowed tables the start of the window: each cut holds
whole windows, as many as fit, and is sorted by itself. A file of the stream holds the windows of one batch,
so most files are read for one cut only. What has to fit into memory at once is one window.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from glue_jobs.core.arrow_schema import completed
from glue_jobs.core.errors import SourceError
from glue_jobs.core.parquet_content import open_content
from glue_jobs.core.storage import Storage

MOST_ROWS = 1_000_000
"""The most rows of one cut that holds more than one window."""

HELD_BYTES = 64 * 2**20
"""Files that are no larger altogether are fetched once and side by side, others one at a time, twice."""

_READ_AT_ONCE = 2**16

Open = Callable[[str], pq.ParquetFile]


class UnreadableFile(SourceError):
    """A file is no Parquet of the table's columns."""


def opener(lake: Storage, sizes: dict[str, int]) -> Open:
    """How to open the files (path → bytes), with the fewest requests that the memory allows."""
    if sum(sizes.values()) > HELD_BYTES:
        return lambda path: _opened(path, lake.read_file(path))
    with ThreadPoolExecutor(lake.files_at_once) as threads:
        held = dict(zip(sizes, threads.map(lake.read_file, sizes), strict=True))
    return lambda path: _opened(path, held[path])


def _opened(path: str, content: bytes) -> pq.ParquetFile:
    try:
        return open_content(content)
    except pa.ArrowException as error:
        raise UnreadableFile(f"{path}: cannot be read as Parquet ({error})") from error


def sorted_rows(
    open_file: Open, paths: Sequence[str], schema: pa.Schema, key: Sequence[str], most_rows: int = MOST_ROWS
) -> Iterator[pa.Table]:
    """The rows of all files as tables of `schema`, in the order of the key, nulls last.

    A column that a file lacks is null there. The key's first column is never null.

    Raises:
        UnreadableFile: a file is no Parquet, or has a column that the schema lacks.
    """
    first = key[0]
    rows_of = {path: _counted(open_file(path), path, schema, first) for path in paths}
    order = [(name, "ascending") for name in key]
    for low, high in _cuts(rows_of.values(), most_rows):
        inside = partial(_between, low=low, high=high)
        some = [
            completed(part.filter(inside(part[first])), schema)
            for path, counts in rows_of.items()
            if any(low <= value <= high for value in counts)
            for part in open_file(path).iter_batches(_READ_AT_ONCE)
        ]
        yield pa.concat_tables(some).sort_by(order)


def _counted(file: pq.ParquetFile, path: str, schema: pa.Schema, column: str) -> Counter[Any]:
    """How many rows of the file have each value of the column."""
    unknown = sorted({*file.schema_arrow.names} - {*schema.names})
    if unknown or column not in file.schema_arrow.names:
        what = (
            f"has the columns {', '.join(unknown)}, which" if unknown else f"lacks the column {column}, which"
        )
        raise UnreadableFile(f"{path}: {what} the table's contract decides about; rebuild its hour")
    counts: Counter[Any] = Counter()
    for part in file.iter_batches(_READ_AT_ONCE, columns=[column]):
        for each in pc.value_counts(part[column].cast(schema.field(column).type)).to_pylist():
            counts[each["values"]] += each["counts"]
    return counts


def _cuts(counts: Iterable[Counter[Any]], most_rows: int) -> Iterator[tuple[Any, Any]]:
    """The first and last value of each cut: together every value, none twice, each cut as full as may be."""
    total: Counter[Any] = sum(counts, Counter())
    cut: list[Any] = []
    rows = 0
    for value in sorted(total):
        if cut and rows + total[value] > most_rows:
            yield cut[0], cut[-1]
            cut, rows = [], 0
        cut.append(value)
        rows += total[value]
    if cut:
        yield cut[0], cut[-1]


def _between(values: pa.Array, low: Any, high: Any) -> pa.Array:
    bounds = pa.scalar(low, values.type), pa.scalar(high, values.type)
    return pc.and_(pc.greater_equal(values, bounds[0]), pc.less_equal(values, bounds[1]))
