"""A program that reads one file and decodes its records, as a task does; prints counts and its peak memory.

python -m tests.faults.flood_reader FILE
"""

import json
import resource
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from glue_jobs.core.decode_stage import chunks_of
from glue_jobs.core.sources.file_reader import read_noted
from glue_jobs.core.sources.noted_file import NotedFile
from glue_jobs.core.storage import open_storage
from tests.decoding import DECODER
from tests.events import ARRIVAL, RECORD_SCHEMA


def records(file: Path) -> Iterator[pa.RecordBatch]:
    """The records of the file, as the decode stage gets them."""
    facts = file.stat()
    noted = NotedFile(file.name, facts.st_mtime_ns // 1_000_000, facts.st_size)
    for batch in read_noted(open_storage(file.parent.as_uri()), noted):
        time = pa.array([ARRIVAL] * len(batch), RECORD_SCHEMA.field("batch_time").type)
        yield pa.record_batch([*batch.columns, time], schema=RECORD_SCHEMA)


def main(file: Path) -> None:
    """Read it, and print what it was."""
    outcome: Counter[str] = Counter()
    for chunk in chunks_of(records(file)):
        decoded = DECODER.decode(chunk)
        outcome.update(decoded.rejected["reason"].to_pylist())
        outcome["accepted"] += len(decoded.accepted)
    print(json.dumps({"outcome": outcome, "peak_mib": peak_mib()}))


def peak_mib() -> float:
    """The most memory that this program has had, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count that of the process which started this one
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
