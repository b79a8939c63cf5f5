"""Mended records go into raw, each once; what dies on the way loses and doubles none."""

from contextlib import suppress
from itertools import count

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from glue_jobs.contracts.contract import TableContract
from glue_jobs.contracts.mobile_coverage import QUARANTINE, RAW, TABLES
from glue_jobs.core.batch_files import batch_time_of
from glue_jobs.core.catalog import Location
from glue_jobs.core.judge import Rejection
from glue_jobs.core.partitions import hour_values
from glue_jobs.core.quarantine import Wanted, rejected_records
from glue_jobs.core.repair.concatenation import concatenate_hour
from glue_jobs.core.repair.ledgers import Redriven
from glue_jobs.core.repair.mending import Tally
from glue_jobs.core.repair.rebuildable import progress_made
from glue_jobs.core.repair.versions import standing_hour
from glue_jobs.core.storage import open_storage
from glue_jobs.core.table_hours import hours_of, locations_of
from tests.core.hours_lake import HOUR, QUERY, SEVEN, Died, HoursLake, stepping
from tests.core.repair.rejecting import (
    GOOD,
    NOW,
    counted,
    looked_at,
    quoted,
    redrive,
    redriven_rows,
    reject,
)
from tests.events import ARRIVAL, payload

NINE = hour_values(NOW)
RAW_FILE = (
    "raw/mobile_coverage/ingest_date=2026-03-01/hour=09/"
    f"part-00000-redrive-{1:012d}-until-{4:012d}-{QUERY}.parquet"
)
LEDGER = f"quarantine/mobile_coverage__redriven/redrive-{1:012d}-until-{4:012d}-{QUERY}.parquet"


@pytest.fixture
def lake(hours_lake: HoursLake) -> HoursLake:
    """Two batches with five rejected records, of which three can be mended."""
    reject(hours_lake, 3, [quoted(), b"no json", quoted(b"{}")])
    reject(hours_lake, 4, [quoted(payload(signal=7)), quoted(payload(signal=8))])
    return hours_lake


def test_a_look_changes_nothing(lake: HoursLake) -> None:
    """It says what would become of each."""
    before = lake.paths()

    records = looked_at(lake)

    still = Rejection("missing_field", "timestamp")
    assert counted(records) == Tally(accepted=3, still_rejected={still: 1}, failed=1)  # type: ignore[arg-type] # equal
    assert [one.record["payload"] for one in records[:2]] == [quoted(), b"no json"]
    assert lake.paths() == before


def test_what_the_contract_accepts_is_in_raw_with_its_origin(lake: HoursLake) -> None:
    """In a file of no batch, in the hour that it is, and the catalogue knows that hour."""
    before = lake.paths()

    (ledger,) = redrive(lake)

    assert [path for path in lake.paths() if path not in before] == [LEDGER, RAW_FILE]
    origin = {"arrival_time": ARRIVAL, "shard_id": "shard-0"}
    assert redriven_rows(lake) == [
        {"data": GOOD, **origin, "sequence_number": "3-0"},
        {"data": payload(signal=7), **origin, "sequence_number": "4-0"},
        {"data": payload(signal=8), **origin, "sequence_number": "4-1"},
    ]
    assert NINE in lake.catalog.locations(RAW)
    assert ledger.hours == (SEVEN,)
    assert batch_time_of(pq.read_metadata(pa.BufferReader(lake.storage.read_file(RAW_FILE)))) == NOW


def test_twice_changes_nothing(lake: HoursLake) -> None:
    """Each record knows that it was redriven."""
    redrive(lake)
    before = lake.paths()

    assert redrive(lake) == []
    assert lake.paths() == before
    tally = counted(looked_at(lake))
    assert (tally.redriven, tally.accepted, tally.failed) == (3, 0, 1)


def test_what_failed_can_be_mended_by_another_expression(lake: HoursLake) -> None:
    """The second redrive takes what the first has left."""
    redrive(lake)

    (second,) = redrive(lake, lambda content: GOOD)

    assert second.redrive.number == 2
    assert len(redriven_rows(lake)) == 5
    assert counted(looked_at(lake)).redriven == 5


def test_many_are_several_redrives(lake: HoursLake) -> None:
    """Each says the newest batch that it has records of."""
    first, second = redrive(lake, most_records=2)

    assert [(one.redrive.number, one.redrive.until, len(one.records)) for one in (first, second)] == [
        (1, 4, 2),
        (2, 4, 1),
    ]
    assert len(redriven_rows(lake)) == 3


def test_records_of_a_batch_that_is_not_done_are_left(lake: HoursLake) -> None:
    """They are for the next redrive."""
    reject(lake, 5, [quoted()])
    open_storage(lake.checkpoint).delete_files(["commits/5"])

    assert len(redrive(lake)[0].records) == 3
    assert counted(looked_at(lake)).unfinished == 1

    lake.done(5, SEVEN)
    assert len(redrive(lake)[0].records) == 1


