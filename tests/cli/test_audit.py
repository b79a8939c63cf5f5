"""`sluice audit`: what it prints, and what it refuses."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.audit import as_json
from cli.audit_table import print_audit
from glue_jobs.core.audit.accounts import Accounts, Audit, Values

START = datetime(2026, 3, 1, 7, 58, tzinfo=UTC)
LENGTH = timedelta(minutes=2)
RIGHT = Accounts(accepted=1200, published=1000, late=200)
WRONG = Accounts(accepted=7, published=3, open=1, missing=3)


def audit(*windows: Accounts) -> Audit:
    """An audit of windows in a row, the first of them the last of its hour."""
    starts = {START + number * LENGTH: accounts for number, accounts in enumerate(windows)}
    accepted = sum(accounts.accepted for accounts in windows)
    return Audit(9, accepted + 2, 2, 2, starts, {"status_count.status_count": Values(1000, 1000, 0, 0)})


def printed(found: Audit, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines, each run of blanks as one."""
    print_audit(found)
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_an_hour_is_a_line_and_the_sums_hold(capsys: pytest.CaptureFixture[str]) -> None:
    """Where nothing is wrong, that is all; a term without records is blank."""
    lines = printed(audit(RIGHT, RIGHT, RIGHT), capsys)
    assert "2026-03-01 07 1,200 1,000 200" in lines
    assert "2026-03-01 08 2,400 2,000 400" in lines
    assert "all 3,600 3,000 600" in lines
    assert "✓ 3,602 in raw = 3,600 accepted + 2 rejected" in lines
    assert lines[-1] == "✓ 3,600 accepted = 3,000 published + 0 open + 600 late + 0 repeated"


def test_a_wrong_window_has_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    """Twenty are shown at most."""
    lines = printed(audit(RIGHT, *[WRONG] * 25), capsys)
    assert "25 windows are wrong:" in lines
    assert "2026-03-01 08:00:00 7 3 1 3" in lines
    assert sum(line.startswith("2026-03-01 08:") for line in lines) == 20
    assert "and 5 more; --format json has them all" in lines
    assert lines[-1].startswith("✗ 1,375 accepted ≠")


def test_json_has_every_window() -> None:
    """And all that was found."""
    told = as_json(audit(RIGHT, WRONG))
    assert told["balanced"] is False
    assert told["total"]["missing"] == 3
    assert [window["window_start"] for window in told["windows"]] == [
        "2026-03-01T07:58:00+00:00",
        "2026-03-01T08:00:00+00:00",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from", "yesterday"], "--from: got 'yesterday'; give a time such as 2026-11-21T08:00:00Z"),
        (["--watermark", "ten"], "--watermark: got 'ten'; give a duration"),
        (["--lake_uri", "lake"], "--lake_uri: got 'lake'; give a folder as file:///"),
        (["--lake_uri", "file:///no/such/lake"], "no such folder"),
    ],
)
def test_wrong_arguments_are_named(sluice: Any, tmp_path: Path, arguments: list[str], said: str) -> None:
    """Exit code 2, before anything is read."""
    called = sluice(
        "audit", "--lake_uri", tmp_path.as_uri(), "--checkpoint_uri", tmp_path.as_uri(), *arguments
    )
    assert called.code == 2
    assert said in called.err
