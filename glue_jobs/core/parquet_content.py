"""A Parquet file that was read into memory."""

import pyarrow as pa
import pyarrow.parquet as pq


def open_content(content: bytes) -> pq.ParquetFile:
    """The file with this content; pyarrow.ArrowException where it is none.

    The content is copied into memory of Arrow's own. A thread of Arrow may let go of it a moment after the
    last row was read, and Python's bytes need the interpreter for that: a process that ended in that moment
    was aborted with its work done (apache/arrow#34314).
    """
    own = pa.allocate_buffer(len(content))
    pa.FixedSizeBufferWriter(own).write(content)
    return pq.ParquetFile(pa.BufferReader(own))
