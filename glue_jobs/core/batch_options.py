"""The arguments of the batch jobs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from glue_jobs.core import aws_names
from glue_jobs.core.errors import OptionError
from glue_jobs.core.hours import Range
from glue_jobs.core.options import (
    duration,
    folder_uri,
    in_words,
    names,
    option,
    positive_count,
    positive_duration,
    utc_hour,
    yes_or_no,
)
from glue_jobs.core.repair.late_hours import REACHING_BACK
from glue_jobs.core.repair.sweep import GRACE
from glue_jobs.core.repair.switch import TARGET_BYTES


def _lake_uri() -> Any:
    return option(folder_uri, "the lake, as file:///folder or s3://bucket/prefix")


def _region() -> Any:
    return option(aws_names.region, "AWS region (default: that of the environment)", default=None)


@dataclass(frozen=True, kw_only=True)
class CompactOptions:
    """What a compaction takes."""

    lake_uri: str = _lake_uri()
    checkpoint_uri: str = option(folder_uri, "where the stream that writes it keeps its progress")
    from_: datetime | None = option(
        utc_hour, "the first hour, ISO 8601 (default: as far back as there are any)", default=None
    )
    to: datetime | None = option(
        utc_hour, "the hour before which it ends (default: as far as they are closed)", default=None
    )
    target_mb: int = option(positive_count, "about the size of a file, MiB", default=TARGET_BYTES // 2**20)
    grace: timedelta = option(
        duration, "how long a file stays after it was replaced, for queries under way", default=GRACE
    )
    sweep_only: bool = option(
        yes_or_no, "compact nothing, only remove what was replaced and what a crash has left", default=False
    )
    region: str | None = _region()

    def __post_init__(self) -> None:
        _refuse_no_hour(self.from_, self.to)


@dataclass(frozen=True, kw_only=True)
class LandingOptions:
    """What a job takes that brings landed objects into raw."""

    lake_uri: str = _lake_uri()
    max_objects: int = option(
        positive_count, "most objects in one run; the job goes on until none is left", default=1000
    )
    leave_out_missing: bool = option(
        yes_or_no, "do a run without objects that are gone or changed since it was planned", default=False
    )
    region: str | None = _region()


@dataclass(frozen=True, kw_only=True)
class UpsertOptions:
    """What a job takes that brings new runs of raw into an Iceberg table."""

    lake_uri: str = _lake_uri()
    max_runs: int = option(
        positive_count,
        "most runs of the raw job in one commit; the job goes on until none is left",
        default=50,
    )
    region: str | None = _region()


@dataclass(frozen=True, kw_only=True)
class InitialLoadOptions:
    """What a job takes that makes an Iceberg table from all of raw."""

    lake_uri: str = _lake_uri()
    rebuild: bool = option(
        yes_or_no, "replace the rows of a table that has some, in one commit", default=False
    )
    region: str | None = _region()


@dataclass(frozen=True, kw_only=True)
class UpkeepOptions:
    """What the maintenance of an Iceberg table takes."""

    lake_uri: str = _lake_uri()
    readable_for: timedelta = option(
        positive_duration,
        "how long the table can be read as of a time (FOR TIMESTAMP AS OF)",
        default=timedelta(days=7),
    )
    keep_snapshots: int = option(positive_count, "as many snapshots stay, however old", default=20)
    orphans_after: timedelta = option(
        duration, "how old a file is that belongs to no snapshot before it goes", default=timedelta(days=3)
    )
    target_mb: int = option(positive_count, "about the size of a file, MiB", default=TARGET_BYTES // 2**20)
    region: str | None = _region()

    def __post_init__(self) -> None:
        if self.orphans_after < timedelta(days=1):
            raise OptionError(
                f"--orphans_after: got {in_words(self.orphans_after)}; give a day at least, "
                "for a job names its files only at its end"
            )


def _refuse_no_hour(begin: datetime | None, end: datetime | None) -> None:
    if begin is not None and end is not None and begin >= end:
        raise OptionError(f"--to: got {end.isoformat()}; give an hour after --from {begin.isoformat()}")


@dataclass(frozen=True, kw_only=True)
class RebuildOptions:
    """What a rebuild takes."""

    lake_uri: str = _lake_uri()
    checkpoint_uri: str = option(folder_uri, "where the stream that writes it keeps its progress")
    from_: datetime | None = option(
        utc_hour, "the first hour, ISO 8601; required without --only_late", default=None
    )
    to: datetime | None = option(
        utc_hour, "the hour before which it ends; required without --only_late", default=None
    )
    only_late: bool = option(
        yes_or_no, "only closed hours with late records that no rebuild has taken in", default=False
    )
    ingested_within: timedelta = option(
        positive_duration,
        "how long before the newest batch the stream read the late records at most (--only_late)",
        default=timedelta(hours=26),
    )
    reaching_back: timedelta = option(
        positive_duration,
        "how old an hour may be, for raw is read from the oldest one on; older ones are named (--only_late)",
        default=REACHING_BACK,
    )
    watermark: timedelta = option(
        positive_duration,
        "the stream's: how late an event may be (--only_late)",
        default=timedelta(minutes=10),
    )
    tables: tuple[str, ...] | None = option(
        names, "names of tables with commas between them (default: all)", default=None
    )
    again: bool = option(
        yes_or_no, "also hours that were made of the same records by the same definition", default=False
    )
    accept_fewer: bool = option(
        yes_or_no, "also windows of which raw holds fewer records than are published", default=False
    )
    region: str | None = _region()

    def __post_init__(self) -> None:
        for name, hour in (("from", self.from_), ("to", self.to)):
            if hour is None and not self.only_late:
                raise OptionError(f"--{name}: missing; give a whole hour, or --only_late true")
        _refuse_no_hour(self.from_, self.to)

    @property
    def which(self) -> Range:
        """The hours in question."""
        return Range(self.from_, self.to)

    def chosen(self, known: Sequence[str]) -> tuple[str, ...]:
        """The tables that are asked for, of those there are.

        Raises:
            OptionError: one of them is none.
        """
        for name in self.tables or ():
            if name not in known:
                raise OptionError(f"--tables: got {name!r}; there are: {', '.join(known)}")
        return self.tables or tuple(known)
