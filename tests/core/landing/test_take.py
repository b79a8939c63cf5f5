"""What has landed is taken once: by any runs, late or not, changed or not."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from glue_jobs.batch.orders_raw import ORDERS
from glue_jobs.contracts.orders import QUARANTINE, RAW
from glue_jobs.core.errors import SourceError
from glue_jobs.core.landing import take as taking
from glue_jobs.core.landing.objects import refuse_no_landing
from glue_jobs.core.landing.raw_part import PartOfRun, TakenPart
from glue_jobs.core.landing.take import Work, parts_of
from glue_jobs.core.storage import StoredFile
from tests.core.buckets import write
from tests.core.hours_lake import Died
from tests.landed_lake import NOON, LandedLake, model
from tests.order_events import LANDED, order, order_row

HOUR = "ingest_date=2024-11-20/hour=12"


def orders(*numbers: int, **changes: Any) -> bytes:
    """Lines of orders with these numbers."""
    return b"".join(order(order_id=f"order-{number}", **changes) + b"\n" for number in numbers)


def test_orders_that_landed_are_in_raw(lake: LandedLake) -> None:
    """Typed rows with where they landed, in the hour of the run; the catalogue knows both tables."""
    lake.now = NOON
    path = lake.land("2024/11/20/10/a.json", orders(1) + b"{}\n" + orders(2, amount=7))
    lake.now = NOON.replace(minute=59)

    (run,) = lake.take()

    where = {"landing_file": path}
    assert lake.rows(RAW) == [
        order_row(order_id="order-1", **where, landing_line=1),
        order_row(order_id="order-2", amount=7, **where, landing_line=3),
    ]
    rejected = {"reason": "missing_field", "field": "order_id", "payload": b"{}", **where, "landing_line": 2}
    assert lake.rows(QUARANTINE) == [rejected]
    assert lake.files(RAW) == [f"raw/orders/{HOUR}/part-00000-run-000000000001.parquet"]
    assert lake.files(QUARANTINE) == [f"quarantine/orders/{HOUR}/part-00000-run-000000000001.parquet"]
    for table in (RAW, QUARANTINE):
        assert [*lake.catalog.locations(table)] == [("2024-11-20", "12")]
    assert [(one.accepted, one.rejected) for one in run.outcome.objects] == [(2, {"missing_field": 1})]


def test_what_was_taken_is_not_taken_again(lake: LandedLake) -> None:
    """A second start finds nothing to do and changes nothing."""
    lake.land("a.json", orders(1))
    lake.take()
    before = lake.state()

    assert not Work(lake.taking())
    assert lake.take() == []
    assert lake.state() == before


def test_an_object_that_is_delivered_late_is_taken(disk: LandedLake) -> None:
    """Firehose may deliver under the prefix of an hour that has long been taken, and older than what was."""
    disk.land("2024/11/20/10/b.json", orders(1))
    disk.take()
    early = orders(2, event_timestamp="2024-11-20T09:00:00Z")
    late = disk.land("2024/11/20/09/a.json", early, LANDED - timedelta(hours=1))

    (run,) = disk.take()

    assert [one.path for one in run.outcome.objects] == [late]
    assert [row["order_id"] for row in disk.rows(RAW)] == ["order-2", "order-1"]


def test_an_object_with_another_content_is_taken_again(lake: LandedLake) -> None:
    """It is told; what it held before stays in raw."""
    path = lake.land("a.json", orders(1))
    lake.take()
    lake.land("a.json", orders(2), LANDED + timedelta(seconds=1))

    (run,) = lake.take()

    assert run.again == (path,)
    assert [row["order_id"] for row in lake.rows(RAW)] == ["order-1", "order-2"]


def test_an_object_that_was_put_again_unchanged_is_not_taken_on_s3(lake: LandedLake) -> None:
    """Its ETag says so; on a disk only the time of writing tells contents apart."""
    lake.land("a.json", orders(1))
    lake.take()
    lake.land("a.json", orders(1), LANDED + timedelta(seconds=1))

    assert len(lake.take()) == (0 if lake.uri.startswith("s3:") else 1)


def test_what_no_reader_counts_is_not_taken(lake: LandedLake) -> None:
    """Hidden files and folders, the marker of a folder, and what Firehose puts below its error prefix."""
    for name in (".a.json", "_a.json", "_tmp/a.json", "2024/.b/a.json"):
        lake.land(name, orders(1))
    write(lake.storage, "landing/errors/processing-failed/a.json", orders(1))
    if lake.uri.startswith("s3:"):
        lake.land("folder/", b"")

    assert not Work(lake.taking())


def test_a_run_takes_so_many_objects_and_the_next_the_others(disk: LandedLake) -> None:
    """The oldest first, those of one time by name; one start does as many runs as it takes."""
    for number, name in enumerate("ebdac"):
        disk.land(f"{name}.json", orders(number), LANDED + timedelta(seconds=number // 2))

    runs = disk.take(max_objects=2)

    names = [[one.path[-6] for one in run.outcome.objects] for run in runs]
    assert names == [["b", "e"], ["a", "d"], ["c"]]
    assert [run.outcome.run.number for run in runs] == [1, 2, 3]
    assert [one.raw[0].rows for one in disk.ledger.done_after(0)] == [2, 2, 1]


def test_the_ledger_names_the_files_of_each_run(disk: LandedLake) -> None:
    """With rows and sizes; read one by one they are all of raw."""
    for name in "abc":
        disk.land(f"{name}.json", orders(1, 2))
    disk.take(max_objects=1)

    done = [*disk.ledger.done_after(0)]

    files = [file for run in done for file in run.raw]
    assert [file.path for file in files] == disk.files(RAW)
    assert {file.path: file.size for file in files} == {
        file.path: file.size for file in disk.storage.list_files(RAW.path)
    }
    assert [len(disk.rows(RAW, [file.path])) for file in files] == [file.rows for file in files] == [2, 2, 2]


def test_parts_have_a_size(disk: LandedLake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects in their order, as many as fit; a larger one is alone. Each part has a file of its own."""
    monkeypatch.setattr(taking, "_PART_BYTES", 5)
    files = [StoredFile(str(size), size, 0.0) for size in (2, 3, 1, 9, 5)]
    assert [[file.size for file in part] for part in parts_of(files)] == [[2, 3], [1], [9], [5]]

    contents = {disk.land(f"{name}.json", orders(1)): orders(1) for name in "ab"}
    disk.take()
    assert [path.rpartition("/")[2] for path in disk.files(RAW)] == [
        "part-00000-run-000000000001.parquet",
        "part-00001-run-000000000001.parquet",
    ]
    assert disk.rows(RAW) == [row for path, content in contents.items() for row in model(path, content)[0]]


