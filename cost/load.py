"""What a bill assumes of a month: what comes in, how long, how much is asked."""

import dataclasses
import difflib
import math
from dataclasses import dataclass
from typing import Any

from glue_jobs.core.errors import OptionError

HOURS_OF_MONTH = 720
"""A month has thirty days here; AWS's own months have 672 to 744 hours."""
DAYS_OF_MONTH = 30
SECONDS_OF_HOUR = 3600


def _number(default: float, meaning: str, least: float = 0, most: float = 1e9) -> Any:
    return dataclasses.field(default=default, metadata={"meaning": meaning, "least": least, "most": most})


@dataclass(frozen=True, kw_only=True)
class Load:
    """What each pipeline gets in a month, and what is asked of the lake.

    Raises:
        OptionError: a value is out of its range.
    """

    records_per_second: float = _number(100, "records a second, of each pipeline, while it is on")
    record_bytes: float = _number(
        0, "bytes of a record; 0: as measured, 313 of mobile coverage and 268 of orders", most=2**20
    )
    hours_per_day: float = _number(24, "hours a day for which the stacks are there", most=24)
    days_per_month: float = _number(30, "days a month for which they are", most=30)
    kept_months: float = _number(12, "the month of the lake that is looked at: 1 is its first", 1, 1200)
    queries_per_day: float = _number(20, "queries by Athena on such a day")
    query_megabytes: float = _number(100, "MB that one scans", most=1e7)
    crawls_per_month: float = _number(1, "how often each crawler is started")
    job_minutes: float = _number(2, "minutes that a run of a scheduled job takes", most=1440)

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value, least, most = getattr(self, field.name), field.metadata["least"], field.metadata["most"]
            if not least <= value <= most:  # also where it is no number
                raise OptionError(f"--{field.name}: got {value:g}; give {least:g} to {most:g}")

    @property
    def hours(self) -> float:
        """Hours of the month for which the stacks are there."""
        return self.hours_per_day * self.days_per_month

    @property
    def share_of_month(self) -> float:
        """The same as a part of the month."""
        return self.hours / HOURS_OF_MONTH

    @property
    def records(self) -> float:
        """Records of the month."""
        return self.records_per_second * SECONDS_OF_HOUR * self.hours

    def bytes_a_record(self, measured: int) -> int:
        """As given, or as measured."""
        return math.ceil(self.record_bytes) or measured


def parse_number(name: str, text: str) -> float:
    """The number that an argument gives.

    Raises:
        OptionError: it is none.
    """
    try:
        return float(text)
    except ValueError:
        raise OptionError(f"--{name}: got {text!r}; give a number") from None


def suggestion(name: str, known: list[str]) -> str:
    """`; did you mean …?` where a known name is close, else all of them."""
    close = difflib.get_close_matches(name, known, 1)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
