"""`sluice maintain`: what it prints, and what it does about errors between two passes."""

from datetime import timedelta
from typing import Any

import pytest

from cli.maintain import repeat
from cli.maintain_plan import Plan, print_plan
from cli.maintain_summary import Summary, print_summary
from cli.told_events import EventLines
from glue_jobs.core.errors import SinkError
from tests.cli.conftest import Sluice
from tests.core.buckets import new_bucket
from tests.core.hours_lake import OTHER, SEVEN, HoursLake, counts, glue_client


def test_the_events_of_a_pass_are_summed_up(capsys: pytest.CaptureFixture[str]) -> None:
    """Late records of an hour are counted once, though each of its tables is rebuilt."""
    summary = Summary()
    hour = ["2026-03-01", "07"]
    for event in (
        {"event": "hour_restored", "hour": hour},
        {"event": "hour_rebuilt", "hour": hour, "late": 1200},
        {"event": "hour_rebuilt", "hour": hour, "late": None},
        {"event": "hour_rebuilt", "hour": ["2026-03-01", "08"], "late": 3},
        {"event": "hour_left_open", "hour": ["2026-03-01", "09"], "late": 2},
        {"event": "hour_left_old", "hour": ["2026-01-01", "09"], "late": 1},
        {"event": "hour_compacted", "hour": hour, "files_before": 1440, "files_after": 1}
        | {"bytes_before": 2 * 2**20, "bytes_after": 2**20},
        {"event": "hour_swept", "hour": hour, "removed": 1440, "bytes": 2**20, "left": ["a: not ours"]},
    ):
        summary.take(event)
    summary.seconds["etl_compact_mobile_logs"] = 1.5

    print_summary(summary)

    assert capsys.readouterr().out.splitlines() == [
        "restored   1 hour that the catalogue had forgotten",
        "rebuilt    2 hours, 1,203 late records taken in",
        "compacted  1 hour of tables: 1,440 files became 1, 2.0 MiB became 1.0 MiB",
        "removed    1,440 files, 1.0 MiB",
        "! 2026-03-01 09: 2 late records wait, for the hour is still open",
        "! 2026-01-01 09: 1 late record is left, for raw would be read from there on; ask for it:",
        "  `sluice run rebuild-windows --from … --to …`",
        "! left by the sweep: a: not ours",
        "took etl_compact_mobile_logs 1.5 s",
    ]


def test_where_nothing_is_to_do_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """In one line."""
    summary = Summary()
    summary.take({"event": "nothing_is_late"})
    print_summary(summary)
    assert capsys.readouterr().out.startswith("nothing to do: no late records in closed hours, no files")


def test_a_plan_has_a_line_for_each_thing(capsys: pytest.CaptureFixture[str]) -> None:
    """And says that nothing was changed."""
    print_plan(
        Plan(("t__v/a",), {"2026-03-01 07": 1200}, {"2026-03-01 09": 2}, {"2026-01-01 09": 1}, 3, 1440)
    )
    assert capsys.readouterr().out.splitlines() == [
        "restore    t__v/a, which the catalogue has forgotten",
        "rebuild    2026-03-01 07: 1,200 late records",
        "compact    3 closed hours of tables have 1,440 files",
        "! 2026-03-01 09: 2 late records wait, for the hour is still open",
        "! 2026-01-01 09: 1 late record is left, for raw would be read from there on; ask for it:",
        "  `sluice run rebuild-windows --from … --to …`",
        "nothing was changed; what was replaced longer ago than the grace time would be removed, too",
    ]
    print_plan(Plan((), {}, {}, {}, 0, 0))
    assert capsys.readouterr().out.startswith("nothing to rebuild or to merge\n")


def test_events_are_taken_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    """However they are written; what is no event goes where errors go."""
    taken: list[dict[str, Any]] = []
    print('{"event": "a"}\n{"eve', end="", file=(lines := EventLines(taken.append)))
    print('nt": "b"}\nby the way', file=lines)
    assert taken == [{"event": "a"}, {"event": "b"}]
    assert capsys.readouterr().err == "by the way\n"


def test_again_and_again_until_ctrl_c(capsys: pytest.CaptureFixture[str]) -> None:
    """What one pass fails of the next one tries again."""
    passes, waits = iter([SinkError("the disk is full"), None, None]), list[float]()

    def act() -> None:
        if (error := next(passes)) is not None:
            raise error

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        repeat(act, timedelta(hours=1), wait)

    assert waits == [3600.0] * 3
    assert capsys.readouterr().err == "sluice: the disk is full\n"


@pytest.mark.parametrize("batch", [3, 99])
def test_a_dry_run_refuses_the_checkpoint_of_another_lake(sluice: Sluice, aws: str, batch: int) -> None:
    """As the jobs do: batches of another query say nothing of these files, whatever their numbers."""
    lake = HoursLake(f"s3://{new_bucket()}/a prefix", glue_client())
    file = lake.publish(3, counts(0, 1))
    where = ("--lake_uri", lake.uri, "--checkpoint_uri", lake.checkpoint)
    lake.done(3, SEVEN)
    assert sluice("maintain", "--dry_run", *where).code == 0

    lake.done(batch, SEVEN, query=OTHER)
    called = sluice("maintain", "--dry_run", *where)

    assert (called.code, called.out, called.err.count("\n")) == (2, "", 1)
    assert f"it is of query {OTHER}, and {lake.uri}/{file} was written by another" in called.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--every", "now and then"], "--every: got 'now and then'; give a duration"),
        (["--lake_uri", "lake"], "--lake_uri: got 'lake'; give a folder as file:///"),
        (["--lake_uri", "file:///no/such/lake"], "no such folder"),
    ],
)
def test_wrong_arguments_are_named(sluice: Sluice, arguments: list[str], said: str) -> None:
    """Exit code 2, before anything is read."""
    called = sluice("maintain", *arguments)
    assert (called.code, called.out) == (2, "")
    assert said in called.err