def test_an_hour_that_lies_in_a_version_gets_no_file(lake: HoursLake) -> None:
    """No reader would find it: the next hour gets it."""
    version = f"{lake.storage.uri}/raw/mobile_coverage__v/a version/"
    lake.catalog.switch(RAW, NINE, None, Location(version, switched_at=NOW))

    redrive(lake)

    assert [path for path in lake.paths() if "/hour=10/" in path] == [RAW_FILE.replace("hour=09", "hour=10")]
    assert len(redriven_rows(lake)) == 3
    assert redrive(lake) == []


def test_merged_files_change_nothing(lake: HoursLake) -> None:
    """A record is known by the file it was rejected in, and a redrive by its file of raw."""
    redrive(lake)
    before = looked_at(lake)
    merge(lake, QUARANTINE, HOUR)
    merge(lake, RAW, NINE)

    assert looked_at(lake) == before
    assert redrive(lake) == []
    assert LEDGER in lake.paths()
    hours = hours_of(lake.uri, QUARANTINE, locations_of(lake.catalog, QUARANTINE))
    latest_first = [record["file"] for record in rejected_records(hours, Wanted(), Redriven())]
    assert latest_first == sorted((one.record["file"] for one in before), reverse=True)


def merge(lake: HoursLake, table: TableContract, values: tuple[str, str]) -> None:
    """A compaction of an hour of raw or quarantine, and what its sweep removes."""
    location = lake.catalog.location(table, values)
    standing = standing_hour(lake.storage, table, values, location)
    concatenate_hour(lake.place, progress_made(lake.checkpoint), standing)
    lake.storage.delete_files([file.path for file in standing.files])


def test_filters_choose_the_records(lake: HoursLake) -> None:
    """As those of `list` and `show`."""
    redrive(lake)
    assert len(looked_at(lake, wanted=Wanted(redriven=False))) == 2
    assert len(looked_at(lake, wanted=Wanted(redriven=True))) == 3
    assert looked_at(lake, wanted=Wanted(reason="too_large")) == []


def test_it_may_die_at_any_step(hours_lake: HoursLake, monkeypatch: pytest.MonkeyPatch) -> None:
    """No reader of raw finds a record twice; the same again ends as if nothing had happened."""
    taken: set[str] = set()
    for death in count():
        lake = HoursLake(f"{hours_lake.root}/{death}", hours_lake.glue)
        forget_partitions(lake)
        reject(lake, 3, [quoted(), b"no json"])
        reject(lake, 4, [quoted(payload(signal=7)), quoted(payload(signal=8))])

        steps = dying(lake, death, monkeypatch)

        taken |= {step.split(" ")[0] for step in steps}
        told = [one.record["row"] for one in looked_at(lake) if one.record["redriven"] is not None]
        assert len(told) == len(redriven_rows(lake)), steps
        redrive(lake, most_records=2)
        assert sorted(row["sequence_number"] for row in redriven_rows(lake)) == ["3-0", "4-0", "4-1"], steps
        assert counted(looked_at(lake)).redriven == 3, steps
        assert len([path for path in lake.paths() if "redrive-" in path]) == 4, lake.paths()
        if len(steps) <= death:
            break
    assert taken == {"begin", "name", "named", "delete"}
    assert death > 11


def dying(lake: HoursLake, death: int, patch: pytest.MonkeyPatch) -> list[str]:
    """Redrive, again after the half of it died, and die at that step; the steps."""
    steps: list[str] = []

    def step(name: str) -> None:
        steps.append(name)
        if len(steps) > death or (len(steps) == 3 and name.startswith("named")):
            raise Died

    with patch.context() as stepped:
        stepping(lake.storage, step, stepped)
        for _ in range(2):  # the first leaves a ledger without its records
            with suppress(Died):
                redrive(lake, most_records=2)
    return steps


def forget_partitions(lake: HoursLake) -> None:
    """The catalogue is that of the lake of the last death."""
    for table in TABLES:
        lake.catalog.ensure_table(table)
        for values in lake.catalog.locations(table):
            lake.glue.delete_partition(
                DatabaseName=table.database, TableName=table.name, PartitionValues=list(values)
            )


def test_a_killed_process_leaves_drafts_that_the_next_removes(lake: HoursLake) -> None:
    """Of its file of raw, and of its ledger."""
    redrive(lake)
    lake.storage.delete_files([RAW_FILE])
    drafts = [RAW_FILE.replace("part-", ".draft-part-"), LEDGER.replace("redrive-0", ".draft-redrive-0")]
    for path in drafts:
        lake.put(path, [], RAW)

    redrive(lake)

    assert [path for path in lake.paths() if "redrive" in path] == [LEDGER, RAW_FILE]
    assert len(redriven_rows(lake)) == 3
