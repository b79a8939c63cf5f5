"""What a pass of maintenance has done, by the events that its jobs have told."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from glue_jobs.core.counted import counted
from glue_jobs.core.redaction import printable


@dataclass
class Summary:
    """Sums of the events.

    late     hour → records taken in that were late: of the table that counts every record
    open     hour → late records that the next pass takes in, once the hour is closed
    old      hour → late records that no pass takes in, for all of raw since then would have to be read
    told     what the sweep has left, for it cannot account for it
    seconds  how long each job took, by its name
    """

    counts: "Counter[str]" = field(default_factory=Counter)
    late: dict[str, int] = field(default_factory=dict)
    open: dict[str, int] = field(default_factory=dict)
    old: dict[str, int] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def take(self, event: dict[str, Any]) -> None:
        """Count an event."""
        kind, hour = event["event"], " ".join(event.get("hour", ()))
        self.counts[kind] += 1
        match kind:
            case "hour_rebuilt":
                self.late[hour] = max(self.late.get(hour, 0), event["late"] or 0)
            case "hour_left_open":
                self.open[hour] = event["late"]
            case "hour_left_old":
                self.old[hour] = event["late"]
            case "hour_compacted":
                for name in ("files_before", "files_after", "bytes_before", "bytes_after"):
                    self.counts[name] += event[name]
            case "hour_swept":
                self.counts["files_removed"] += event["removed"]
                self.counts["bytes_removed"] += event["bytes"]
                self.told += event["left"]

    @property
    def changed(self) -> bool:
        """Whether anything of the lake is other than it was."""
        done = ("hour_restored", "hour_rebuilt", "hour_compacted", "files_removed")
        return any(self.counts[name] for name in done)

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        files = ("files_before", "files_after", "bytes_before", "bytes_after")
        return {
            "hours_restored": self.counts["hour_restored"],
            "rebuilt": {
                "hours": len(self.late),
                "late_taken_in": sum(self.late.values()),
                "left_open": self.open,
                "left_old": self.old,
            },
            "compacted": {
                "hours": self.counts["hour_compacted"],
                **{name: self.counts[name] for name in files},
            },
            "removed": {"files": self.counts["files_removed"], "bytes": self.counts["bytes_removed"]},
            "left": self.told,
            "seconds": self.seconds,
        }


def print_summary(summary: Summary) -> None:
    """A line for each kind of work, how long it took, and what somebody should look at."""
    if not summary.changed:
        print("nothing to do: no late records in closed hours, no files to merge, none to remove")
    for line in _lines(summary):
        print(line)
    print_open(summary.open)
    print_old(summary.old)
    for left in summary.told:
        print(f"! left by the sweep: {printable(left)}")
    took = ", ".join(f"{job} {seconds:.1f} s" for job, seconds in summary.seconds.items())
    print(f"took {took}")


def print_open(still_open: Mapping[str, int]) -> None:
    """What the next pass takes in."""
    for hour, records in still_open.items():
        wait = counted(records, "late record waits", "late records wait")
        print(f"! {hour}: {wait}, for the hour is still open")


def print_old(old: Mapping[str, int]) -> None:
    """What is left to somebody who decides."""
    for hour, records in old.items():
        left = counted(records, "late record is left", "late records are left")
        print(f"! {hour}: {left}, for raw would be read from there on; ask for it:")
        print("  `sluice run rebuild-windows --from … --to …`")


def _lines(summary: Summary) -> list[str]:
    counts, lines = summary.counts, []
    if counts["hour_restored"]:
        hours = counted(counts["hour_restored"], "hour")
        lines.append(f"restored   {hours} that the catalogue had forgotten")
    if summary.late:
        records = counted(sum(summary.late.values()), "late record")
        lines.append(f"rebuilt    {counted(len(summary.late), 'hour')}, {records} taken in")
    if counts["hour_compacted"]:
        hours = counted(counts["hour_compacted"], "hour")
        files = f"{counted(counts['files_before'], 'file')} became {counts['files_after']:,}"
        sizes = f"{_mib(counts['bytes_before'])} became {_mib(counts['bytes_after'])}"
        lines.append(f"compacted  {hours} of tables: {files}, {sizes}")
    if counts["files_removed"]:
        files = counted(counts["files_removed"], "file")
        lines.append(f"removed    {files}, {_mib(counts['bytes_removed'])}")
    return lines


def _mib(size: int) -> str:
    return f"{size / 2**20:,.1f} MiB"
