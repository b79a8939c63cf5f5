"""Generated records with other event times, for feeds that run faster than the clock."""

from datetime import UTC, datetime, time, timedelta
from itertools import islice
from pathlib import Path

from benchmarks.input_files import DAY

_START = datetime.combine(DAY, time(), UTC)
_TIMES = len(b'{"timestamp":"2024-01-15T00:00:00Z","hour":"00:00:00"')
"""Every generated record begins with its times, in as many bytes."""


def sample_records(file: Path, count: int) -> list[bytes]:
    """The first `count` records of a file without their times, over again where it has fewer."""
    with file.open("rb") as lines:
        found = [line.rstrip(b"\n")[_TIMES:] for line in islice(lines, count)]
    return [found[place % len(found)] for place in range(count)]


def records_between(records: list[bytes], begin: float, end: float) -> bytes:
    """The records as JSON lines, their event times evenly from `begin` to before `end`, in order.

    Both are in seconds of event time since the start of the day that the input is of.
    """
    step = (end - begin) / len(records)
    return b"".join(
        event_times(begin + place * step) + record + b"\n" for place, record in enumerate(records)
    )


def event_times(seconds: float) -> bytes:
    """The begin of a record, up to its times; in whole seconds, as generated ones have."""
    moment = moment_of(seconds)
    return f'{{"timestamp":"{moment:%Y-%m-%dT%H:%M:%SZ}","hour":"{moment:%H:%M:%S}"'.encode()


def moment_of(seconds: float) -> datetime:
    """The event time that `seconds` stands for."""
    return _START + timedelta(seconds=seconds)
