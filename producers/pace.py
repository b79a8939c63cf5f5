"""Holds records back until they are due."""

from collections.abc import Callable, Iterable, Iterator
from math import floor
from typing import TypeAlias

from producers.record import Record

TICK_SECONDS = 0.2
"""Records due within one tick go together; none goes early."""

Due: TypeAlias = Callable[[int, Record], float]
"""When a record is due, in seconds after the first, from its place in the stream; never descending."""


def at_rate(records_per_second: float) -> Due:
    """So many records a second."""
    return lambda place, record: place / records_per_second


def at_speed(speed: float, start: float) -> Due:
    """As the event times go, `speed` times as fast; `start` is the stream time that is due at once."""
    return lambda place, record: (record.stream_time - start) / speed


def ticks(
    records: Iterable[Record],
    due: Due,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> Iterator[list[Record]]:
    """The records in groups, each given out when the last of it is due. `clock` counts seconds."""
    started = clock()
    group: list[Record] = []
    ends = 0.0
    for place, record in enumerate(records):
        seconds = due(place, record)
        if group and seconds >= ends:
            sleep(max(started + ends - clock(), 0.0))
            yield group
            group = []
        if not group:
            ends = (floor(seconds / TICK_SECONDS) + 1) * TICK_SECONDS
        group.append(record)
    if group:
        sleep(max(started + ends - clock(), 0.0))
        yield group
