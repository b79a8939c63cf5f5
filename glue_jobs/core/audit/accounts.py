"""Is every record accounted for? What raw holds, held against what readers of the tables find.

    accepted = published + open + late + repeated     window by window
    raw      = accepted + rejected                    in all

==========  ================================================================================
raw         rows of the raw table: what the job has read
rejected    rows of the quarantine
accepted    records of raw that the contract accepts
published   records inside the rows of the aggregate that counts every record, where readers find it
open        records in windows that still stand in the query's state store
late        records whose window the batches before theirs had published, by the watermark; once an hour has
            been rebuilt, those that have come since
repeated    where the job drops repeats: records beyond the first of their event. Then late are the events of
            which no record was in time, so what a rebuild would add
missing     records in time that neither table nor state holds
double      records that table and state hold beyond those of raw, where a row is there twice, or is published
            and its window still open
beyond_raw  the same where no row is there twice: raw has lost records, or they were not kept
==========  ================================================================================

All is taken as it was after one batch, the newest that is done: a stream may go on meanwhile.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TypeAlias

from glue_jobs.core.audit.late_records import Lateness
from glue_jobs.core.audit.record_counts import ByWindow, CountColumn, Published
from glue_jobs.core.audit.watermarks import Difference
from glue_jobs.core.hours import whole_hour


@dataclass(frozen=True)
class Accounts:
    """Records of one window, or of several; the terms are those of the module's table."""

    accepted: int = 0
    published: int = 0
    open: int = 0
    late: int = 0
    repeated: int = 0
    missing: int = 0
    double: int = 0
    beyond_raw: int = 0

    def __add__(self, other: "Accounts") -> "Accounts":
        both = {one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)}
        return Accounts(**both)

    @property
    def balanced(self) -> bool:
        """Whether each record is in exactly one place."""
        return not (self.missing or self.double or self.beyond_raw)


@dataclass(frozen=True)
class Values:
    """A column that counts, of any table: what published windows should say, and what they say.

    missing and double are what they lack and what they have beyond it, window by window; windows_twice are
    those where a row is there twice, which need not change the sum. unsure are values of repeats that came in
    one batch, of which it is not determined whether the record that counts has them: so much may differ.
    """

    expected: int
    published: int
    missing: int
    double: int
    windows_twice: int = 0
    unsure: int = 0

    @property
    def balanced(self) -> bool:
        """Whether each window says what it should."""
        return not (self.missing or self.double or self.windows_twice)


@dataclass(frozen=True)
class Audit:
    """What was found as it was after `batch`.

    windows      by their start, in order; none without records
    columns      the columns that count, `<table>.<column>`
    refused      records of raw that the contract does not accept: `rejected`, if all is well
    differences  the plans that name another watermark than raw does
    unknown      folders with files that no reader through the catalogue finds
    lost         versions of hours that no reader is sent to, for the catalogue has forgotten them
    without_raw  batches that are done and have no raw file; many bring no record, and need none
    unfinished   whether files of a later batch, which is not done, were left out
    """

    batch: int
    raw: int
    rejected: int
    refused: int
    windows: Mapping[datetime, Accounts]
    columns: Mapping[str, Values]
    differences: tuple[Difference, ...] = ()
    unknown: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    without_raw: tuple[int, ...] = ()
    unfinished: bool = False

    @property
    def total(self) -> Accounts:
        return sum(self.windows.values(), Accounts())

    @property
    def balanced(self) -> bool:
        """Whether each record is in exactly one place, and every table tells of it."""
        tables = all(values.balanced for values in self.columns.values())
        found = not (self.unknown or self.lost)
        return self.refused == self.rejected and self.total.balanced and tables and found

    def by_hour(self) -> dict[datetime, Accounts]:
        """The windows put together by the hour that they start in."""
        hours: dict[datetime, Accounts] = {}
        for start, accounts in self.windows.items():
            hour = whole_hour(start)
            hours[hour] = hours.get(hour, Accounts()) + accounts
        return hours


Closed: TypeAlias = Callable[[datetime], bool]
"""Whether the window that starts then is published."""


def accounts_of(
    raw: Lateness, held: Published, column: CountColumn, still_open: ByWindow
) -> dict[datetime, Accounts]:
    """The accounts of each window that any of them knows, by the column that counts every record."""
    published = held.counts[column.name]
    terms = (raw.in_time, raw.late, raw.repeated, published, still_open)
    starts = {start for counts in terms for start in +counts}
    return {
        start: _window(
            raw.in_time[start],
            published[start],
            still_open[start],
            twice=start in held.twice,
        )
        + Accounts(
            accepted=raw.late[start] + raw.repeated[start],
            late=raw.late[start],
            repeated=raw.repeated[start],
        )
        for start in sorted(starts)
    }


def _window(in_time: int, published: int, still_open: int, twice: bool) -> Accounts:
    """What came in time, against what tables and state hold."""
    beyond = max(0, published + still_open - in_time)
    surely = twice or (published > 0 and still_open > 0)
    return Accounts(
        accepted=in_time,
        published=published,
        open=still_open,
        missing=max(0, in_time - published - still_open),
        double=beyond if surely else 0,
        beyond_raw=0 if surely else beyond,
    )


def values_of(raw: Lateness, held: Published, column: CountColumn, closed: Closed) -> Values:
    """What published windows should say of a column, and what the table says."""
    expected = Counter({start: count for start, count in raw.in_time.items() if closed(start)})
    unsure = Counter({start: count for start, count in raw.unsure.items() if closed(start)})
    published = held.counts[column.name]
    return Values(
        expected=expected.total(),
        published=published.total(),
        missing=(expected - published - unsure).total(),
        double=(published - expected - unsure).total(),
        windows_twice=len(held.twice),
        unsure=unsure.total(),
    )