def test_a_lake_without_a_landing_zone_is_refused(lake: LandedLake) -> None:
    """Nothing is made. A zone that is empty by now is none: something was taken from it."""
    with pytest.raises(
        SourceError, match=r"there is no landing/orders/ in it; give the lake that the events"
    ):
        refuse_no_landing(lake.storage, ORDERS)
    assert [*lake.storage.list_files("")] == []

    path = lake.land("a.json", orders(1))
    lake.take()
    lake.remove(path)
    refuse_no_landing(lake.storage, ORDERS)
    assert lake.take() == []


def test_an_object_that_changes_while_it_is_read_stops_the_run(
    lake: LandedLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the plan and the task, here: nothing of it is in raw."""
    path = lake.land("a.json", orders(1))
    work = Work(lake.taking())
    lake.land("a.json", orders(2), LANDED + timedelta(seconds=1))

    with pytest.raises(
        SourceError, match=f"/{path} is another one than the run that takes it has planned; put"
    ):
        [*work.runs(lake.take_parts)]
    assert lake.files(RAW) == []


@pytest.mark.parametrize("then", ["gone", "changed"])
def test_an_object_of_a_plan_that_is_not_there_stops_the_job(lake: LandedLake, then: str) -> None:
    """It says which and what to do; left out by choice it is told, and the next takes one that changed."""
    lake.land("a.json", orders(1))
    path = lake.land("b.json", orders(2))
    work = Work(lake.taking())
    lake.remove(path)
    with pytest.raises(SourceError, match=f"/{path} is gone, not as the run that takes it has planned; put"):
        [*work.runs(lake.take_parts)]
    if then == "changed":
        lake.land("b.json", orders(3), LANDED + timedelta(seconds=1))

    how = "is gone, not as" if then == "gone" else "is another one than"
    with pytest.raises(
        SourceError, match=f"/{path} {how} the run .* --leave_out_missing true: the run is done"
    ):
        Work(lake.taking())
    runs = lake.take(leave_out_missing=True)

    assert runs[0].outcome.left_out == (path,)
    assert [row["order_id"] for row in lake.rows(RAW)] == ["order-1", *(["order-3"] * (then == "changed"))]
    assert lake.take() == []
    lake.land("b.json", orders(4), LANDED + timedelta(seconds=2))
    assert lake.take()[0].again == ((path,) if then == "changed" else ())


def test_a_file_of_an_attempt_that_held_more_does_not_stay(disk: LandedLake) -> None:
    """A part whose only object is left out has no file, even where an attempt had written one."""
    path = disk.land("a.json", orders(1))

    def take_and_die(parts: Sequence[PartOfRun]) -> list[TakenPart]:
        disk.take_parts(parts)
        raise Died

    with pytest.raises(Died):
        next(Work(disk.taking()).runs(take_and_die))
    assert len(disk.files(RAW)) == 1
    disk.remove(path)

    disk.take(leave_out_missing=True)

    assert disk.files(RAW) == []
