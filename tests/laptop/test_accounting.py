"""Records in, records accounted for: when the accounts balance, and when they do not."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from laptop.accounting import Accounts, WindowCounts, Windows, balance

FIRST, SECOND = datetime(2026, 3, 1, 7, 0, tzinfo=UTC), datetime(2026, 3, 1, 7, 2, tzinfo=UTC)


def accounts(in_time: Windows, published: Windows, still_open: Windows, late: int = 0) -> Accounts:
    """The accounts of what is in raw, all of which was sent."""
    sent = in_time.total() + late
    return balance(sent, sent, 0, late, WindowCounts(in_time, published, still_open))


def windows(**records: int) -> Windows:
    """Records of the first and of the second window."""
    return Counter({{"first": FIRST, "second": SECOND}[name]: count for name, count in records.items()})


def test_published_open_late_and_rejected_make_up_what_was_sent() -> None:
    """Then nothing is missing and nothing double."""
    counts = WindowCounts(windows(first=5, second=3), windows(first=5), windows(second=3))

    found = balance(sent=12, raw=12, rejected=3, late=1, windows=counts)

    assert found == Accounts(sent=12, raw=12, rejected=3, published=5, open=3, late=1, missing=0, double=0)
    assert found.balanced


@pytest.mark.parametrize(
    ("published", "still_open", "missing", "double"),
    [
        pytest.param(windows(first=4), windows(second=3), 1, 0, id="a record of a closed window is lost"),
        pytest.param(windows(), windows(second=3), 5, 0, id="a file is lost"),
        pytest.param(windows(first=5), windows(), 3, 0, id="the state is lost"),
        pytest.param(windows(first=6), windows(second=3), 0, 1, id="a record counts twice"),
        pytest.param(windows(first=5, second=3), windows(second=3), 0, 3, id="published and still open"),
        pytest.param(windows(first=6), windows(second=2), 1, 1, id="one for another window's"),
    ],
)
def test_what_is_lost_or_double_is_found_window_by_window(
    published: Windows, still_open: Windows, missing: int, double: int
) -> None:
    """Also where one makes up for the other in the sum."""
    found = accounts(windows(first=5, second=3), published, still_open)

    assert (found.missing, found.double, found.balanced) == (missing, double, False)


def test_what_never_reached_raw_is_missed() -> None:
    """The producer's acknowledgements are the first term."""
    counts = WindowCounts(windows(first=5), windows(first=5), windows())

    assert not balance(sent=6, raw=5, rejected=0, late=0, windows=counts).balanced
