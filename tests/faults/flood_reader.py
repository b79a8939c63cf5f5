"""A program that reads one file and decodes its records, as a task does; prints counts and its peak memory.

python -m tests.faults.flood_reader FILE
"""

import json
import resource
import sys
from collections import Counter
from pathlib import Path

from glue_jobs.core.decode_stage import chunks_of
from glue_jobs.core.sources.file_reader import read_noted
from glue_jobs.core.sources.noted_file import NotedFile
from glue_jobs.core.storage import open_storage
from tests.decoding import DECODER
from tests.events import ARRIVAL


def main(file: Path) -> None:
    """Read it, and print what it was."""
    facts = file.stat()
    noted = NotedFile(file.name, facts.st_mtime_ns // 1_000_000, facts.st_size)
    outcome: Counter[str] = Counter()
    for chunk in chunks_of(read_noted(open_storage(file.parent.as_uri()), noted)):
        decoded = DECODER.decode(chunk, ARRIVAL)
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
