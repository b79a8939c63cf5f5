"""Whatever is rejected, mended in whatever steps, and wherever it dies: each is redriven once at most."""

import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glue_jobs.contracts.mobile_coverage import TABLES
from glue_jobs.core.repair.mending import Mend, NotMended
from tests.core.hours_lake import Died, HoursLake, glue_client, stepping
from tests.core.repair.rejecting import GOOD, looked_at, redrive, redriven_rows, reject

Id = str
"""A record is known by its sequence number: its batch, and its place there."""


@dataclass(frozen=True)
class Round:
    """A batch rejects so many records; then some of all those so far are redriven.

    mended   by their places, among all that there are, those that the expression mends
    death    the step that the process does not survive
    """

    rejected: int
    mended: frozenset[int]
    most_records: int
    death: int | None


rounds = st.lists(
    st.builds(
        Round,
        st.integers(0, 3),
        st.frozensets(st.integers(0, 8)),
        st.integers(1, 3),
        st.none() | st.integers(0, 12),
    ),
    min_size=1,
    max_size=5,
)


@pytest.fixture
def lake_in(aws: str) -> type[HoursLake]:
    """The AWS on loopback is there."""
    return HoursLake


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds)
def test_each_is_redriven_once_at_most_and_in_the_end_once(
    lake_in: type[HoursLake], taken: list[Round]
) -> None:
    """The model is a set: what was mended by a redrive that was left alone is in raw from then on."""
    with tempfile.TemporaryDirectory() as folder:
        lake = lake_in(Path(folder).as_uri(), glue_client())
        for table in TABLES:
            lake.catalog.ensure_table(table)
        known: list[Id] = []
        surely: set[Id] = set()
        mended_once: set[Id] = set()
        for batch, one in enumerate(taken):
            known += rejected(lake, batch, one.rejected)
            mended = {known[place] for place in one.mended if place < len(known)}
            survived = attempt(lake, mended, one)
            surely |= mended if survived else set()
            mended_once |= mended
            surely |= check(lake, surely, mended_once)

        redrive(lake, mending({*known}))

        check(lake, {*known}, {*known})


def rejected(lake: HoursLake, batch: int, count: int) -> list[Id]:
    """A batch, whose payloads are the ids of its records."""
    ids = [f"{batch}-{number}" for number in range(count)]
    reject(lake, batch, [one.encode() for one in ids])
    return ids


def mending(ids: set[Id]) -> Mend:
    """Mends these records alone."""

    def mend(content: bytes) -> bytes:
        if content.decode() not in ids:
            raise NotMended("not this one")
        return GOOD

    return mend


def attempt(lake: HoursLake, mended: set[Id], one: Round) -> bool:
    """A redrive that dies, or does not."""
    steps: list[str] = []

    def step(name: str) -> None:
        if len(steps) == one.death:
            raise Died
        steps.append(name)

    with pytest.MonkeyPatch.context() as patch, suppress(Died):
        stepping(lake.storage, step, patch)
        redrive(lake, mending(mended), most_records=one.most_records)
        return True
    return False


def check(lake: HoursLake, surely: set[Id], at_most: set[Id]) -> set[Id]:
    """Those in raw, each there once and told as redriven, are all that must be and none that cannot."""
    in_raw = [row["sequence_number"] for row in redriven_rows(lake)]
    assert len(in_raw) == len({*in_raw})
    assert surely <= {*in_raw} <= at_most
    told = [one.record["sequence_number"] for one in looked_at(lake) if one.record["redriven"] is not None]
    assert sorted(told) == sorted(in_raw)
    return {*in_raw}
