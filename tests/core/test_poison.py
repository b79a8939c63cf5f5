"""Records made to hurt: each has its stated outcome, alone and among good ones, and takes nothing along."""

from pathlib import Path

import pytest

from glue_jobs.core.judge import Rejection
from tests.decoding import JUDGE, decode
from tests.events import ARRIVAL, payload, records
from tests.poison import HUGE, SMALL

PAGE = Path(__file__).parents[2] / "docs" / "bad_records.md"
POISON = {**SMALL, **HUGE}
cases = pytest.mark.parametrize("name", POISON)


@cases
def test_the_judge_gives_the_stated_verdict(name: str) -> None:
    """A reason and the field to blame, or the values of the record."""
    data, expected = POISON[name]
    verdict = JUDGE.judge(data, ARRIVAL)

    assert (verdict if isinstance(verdict, Rejection) else None) == expected


@cases
def test_among_good_records_it_has_the_same_outcome(name: str) -> None:
    """It is quarantined whole or accepted; its neighbours are accepted."""
    data, expected = POISON[name]

    outcome = decode(records([payload(), data, payload()]))

    rejects = [(row["reason"], row["field"], row["payload"]) for row in outcome.rejected.to_pylist()]
    assert rejects == ([] if expected is None else [(expected.reason, expected.field, data)])
    assert len(outcome.accepted) == 3 - len(rejects)


def test_all_of_them_at_once() -> None:
    """One table with every one of them, each as it would be alone."""
    table = records([data for data, _ in POISON.values()])

    outcome = decode(table)

    expected = [(data, verdict.reason) for data, verdict in POISON.values() if verdict is not None]
    found = [(row["payload"], row["reason"]) for row in outcome.rejected.to_pylist()]
    assert sorted(found) == sorted(expected)
    assert len(outcome.accepted) == len(POISON) - len(expected)


def test_a_time_with_an_offset_is_the_moment_it_means() -> None:
    """07:15 UTC, which it was at 12:45 in India."""
    values = JUDGE.judge(SMALL["another offset"][0], ARRIVAL)

    assert not isinstance(values, Rejection)
    assert values["timestamp"].isoformat() == "2026-03-01T07:15:00+00:00"


def test_the_page_states_every_outcome() -> None:
    """Each record stands in a row of the page, with the reason of its rejection, or as accepted."""
    rows = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines()]
    stated = {name.strip(): row[3] for row in rows if len(row) == 5 for name in row[2].split(";")}

    assert POISON.keys() - stated.keys() == set()
    for name, (_, verdict) in POISON.items():
        assert expected_words(verdict) in stated[name], name


def expected_words(verdict: Rejection | None) -> str:
    """How the page says it."""
    return "accepted" if verdict is None else f"`{verdict.reason}`"
