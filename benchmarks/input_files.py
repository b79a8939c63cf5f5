"""What the engines read: generated records in files of JSON lines, made once and kept."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from itertools import islice
from pathlib import Path
from random import Random

from producers.json_lines import write_files
from producers.mobile_events import SHIPPED_CSV, read_rows
from producers.mobile_generator import generate
from producers.record import Record

_DAY = date(2024, 1, 15)
_COMPARED = 1000


def input_folder(keep: Path, records: int, files: int, progress: Callable[[int], None]) -> Path:
    """A folder below `keep` with `records` records of one day in `files` files; made if it is not there.

    Files of an earlier run are used again if they begin with what the generator would write today.
    """
    folder = keep / f"records-{records}-{files}"
    if not _is_current(folder, records, files):
        shutil.rmtree(folder, ignore_errors=True)
        draft = folder.with_name(f".{folder.name}")
        shutil.rmtree(draft, ignore_errors=True)
        write_files(draft, files, _generated(records), records, datetime.combine(_DAY, time(), UTC), progress)
        draft.rename(folder)
    return folder


def _generated(records: int) -> Iterator[Record]:
    return generate(records, _DAY, read_rows(SHIPPED_CSV), Random(0))


def _is_current(folder: Path, records: int, files: int) -> bool:
    there = sorted(folder.glob("records-*.json"))
    if len(there) != files:
        return False
    compared = min(_COMPARED, records // files)
    with there[0].open("rb") as file:
        return list(islice(file, compared)) == [
            record.data + b"\n" for record in islice(_generated(records), compared)
        ]
