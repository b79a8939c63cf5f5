"""What the smoke test concludes: one check for each thing that is only assumed of Glue and S3.

Functions of what was sent and of what was found; each gives a line that says what it saw.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scripts.smoke.records import Sent, known_signals

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Check:
    """An assumption of `docs/guarantees.md`, whether it held, and what was seen."""

    assumption: str
    held: bool
    seen: str

    def __str__(self) -> str:
        return f"{'holds ' if self.held else 'FAILED'}  {self.assumption}: {self.seen}"


def check_repeated_batch(sent: Sequence[Sent], raw: Rows) -> Check:
    """Every record sent is in raw as often as it was sent, although the run was stopped and started again."""
    wanted, found = Counter(record.data for record in sent), Counter(bytes(row["data"]) for row in raw)
    lost, double = (
        (wanted - found).total(),
        (Counter({data: found[data] for data in wanted}) - wanted).total(),
    )
    return Check(
        "Glue's Kinesis connector repeats a planned batch with the same records",
        not lost and not double,
        f"{len(sent)} sent, {lost} lost, {double} double",
    )


def check_text_column(raw: Rows) -> Check:
    """The job has run at all, so the connector's frame had the column that it looks for."""
    return Check(
        "asked for inferSchema, the connector hands over the JSON text in its only column",
        len(raw) > 0,
        f"{len(raw)} marked records in raw",
    )


def check_bytes(sent: Sequence[Sent], raw: Rows) -> Check:
    """No marked record is in raw with other bytes than it was sent with."""
    wanted = {record.data for record in sent}
    changed = [bytes(row["data"]) for row in raw if bytes(row["data"]) not in wanted]
    return Check(
        "the text reaches the job byte for byte",
        not changed,
        f"{len(changed)} of {len(raw)} changed"
        + (f", the first into {changed[0][:80]!r}" if changed else ""),
    )


def check_sequence_numbers(sent: Sequence[Sent], raw: Rows) -> Check:
    """Where the connector shows sequence numbers, they are those that the stream gave."""
    given = {record.sequence_number for record in sent}
    shown = [row["sequence_number"] for row in raw if row["sequence_number"] is not None]
    foreign = sum(number not in given for number in shown)
    times = sum(row["arrival_time"] is not None for row in raw)
    return Check(
        "arrival time, shard and sequence number are hidden, or right",
        not foreign and len(shown) == len(set(shown)),
        f"of {len(raw)}, {times} have an arrival time, {len(shown)} a number; {foreign} foreign numbers",
    )


def check_tables(sent: Sequence[Sent], signals: Rows) -> Check:
    """Every key of the table once, and all events of the test counted."""
    keys = Counter((row["window_start"], row["operator"], row["postal_code"]) for row in signals)
    double = sum(count > 1 for count in keys.values())
    counted, wanted = sum(row["record_count"] for row in signals), known_signals(sent)
    return Check(
        "each window is in the tables once",
        not double and counted == wanted,
        f"{counted} of {wanted} events counted, {double} keys in more than one row",
    )


def check_metrics(names: Sequence[str]) -> Check:
    """CloudWatch has metrics of the job."""
    return Check(
        "metrics in the log become CloudWatch metrics",
        "records_in" in names,
        f"{', '.join(sorted(names)) or 'none'} under the job's name",
    )


def check_listing(listed: bool) -> Check:
    """An object was in the listing that followed its PUT."""
    seen = "the listing after a PUT had it" if listed else "the listing after a PUT lacked it"
    return Check("S3 lists an object as soon as its PUT has succeeded", listed, seen)


def check_conditional_writes(refused: Mapping[str, bool]) -> Check:
    """Every conditional write whose condition did not hold was refused."""
    let_through = [name for name, was_refused in refused.items() if not was_refused]
    return Check(
        "S3 makes conditional writes as it documents",
        not let_through,
        f"let through: {', '.join(let_through)}" if let_through else f"refused: {', '.join(refused)}",
    )
