"""What a redrive did, or would do: for people, and as JSON."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cli.rejected_record import as_text, shown, where, why
from glue_jobs.core.counted import counted
from glue_jobs.core.errors import SluiceError
from glue_jobs.core.repair.mending import Accepted, Failed, StillRejected, Tally

if TYPE_CHECKING:
    from glue_jobs.core.repair.ledgers import Ledger
    from glue_jobs.core.repair.lost_locations import Restored
    from glue_jobs.core.repair.rebuild import Rebuilt
    from glue_jobs.core.repair.rejects import Judged


@dataclass
class Result:
    """All that is told of a redrive.

    applied   whether it was done; if not, it was looked at only
    limit     so many records of each outcome are shown
    rebuilt   hours of tables that were made anew; `still_open`, hours that have to wait for that
    failure   what has kept hours from being rebuilt
    restored  hours that the catalogue had forgotten
    """

    applied: bool
    limit: int
    tally: Tally = field(default_factory=Tally)
    examples: "dict[str, list[Judged]]" = field(default_factory=dict)
    ledgers: "list[Ledger]" = field(default_factory=list)
    rebuilt: "list[Rebuilt]" = field(default_factory=list)
    still_open: list[datetime] = field(default_factory=list)
    failure: SluiceError | None = None
    restored: "list[Restored]" = field(default_factory=list)

    def add(self, one: "Judged") -> None:
        """Count a record, and keep it where it is one of the first of its outcome."""
        self.tally.add(one.outcome)
        some = self.examples.setdefault(_heading(one, self.applied), [])
        if isinstance(one.outcome, Accepted | StillRejected | Failed) and len(some) < self.limit:
            some.append(one)

    def as_json(self) -> dict[str, Any]:
        """Everything; times in ISO 8601."""
        tally = self.tally
        return {
            "applied": self.applied,
            "accepted": tally.accepted,
            "still_rejected": [
                {"reason": one.reason, "field": one.field, "records": count}
                for one, count in tally.still_rejected.most_common()
            ],
            "expression_failed": tally.failed,
            "already_redriven": tally.redriven,
            "batch_not_done": tally.unfinished,
            "redrives": [
                {"redrive": one.redrive.number, "time": one.time.isoformat(), "records": len(one.records)}
                for one in self.ledgers
            ],
            "rebuilt": [
                {"table": one.table, "hour": list(one.hour), "records": one.records, "changed": one.changed}
                for one in self.rebuilt
            ],
            "still_open": [hour.isoformat() for hour in self.still_open],
            "examples": [_example(one) for some in self.examples.values() for one in some],
        }

    def lines(self, width: int) -> Iterator[str]:
        """The same in words; payloads are cut to so many bytes."""
        for heading, some in self.examples.items():
            for one in some:
                yield from _shown(heading, one, width)
        yield from _counts(self.tally, self.applied)
        for lost in self.restored:
            yield f"{lost.table} {' '.join(lost.hour)}: the catalogue had forgotten where it lies"
        for ledger in self.ledgers:
            records = counted(len(ledger.records), "record is", "records are")
            yield f"redrive {ledger.redrive.number}: {records} in raw"
        for hour in self.rebuilt:
            became = f"rebuilt, {counted(hour.rows_before, 'row')} became {hour.rows:,}"
            yield f"{hour.table} {' '.join(hour.hour)}: {became if hour.changed else 'is as it was'}"
        if self.still_open:
            hours = ", ".join(f"{begins:%Y-%m-%d %H}" for begins in self.still_open)
            yield f"still open: {hours}; the rebuild of late records takes theirs in once they are closed"
        if not self.applied:
            yield "nothing was changed; --apply appends to raw what is accepted, and rebuilds its hours"


def _heading(one: "Judged", applied: bool) -> str:
    match one.outcome:
        case Accepted():
            return "accepted" if applied else "would be accepted"
        case StillRejected():
            return "still rejected"
        case Failed():
            return "expression failed"
    return "left"


def _shown(heading: str, one: "Judged", width: int) -> Iterator[str]:
    yield f"{heading}: {where(one.record)}"
    yield f"  before  {shown(one.record['payload'] or b'', width)}"
    match one.outcome:
        case Accepted():
            yield f"  after   {shown(one.outcome.payload, width)}"
        case StillRejected():
            yield f"  after   {shown(one.outcome.payload, width)}"
            yield f"  why     {why(one.outcome.why.reason, one.outcome.why.field)}"
        case Failed():
            yield f"  why     {shown(one.outcome.why.encode(), width)}"


def _counts(tally: Tally, applied: bool) -> Iterator[str]:
    yield f"{tally.accepted:,} {'accepted' if applied else 'would be accepted'}"
    for one, count in tally.still_rejected.most_common():
        yield f"{count:,} still rejected: {why(one.reason, one.field)}"
    for count, what in (
        (tally.failed, "left, for the expression failed"),
        (tally.redriven, "left, for they were redriven before"),
        (tally.unfinished, "left, for their batch is not done"),
    ):
        if count:
            yield f"{count:,} {what}"


def _example(one: "Judged") -> dict[str, Any]:
    outcome, record = one.outcome, one.record
    told = {
        "outcome": _heading(one, applied=True),
        "file": record["file"],
        "row": record["row"],
        "was": {"reason": record["reason"], "field": record["field"]},
        "before": as_text(record["payload"] or b""),
    }
    match outcome:
        case Accepted():
            return {**told, "after": as_text(outcome.payload)}
        case StillRejected():
            rejection = {"reason": outcome.why.reason, "field": outcome.why.field}
            return {**told, "after": as_text(outcome.payload), "rejected": rejection}
        case Failed():
            return {**told, "failed": outcome.why}
    return told
