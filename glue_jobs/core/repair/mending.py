"""What becomes of a rejected record that somebody mends: the contract judges it as it judges a new one.

Where its arrival is known, that is when it arrived, whatever was done to it since; else it arrives now.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from glue_jobs.contracts.contract import EventContract
from glue_jobs.core.judge import Judge, Rejection

Mend: TypeAlias = Callable[[bytes], bytes]
"""Gives a payload's mended form; raises `NotMended`."""


class NotMended(Exception):
    """A record could not be mended; the text says why."""


def as_it_is(payload: bytes) -> bytes:
    """The mending of a record that the contract accepts by now."""
    return payload


@dataclass(frozen=True)
class Accepted:
    """A mended payload, and its event's time."""

    payload: bytes
    event_time: datetime


@dataclass(frozen=True)
class StillRejected:
    """A mended payload that the contract rejects, and why."""

    payload: bytes
    why: Rejection


@dataclass(frozen=True)
class Failed:
    """Nothing was made of a record; why, in words."""

    why: str


class Left(Enum):
    """Why a record is not even looked at: it was redriven before, or its batch is not done."""

    REDRIVEN = "redriven"
    UNFINISHED = "unfinished"


Outcome: TypeAlias = Accepted | StillRejected | Failed | Left


class Mending:
    """Mends and judges records of one event; `now` is when those arrive whose arrival is hidden."""

    def __init__(self, event: EventContract, mend: Mend, now: datetime) -> None:
        self._event = event
        self._mend = mend
        self._judge = Judge(event)
        self._now = now

    def outcome(self, payload: bytes, arrival: datetime | None) -> Outcome:
        """What would become of a record."""
        try:
            mended = self._mend(payload)
        except NotMended as reason:
            return Failed(str(reason))
        verdict = self._judge.judge(mended, arrival or self._now)
        if isinstance(verdict, Rejection):
            return StillRejected(mended, verdict)
        return Accepted(mended, verdict[self._event.event_time])


@dataclass
class Tally:
    """What became, or would become, of rejected records.

    redriven    were so before
    unfinished  are of a batch that is not done
    """

    accepted: int = 0
    still_rejected: "Counter[Rejection]" = field(default_factory=Counter)
    failed: int = 0
    redriven: int = 0
    unfinished: int = 0

    def add(self, outcome: Outcome) -> None:
        """Count one record."""
        match outcome:
            case Accepted():
                self.accepted += 1
            case StillRejected():
                self.still_rejected[outcome.why] += 1
            case Failed():
                self.failed += 1
            case Left.REDRIVEN:
                self.redriven += 1
            case Left.UNFINISHED:
                self.unfinished += 1
