"""Going back to a batch: what it removes, what it refuses, and that it can be interrupted anywhere."""

import dataclasses
import json
import shutil
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from glue_jobs.contracts.mobile_coverage import TABLES
from glue_jobs.core.batch_files import Batch
from glue_jobs.core.checkpoint_health import NotRepairable, examine, repair
from glue_jobs.core.errors import SinkError
from glue_jobs.core.guard import StartRefused, guard_start
from glue_jobs.core.lease import PATH, Lease, LeaseHeld, LeaseLost, writer_lease
from glue_jobs.core.rewind import NotRewindable, Target, carry_out
from glue_jobs.core.storage import LocalStorage, open_storage
from tests.core.buckets import new_bucket, write
from tests.core.sample_query import APART, BEGIN, QUERY, SampleQuery, batch_of_file, planned, rewind


@pytest.fixture(params=["file", "s3"])
def anywhere(request: pytest.FixtureRequest) -> SampleQuery:
    """On this machine, and on S3."""
    if request.param == "file":
        made: SampleQuery = request.getfixturevalue("query")
        return made
    request.getfixturevalue("aws")
    made = SampleQuery(f"s3://{new_bucket()}/a prefix")
    made.make()
    return made


def test_what_later_batches_left_is_removed_and_nothing_else(anywhere: SampleQuery) -> None:
    """Tables, raw, drafts, entries of the logs, versions of the state, and every checksum beside them."""
    before = anywhere.files()

    rewind(anywhere, 3)

    stays = {path: content for path, content in before.items() if (batch_of_file(path) or 0) <= 3}
    assert anywhere.files() == stays
    assert examine(anywhere.checkpoint).planned == examine(anywhere.checkpoint).committed == 3


@pytest.mark.parametrize("batch", [0, 4, 5])
def test_any_batch_can_be_the_last(query: SampleQuery, batch: int) -> None:
    """The first, one whose entry sums up those before, one whose state is a snapshot; then an older one."""
    rewind(query, batch)
    assert (examine(query.checkpoint).planned, examine(query.checkpoint).oldest) == (batch, 0)

    rewind(query, 0)
    assert examine(query.checkpoint).planned == 0


def test_it_tells_before_what_it_will_remove(query: SampleQuery) -> None:
    """The batch, when it was planned, the newest, and each file; planning removes nothing."""
    before = query.files()

    rewind = planned(query, 5)

    assert (rewind.batch, rewind.planned_at, rewind.newest) == (5, BEGIN + 5 * APART, 6)
    assert sorted(path for path in rewind.outputs if "/." not in path) == [
        f"aggregations/status_count/event_date=2026-03-01/hour=12/{Batch(QUERY, 6).file_name(0)}",
        f"raw/mobile_coverage/hour=12/{Batch(QUERY, 6).file_name(0)}",
    ]
    logs = ("offsets", "commits", "sources/0")
    assert set(rewind.entries) == {f"{log}/{name}" for log in logs for name in ("6", ".6.crc", ".6.5e0c.tmp")}
    assert len(rewind.state) == 2 * 4
    assert query.files() == before


def test_output_of_other_queries_stays(query: SampleQuery) -> None:
    """So do files of no batch at all."""
    other = [f"raw/mobile_coverage/hour=12/{Batch(str(UUID(int=2)), 6).file_name(0)}", "raw/rebuilt.parquet"]
    for path in other:
        write(open_storage(query.lake), path, b"")

    rewind(query, 2)

    assert {f"lake/{path}" for path in other} <= query.files().keys()


@pytest.mark.parametrize(
    ("seconds", "batch"), [(0, 0), (59, 2), (60, 3), (1e6, 6)], ids=["first", "between", "exact", "future"]
)
def test_a_time_means_the_last_batch_planned_by_then(query: SampleQuery, seconds: float, batch: int) -> None:
    """A batch is planned every twenty seconds."""
    assert planned(query, BEGIN + timedelta(seconds=seconds)).batch == batch


