"""A reader that looks at the tables again and again while a job runs, dies and starts anew."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import pyarrow as pa

from glue_jobs.contracts.contract import TableContract
from tests.batch_oracle import listed

_PAUSE_SECONDS = 0.05


@dataclass
class Reader:
    """What was seen: how often the tables had rows, and everything that no reader may meet."""

    lake: Path | str
    tables: tuple[TableContract, ...]
    looks: int = 0
    faults: list[str] = field(default_factory=list)

    def look(self) -> None:
        """List the files of every table and read them all, as a query does."""
        for table in self.tables:
            try:
                rows = listed(self.lake, table)
            except FileNotFoundError:  # removed between listing and reading: a query would be run again
                continue
            except pa.ArrowInvalid as error:
                self.faults.append(f"{table.name}: {error}")
                continue
            keys = Counter(tuple(row[name] for name in table.key) for row in rows)
            self.faults += [f"{table.name}: {key} {count} times" for key, count in keys.items() if count > 1]
            self.looks += bool(rows)


@contextmanager
def polling_reader(lake: Path | str, tables: tuple[TableContract, ...]) -> Iterator[Reader]:
    """Looks again and again within the block."""
    reader, ended = Reader(lake, tables), Event()

    def poll() -> None:
        while not ended.wait(_PAUSE_SECONDS):
            reader.look()

    polling = Thread(target=poll, daemon=True)
    polling.start()
    try:
        yield reader
    finally:
        ended.set()
        polling.join()
