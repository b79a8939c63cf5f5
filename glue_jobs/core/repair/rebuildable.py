"""What of a lake can be made anew from raw, and what stands in the way of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.audit.late_records import hours_in_full
from glue_jobs.core.audit.record_counts import ByWindow
from glue_jobs.core.errors import SluiceError
from glue_jobs.core.hours import HOUR, Progress, Range, progress
from glue_jobs.core.options import in_words
from glue_jobs.core.partitions import hour_values, partition_folder
from glue_jobs.core.pieces import newest_in
from glue_jobs.core.repair.hour_before import HourBefore, hour_before
from glue_jobs.core.repair.raw_rows import RawFile
from glue_jobs.core.repair.switch import Maintenance
from glue_jobs.core.repair.versions import Values, is_data, standing_hour
from glue_jobs.core.table_hours import Hour, all_hours_of, locations_of
from glue_jobs.core.windows import Windows


class RebuildRefused(SluiceError):
    """An hour cannot be made anew, or not without losing something."""


@dataclass(frozen=True)
class Rebuild:
    """What is to be made anew.

    windows  by which definition; `raw` is the table of their event's records
    tables   names of the aggregates' tables
    first    the first hour; `end` is the one before which it ends
    reached  how far the stream has come
    again    also where nothing has changed that can be told
    fewer    also windows of which raw holds fewer records than are published
    only     of these hours no others; None: all of them
    """

    windows: Windows
    raw: TableContract
    tables: tuple[str, ...]
    first: datetime
    end: datetime
    reached: Progress
    again: bool = False
    fewer: bool = False
    only: frozenset[datetime] | None = None

    @property
    def which(self) -> Range:
        return Range(self.first, self.end)

    @property
    def hours(self) -> list[datetime]:
        """The start of each hour."""
        every = [self.first + number * HOUR for number in range((self.end - self.first) // HOUR)]
        return [hour for hour in every if self.only is None or hour in self.only]


def progress_made(checkpoint_uri: str) -> Progress:
    """How far the stream has come.

    Raises:
        RebuildRefused: it has done no batch yet.
    """
    reached = progress(checkpoint_uri)
    if reached is None:
        raise RebuildRefused(
            f"--checkpoint_uri {checkpoint_uri}: no batch is done, so no hour is closed; "
            "give the checkpoint of the job that writes the lake"
        )
    return reached


def refuse_open(what: Rebuild) -> None:
    """Refuse hours of which the stream has not published every window for good.

    Raises:
        RebuildRefused: with the first hour that is open; or the windows are not as long as the stream's, so
            that what is published cannot be held against raw.
    """
    reached = what.reached
    if what.windows.length != reached.window:
        raise RebuildRefused(
            f"windows of {in_words(what.windows.length)}: the stream's have {in_words(reached.window)}; a "
            "stream with windows of another length has a lake of its own"
        )
    for begins in what.hours:
        if not reached.windows_closed(begins):
            raise RebuildRefused(
                f"--to {what.end.isoformat()}: the hour from {begins.isoformat()} on is still open, for the "
                f"watermark is at {reached.watermark.isoformat()}; give an earlier one, or wait"
            )


def raw_files(place: Maintenance, what: Rebuild) -> list[RawFile]:
    """The files of raw that can hold records of the hours: those of batches that are done.

    Raises:
        RebuildRefused: the lake has no catalogue, or a file is of another query.
        SourceError: an hour of raw is a version that does not say what it is.
    """
    locations = locations_of(place.catalog, what.raw)
    if locations is None:
        raise RebuildRefused(
            f"--lake_uri {place.lake_uri}: the catalogue knows no table {what.raw.database}.{what.raw.name}; "
            "an hour takes the place of another by a switch in the catalogue, so let the crawlers run first"
        )
    files: list[RawFile] = []
    found = all_hours_of(place.lake_uri, what.raw, locations)
    for hour in hours_in_full(found, what.which, what.windows.event.max_ahead):
        done = {name for name in hour.pieces if _is_done(hour, name, what.reached)}
        paths = hour.files if hour.switched else [path for path in hour.files if path in done]
        files += [RawFile(hour.place.uri, path, what.reached.batch, hour.begins + HOUR) for path in paths]
    return files


def _is_done(hour: Hour, name: str, reached: Progress) -> bool:
    """Whether a piece of raw is of batches that are done."""
    batch = newest_in(name)
    if batch is None or batch.query_id != reached.query:
        raise RebuildRefused(
            f"{hour.place.uri}/{name}: query {reached.query} did not write it, whose checkpoint this is; "
            "give the checkpoint of the job that writes the lake, or move the file away"
        )
    return batch.number <= reached.batch


def hours_before(place: Maintenance, what: Rebuild) -> Iterator[tuple[datetime, dict[str, HourBefore]]]:
    """What stands for each hour, by table: those that are not to be made anew tell of lost records, too.

    Raises:
        RebuildRefused: the catalogue does not know an hour that has files.
        SourceError: what stands cannot be read.
    """
    for aggregate in what.windows.aggregates:
        place.catalog.ensure_table(aggregate.table)  # it may be a new one
    locations = {one.table.name: place.catalog.locations(one.table) for one in what.windows.aggregates}
    for begins in what.hours:
        values, before = hour_values(begins), {}
        for aggregate in what.windows.aggregates:
            table = aggregate.table
            location = locations[table.name].get(values)
            if location is None:
                _refuse_unregistered(place, table, values)
            standing = standing_hour(place.lake, table, values, location, mending=True)
            before[table.name] = hour_before(place.lake, standing, aggregate)
        yield begins, before


def _refuse_unregistered(place: Maintenance, table: TableContract, values: Values) -> None:
    folder = partition_folder(table, values)
    if any(is_data(file) for file in place.lake.list_files(folder)):
        raise RebuildRefused(
            f"{place.lake_uri}/{folder}: it holds files, but the catalogue does not know the partition; "
            "let the crawlers run first"
        )


def refuse_lost(what: Rebuild, before: Mapping[str, HourBefore], accepted: ByWindow) -> None:
    """Refuse an hour of which more is published than raw holds: records of raw are gone, or were not kept.

    An hour is never replaced by nothing at all.

    Raises:
        RebuildRefused: with the first window, and both figures.
    """
    for table, one in before.items():
        nothing = not any(accepted[start] for start in one.records)
        for start, published in sorted(one.records.items()):
            if accepted[start] < published and (nothing or not what.fewer):
                raise RebuildRefused(
                    f"{table}: the window from {start.isoformat()} on has {published} records or more, and "
                    f"raw holds {accepted[start]}; put back what {what.raw.path} lacks, or leave the hour"
                )
