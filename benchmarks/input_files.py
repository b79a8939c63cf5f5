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

DAY = date(2024, 1, 15)
RECORDS_A_DAY = 6_000_000
"""How dense the records lie, unless there are more; few records cover a part of the day then, as densely."""

_COMPARED = 1000


def input_folder(keep: Path, records: int, files: int, a_day: int, progress: Callable[[int], None]) -> Path:
    """A folder below `keep` with the first `records` of `a_day` records of one day, in `files` files.

    It is made if it is not there.

    Files of an earlier run are used again if they begin with what the generator would write today.
    """
    folder = keep / f"records-{records}-of-{a_day}-{files}"
    if not _is_current(folder, records, a_day, files):
        shutil.rmtree(folder, ignore_errors=True)
        draft = folder.with_name(f".{folder.name}")
        shutil.rmtree(draft, ignore_errors=True)
        midnight = datetime.combine(DAY, time(), UTC)
        write_files(draft, files, _generated(a_day), records, midnight, progress)
        draft.rename(folder)
    return folder


def _generated(a_day: int) -> Iterator[Record]:
    return generate(a_day, DAY, read_rows(SHIPPED_CSV), Random(0))


def _is_current(folder: Path, records: int, a_day: int, files: int) -> bool:
    there = sorted(folder.glob("records-*.json"))
    if len(there) != files:
        return False
    compared = min(_COMPARED, records // files)
    with there[0].open("rb") as file:
        return list(islice(file, compared)) == [
            record.data + b"\n" for record in islice(_generated(a_day), compared)
        ]