class TestInterrupted:
    """It can die anywhere."""

    def test_run_again_it_ends_as_if_it_had_not_been_interrupted(
        self, query: SampleQuery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It dies after each single file in turn; until it is run again, no job starts and no repair."""
        shutil.copytree(query.folder, tmp_path / "aside")
        files = planned(query, 4).size
        rewind(query, 4)
        expected = query.files()
        for deaths in range(files + 1):
            shutil.rmtree(query.folder)
            shutil.copytree(tmp_path / "aside", query.folder)
            die(query, 4, deaths, monkeypatch)
            refuses_to_start(query)
            rewind(query, 4)
            assert query.files() == expected, f"died after {deaths} of {files} files"

    def test_the_same_time_goes_on_with_the_same_batch(
        self, query: SampleQuery, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Though the plans of later batches are gone."""
        die(query, 2, 60, monkeypatch)
        assert examine(query.checkpoint).planned == 2

        rewind(query, BEGIN + 2 * APART)

        assert examine(query.checkpoint).well

    def test_what_the_source_lost_meanwhile_is_told(
        self, query: SampleQuery, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is too late to refuse: what the later batches had written is gone already."""
        die(query, 4, 5, monkeypatch)
        query.remove("events/6 a.jsonl")

        (lost,) = planned(query, 4).lost
        rewind(query, 4)

        assert lost.endswith("6%20a.jsonl, which a later batch took, is gone")
        assert examine(query.checkpoint).well

    @pytest.mark.parametrize(("to", "lake"), [(1, None), (3, None), (2, "another")])
    def test_another_rewind_has_to_wait(
        self, query: SampleQuery, to: int, lake: str | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The error says what to run first; doctor shows it."""
        die(query, 2, 20, monkeypatch)

        first = f"end it first: `sluice doctor {query.checkpoint} --rewind 2 --lake_uri {query.lake}`"
        with pytest.raises(NotRewindable, match=first):
            planned(query, to, lake and f"{query.root}/{lake}")
        assert (examine(query.checkpoint).rewinding, examine(query.checkpoint).well) == (2, False)


class Died(BaseException):
    """The process is gone."""


def dying_after(files: int):  # type: ignore[no-untyped-def]
    """A `delete_files` of a process that dies when so many files are gone."""
    gone = 0
    delete = LocalStorage.delete_files

    def delete_some(storage: LocalStorage, paths: Iterable[str]) -> None:
        nonlocal gone
        for path in paths:
            if gone == files:
                raise Died
            delete(storage, [path])
            gone += 1

    return delete_some


def die(query: SampleQuery, to: Target, files: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin to go back, and die when so many files are gone."""
    with monkeypatch.context() as patch:
        patch.setattr(LocalStorage, "delete_files", dying_after(files))
        with pytest.raises(Died):
            rewind(query, to)


def refuses_to_start(query: SampleQuery) -> None:
    """A job says what to run; so does a repair."""
    again = (
        f"run the same command again: `sluice doctor {query.checkpoint} --rewind 4 --lake_uri {query.lake}`"
    )
    with pytest.raises(StartRefused, match=again):
        guard_start(query.checkpoint, query.lake, TABLES, {})
    with pytest.raises(NotRepairable, match="a rewind was interrupted; end that first"):
        repair(query.checkpoint)


class TestOneWriter:
    """Nobody else writes meanwhile."""

    def test_while_a_run_is_alive_nothing_begins(self, query: SampleQuery) -> None:
        """The run holds the lease."""
        with writer_lease(query.checkpoint), pytest.raises(LeaseHeld):
            rewind(query, 3)

    def test_one_that_was_overtaken_removes_nothing(self, query: SampleQuery) -> None:
        """It was paused for long; what is there now belongs to those who came after."""
        before = query.files()
        with writer_lease(query.checkpoint) as lease:
            overtaken = dataclasses.replace(lease, run="of yesterday")
            with pytest.raises(LeaseLost):
                carry_out(planned(query, 3), overtaken, lambda removed: None)
        assert query.files() == before

    def test_one_that_is_overtaken_in_the_middle_removes_nothing_more(self, query: SampleQuery) -> None:
        """Between two looks at the lease it removes a hundred files at most."""
        entries = {path for path in query.files() if path.startswith("checkpoint/")}

        def overtake(removed: int) -> None:
            theirs = {"run": "theirs", "pid": 7, "host": "elsewhere"}
            write(open_storage(query.checkpoint), PATH, json.dumps(theirs).encode())

        lease = Lease(query.checkpoint, "ours")
        write(open_storage(query.checkpoint), PATH, b'{"run": "ours"}')
        with pytest.raises(LeaseLost, match="process 7 on elsewhere"):
            carry_out(planned(query, 3), lease, overtake)

        assert entries < query.files().keys()
        assert not any("-batch-000000000004" in path for path in query.files())


def test_what_cannot_be_removed_is_one_line_and_can_be_tried_again(
    query: SampleQuery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The marker stays until all of it is done."""

    def refuse(storage: LocalStorage, paths: Iterable[str]) -> None:
        raise PermissionError(13, "Permission denied", storage.uri)

    with monkeypatch.context() as patch:
        patch.setattr(LocalStorage, "delete_files", refuse)
        with pytest.raises(SinkError, match=r"Permission denied.*; run the same command again"):
            rewind(query, 3)

    assert examine(query.checkpoint).rewinding == 3
    rewind(query, 3)
    assert examine(query.checkpoint).well


def test_progress_is_told_as_files_go(query: SampleQuery) -> None:
    """All of them, in the end."""
    told: list[int] = []
    with writer_lease(query.checkpoint) as lease:
        planned_now = planned(query, 0)
        carry_out(planned_now, lease, told.append)

    assert (sum(told), len(told) > 2) == (planned_now.size, True)
