"""What becomes of a mended record."""

from datetime import datetime, timedelta

import pytest

from glue_jobs.contracts.mobile_coverage import EVENT
from glue_jobs.core.judge import Rejection
from glue_jobs.core.repair.mending import Accepted, Failed, Mending, NotMended, StillRejected, as_it_is
from tests.events import ARRIVAL, payload

EVENT_TIME = ARRIVAL.replace(second=0)
LONG_BEFORE = ARRIVAL - timedelta(days=1)


def unquoted(text: bytes) -> bytes:
    """A mending for the tests."""
    if not text.startswith(b'"'):
        raise NotMended("no quotes")
    return text.strip(b'"')


def test_the_contract_judges_what_was_made_of_it() -> None:
    """As a new record."""
    mending = Mending(EVENT, unquoted, ARRIVAL)

    assert mending.outcome(b'"' + payload() + b'"', ARRIVAL) == Accepted(payload(), EVENT_TIME)
    assert mending.outcome(b'"{}"', ARRIVAL) == StillRejected(b"{}", Rejection("missing_field", "timestamp"))
    assert mending.outcome(b"{}", ARRIVAL) == Failed("no quotes")


@pytest.mark.parametrize(
    ("arrival", "now", "accepted"),
    [
        (ARRIVAL, LONG_BEFORE, True),
        (None, ARRIVAL, True),
        (LONG_BEFORE, ARRIVAL, False),
        (None, LONG_BEFORE, False),
    ],
)
def test_it_arrived_when_it_arrived(arrival: datetime | None, now: datetime, accepted: bool) -> None:
    """Where that is hidden, it arrives now."""
    outcome = Mending(EVENT, as_it_is, now).outcome(payload(), arrival)

    rejected = StillRejected(payload(), Rejection("future_event_time", "timestamp"))
    assert outcome == (Accepted(payload(), EVENT_TIME) if accepted else rejected)
