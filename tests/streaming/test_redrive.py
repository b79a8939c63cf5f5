"""Redriven records are in the tables after a rebuild, and the audit balances before, between and after."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from pyspark.sql import SparkSession

from cli.jq_expression import mend_by
from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT, STATUS_COUNT
from glue_jobs.core.audit.accounts import Audit
from glue_jobs.core.audit.lake import audit_lake
from glue_jobs.core.hours import Range
from glue_jobs.core.partitions import hour_values
from glue_jobs.core.quarantine import Wanted
from glue_jobs.core.repair.compaction import compact_hour
from glue_jobs.core.repair.ledgers import Ledger
from glue_jobs.core.repair.rebuild import Rebuilt, rebuild
from glue_jobs.core.repair.rebuildable import progress_made
from glue_jobs.core.repair.redrive import append, newest_plan, not_taken_in, rebuild_of
from glue_jobs.core.repair.rejects import Rejects, judged, rejects_of
from glue_jobs.core.repair.versions import standing_hour
from glue_jobs.core.storage import open_storage
from tests.core.audit.played_stream import PIPELINE
from tests.core.buckets import new_bucket, write
from tests.core.hours_lake import HoursLake, glue_client
from tests.faults.harness import ROOT, some_event
from tests.spark4 import STATE_READER
from tests.streaming.rebuilding import check, lines
from tests.streaming.streamed_lake import HOURS, LATE, ONE, copied, register, stream

MENDED = ".signal = 3"
NOW = ONE + timedelta(hours=3)
WRONG = [line for line in lines() if b'"strong"' in line]
"""What the stream has rejected for the type of its signal."""


def mended(sent: list[bytes]) -> list[bytes]:
    """What was sent, as if it had been right from the start."""
    return [line.replace(b'"strong"', b"3") for line in sent]


def rejects(lake: HoursLake) -> Rejects:
    """What can be redriven now."""
    return rejects_of(lake.uri, lake.catalog, PIPELINE, progress_made(lake.checkpoint), Range())


def appended(lake: HoursLake) -> list[Ledger]:
    """Append what is mended to raw."""
    found = rejects(lake)
    records = judged(found, Wanted("wrong_type"), mend_by(MENDED, raw_text=False), NOW)
    return list(append(lake.place, found, records, NOW, newest_plan(lake.checkpoint)))


def taken_in(spark: SparkSession, lake: HoursLake) -> list[Rebuilt]:
    """Rebuild the closed hours that lack redriven records."""
    found = rejects(lake)
    hours = [
        hour
        for hour in not_taken_in(lake.place, PIPELINE, found.happened)
        if found.reached.windows_closed(hour)
    ]
    return [*rebuild(spark, lake.place, rebuild_of(found, hours))] if hours else []


def audited(spark: SparkSession, lake: HoursLake) -> Audit:
    """The audit, which balances at every moment."""
    found = audit_lake(spark, PIPELINE, lake.uri, lake.checkpoint, EVENT.watermark, lake.catalog)
    assert found.balanced
    return found


@STATE_READER
def test_they_are_in_the_tables_after_a_rebuild(spark: SparkSession, lake: HoursLake) -> None:
    """Until then they are late; what stays rejected stays counted."""
    before = audited(spark, lake)
    assert len(WRONG) > 3

    (ledger,) = appended(lake)

    between = audited(spark, lake)
    assert len(ledger.records) == len(WRONG)
    assert between.total.late == before.total.late + len(WRONG)
    assert between.total.published == before.total.published
    assert (between.rejected, between.raw) == (before.rejected, before.raw + len(WRONG))

    done = taken_in(spark, lake)

    after = audited(spark, lake)
    check(lake, mended(lines()))
    assert {one.hour for one in done} == {hour_values(hour) for hour in ledger.hours}
    assert {one.changed for one in done} == {True}
    not_rebuilt = sum(LATE[hour] for hour in HOURS if hour not in ledger.hours)
    assert after.total.late == not_rebuilt
    assert after.total.published == after.total.accepted - after.total.open - not_rebuilt
    assert (appended(lake), taken_in(spark, lake)) == ([], [])


@STATE_READER
def test_a_compaction_keeps_what_was_taken_in(spark: SparkSession, lake: HoursLake) -> None:
    """The hours need no other rebuild."""
    (ledger,) = appended(lake)
    taken_in(spark, lake)
    table, values = STATUS_COUNT.table, hour_values(ledger.hours[0])
    standing = standing_hour(lake.storage, table, values, lake.catalog.location(table, values))

    compact_hour(lake.place, progress_made(lake.checkpoint), standing)

    assert not_taken_in(lake.place, PIPELINE, rejects(lake).happened) == []
    audited(spark, lake)


@STATE_READER
def test_those_of_an_hour_still_open_wait_until_it_is_closed(
    spark: SparkSession, aws: str, tmp_path: Path, streamed: Path
) -> None:
    """The stream does not see them, and publishes its own."""
    lake = copied(streamed, tmp_path, HoursLake(tmp_path.as_uri(), glue_client()))
    wrong = some_event(Random(1), ONE + timedelta(minutes=33), signal="strong")
    stream(spark, [[wrong], [some_event(Random(2), ONE + timedelta(minutes=34))]], tmp_path)
    register(lake)

    ledgers = appended(lake)

    assert ONE in ledgers[0].hours
    assert ONE not in {one.hour for one in taken_in(spark, lake)}
    assert not_taken_in(lake.place, PIPELINE, ledgers) == [ONE]
    assert audited(spark, lake).total.late == 1

    stream(spark, [[some_event(Random(3), ONE + timedelta(minutes=90))], [], []], tmp_path)
    register(lake)
    audited(spark, lake)
    assert {one.hour for one in taken_in(spark, lake)} == {hour_values(ONE)}
    assert audited(spark, lake).total.late == 0


def sluice(lake: HoursLake, *arguments: str) -> Any:
    """What a redrive prints as JSON, in a process of its own."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "cli.main", "quarantine", *arguments, "--lake_uri", lake.uri),
            *("--format", "json"),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_from_the_list_to_the_tables_by_the_command_over_a_lake_on_s3(streamed: Path, aws: str) -> None:
    """Look first, apply, apply again; each record then says that it was redriven."""
    lake = HoursLake(f"s3://{new_bucket()}/a prefix", glue_client())
    for part, uri in (("lake", lake.uri), ("checkpoint", lake.checkpoint)):
        for path in (path for path in (streamed / part).rglob("*") if path.is_file()):
            write(open_storage(uri), path.relative_to(streamed / part).as_posix(), path.read_bytes())
    register(lake)
    asked = ("redrive", "--checkpoint_uri", lake.checkpoint, "--reason", "wrong_type", "--expression", MENDED)

    looked = sluice(lake, *asked)
    assert (looked["accepted"], looked["redrives"]) == (len(WRONG), [])
    assert not any("redrive" in path for path in lake.paths())

    applied, again = sluice(lake, *asked, "--apply"), sluice(lake, *asked, "--apply")

    assert [one["records"] for one in applied["redrives"]] == [len(WRONG)]
    assert len(applied["rebuilt"]) == len(AGGREGATES) * len({one["hour"][1] for one in applied["rebuilt"]})
    assert (again["already_redriven"], again["redrives"], again["rebuilt"]) == (len(WRONG), [], [])
    counts = sluice(lake, "list", "--reason", "wrong_type")
    assert sum(one["redriven"] for one in counts) == sum(one["records"] for one in counts) == len(WRONG)
    shown = sluice(lake, "show", "--redriven", "yes")
    assert [one["redriven"]["redrive"] for one in shown] == [1] * len(WRONG)
