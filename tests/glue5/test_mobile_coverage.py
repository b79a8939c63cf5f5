"""The job on Spark 3.5 and Python 3.11, which is Glue 5.1: run, run again, and run on with new files.

Then Spark 4.1, which is Glue 6.0, goes on from the same checkpoint, and 3.5 after that.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow.parquet as pq
import pyspark
import pytest

from tests.glue5.input_files import InputFile, input_files
from tests.glue5.window_model import TABLES, Model

ROOT = Path(__file__).resolve().parents[2]
FIRST, SECOND, THIRD, FOURTH = input_files(0, 5), input_files(5, 2), input_files(7, 3), input_files(10, 2)

SPARK_4 = os.environ.get("SPARK4_PYTHON", str(ROOT / ".venv/bin/python"))
"""The Python of the environment with Spark 4.1."""

OFTEN = (
    "--conf spark.sql.streaming.stateStore.minDeltasForSnapshot=2 "
    "--conf spark.sql.streaming.stateStore.maintenanceInterval=100ms pyspark-shell"
)
"""Snapshots of the state with every other version, so that one Spark has to read those of the other."""

Rows: TypeAlias = "Counter[str]"
"""Rows as text, each with how often it is there: two lists are compared whole, whatever their order."""


@dataclass(frozen=True)
class Run:
    """One run of the job: the events it printed, and the lake as it left it."""

    events: list[dict[str, Any]]
    files: dict[str, bytes]
    tables: dict[str, Rows]

    def total(self, name: str) -> int:
        return sum(event[name] for event in self.events)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where source, checkpoint and lake of all runs lie."""
    return tmp_path_factory.mktemp("glue5")


@pytest.fixture(scope="module")
def runs(folder: Path) -> list[Run]:
    """The first files, the same again, and then the second files, all on one checkpoint."""
    source = folder / "source"
    source.mkdir()
    (source / "_hidden.json").write_text("not to be read\n")
    return [run_with(folder, files) for files in (FIRST, [], SECOND)]


@pytest.fixture(scope="module")
def spark_4_and_back(runs: list[Run], folder: Path) -> list[Run]:
    """The third files by Spark 4.1, and then the fourth by 3.5, on the checkpoint of the runs before."""
    return [run_with(folder, THIRD, SPARK_4), run_with(folder, FOURTH)]


def run_with(folder: Path, new_files: list[InputFile], python: str = sys.executable, *more: str) -> Run:
    """Put the files where the job reads, run it to its end, and look at the lake."""
    for file in new_files:
        file.write(folder / "source")
    done = subprocess.run(
        [python, "-m", "glue_jobs.streaming.mobile_coverage", *arguments(folder), *more],
        cwd=ROOT,
        env={
            **os.environ,
            "PYSPARK_PYTHON": python,
            "PYSPARK_SUBMIT_ARGS": OFTEN,
            "TZ": "America/Lima",
        },
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    lake = folder / "lake"
    files = {path.relative_to(lake).as_posix(): path.read_bytes() for path in lake.rglob("*.*")}
    tables = {path: rows_of(lake / path) for path in table_paths()}
    return Run([json.loads(line) for line in done.stdout.splitlines()], files, tables)


def arguments(folder: Path) -> list[str]:
    """One file in each batch, so that the model knows what a batch holds."""
    options = {
        "source": "files",
        "source_path": (folder / "source").as_uri(),
        "lake_uri": (folder / "lake").as_uri(),
        "checkpoint_uri": (folder / "checkpoint").as_uri(),
        "run_mode": "available_now",
        "register_partitions": "false",
        "max_files_per_trigger": "1",
    }
    return [text for name, value in options.items() for text in (f"--{name}", value)]


def table_paths() -> list[str]:
    """Where the tables lie below the lake."""
    return [*(f"aggregations/{name}" for name in TABLES), "raw/mobile_coverage", "quarantine/mobile_coverage"]


def rows_of(table: Path) -> Rows:
    """Every row of every file that a plain listing shows."""
    files = sorted(table.rglob("*.parquet"))
    return as_rows(row for file in files for row in pq.ParquetFile(file).read().to_pylist())


def as_rows(rows: Any) -> Rows:
    """4 and 4.0 are one value, as they are in JSON; all else is compared as it is written."""
    return Counter(repr(sorted((name, _plain(value)) for name, value in row.items())) for row in rows)


def _plain(value: Any) -> Any:
    if isinstance(value, int):
        return float(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def modelled(*runs_of_files: list[InputFile]) -> Model:
    """The model after these runs."""
    model = Model()
    for files in runs_of_files:
        model.run(files)
    return model


def records(*runs_of_files: list[InputFile]) -> list[Any]:
    """Every record that was sent."""
    return [record for files in runs_of_files for file in files for record in file.records]


def test_it_is_glue_5_1() -> None:
    """The versions are those of Glue 5.1; with others this folder would prove nothing."""
    assert (pyspark.__version__, sys.version_info[:2]) == ("3.5.6", (3, 11))


def test_the_input_has_what_it_should_have() -> None:
    """Some records are late, some windows stay open, and every reason of rejection occurs."""
    model, with_edges = modelled(FIRST, SECOND), [*FIRST[2:], *SECOND]
    assert model.late == 2 * len(with_edges) + 1  # the batch that ends a run makes one more of them late
    assert len(model.open) > 0
    assert len({record.rejection for record in records(FIRST) if record.rejection}) == 9


@pytest.mark.parametrize("table", TABLES)
def test_published_windows_are_those_of_the_model(runs: list[Run], table: str) -> None:
    """A plain listing of the files gives every closed window once, with the right figures."""
    assert runs[0].tables[f"aggregations/{table}"] == as_rows(modelled(FIRST).published[table])


def test_every_record_is_in_raw_as_it_came(runs: list[Run]) -> None:
    """Good, bad and late records alike; the source hides when and where they arrived."""
    hidden = {"arrival_time": None, "shard_id": None, "sequence_number": None}
    expected = as_rows({"data": record.line, **hidden} for record in records(FIRST))
    assert runs[0].tables["raw/mobile_coverage"] == expected


def test_every_rejected_record_is_in_quarantine_with_its_reason(runs: list[Run]) -> None:
    """No accepted record is there, and no rejected one is missing."""
    assert runs[0].tables["quarantine/mobile_coverage"] == quarantined(records(FIRST))


def quarantined(sent: list[Any]) -> Rows:
    """What quarantine should hold of these records."""
    hidden = {"arrival_time": None, "shard_id": None, "sequence_number": None}
    rejected = [(record.line, *record.rejection) for record in sent if record.rejection]
    return as_rows(
        {"reason": reason, "field": name, "payload": line, **hidden} for line, reason, name in rejected
    )


def test_files_lie_in_the_folder_of_their_windows_hour(runs: list[Run]) -> None:
    """`event_date` and `hour` say the UTC hour of the window's start, whatever the machine's time zone."""
    folders = [Path(path).parts for path in runs[0].files]
    hours = {"/".join(parts[2:4]) for parts in folders if parts[0] == "aggregations"}
    windows = {row["window_start"] for rows in modelled(FIRST).published.values() for row in rows}
    assert hours == {f"event_date={start:%Y-%m-%d}/hour={start:%H}" for start in windows}


def test_batches_report_what_they_took(runs: list[Run]) -> None:
    """One event for each file and one for the batch that closes windows; the counts add up."""
    sent = records(FIRST)
    assert len(runs[0].events) == len(FIRST) + 1
    assert runs[0].total("records_in") == len(sent)
    assert runs[0].total("rejected") == sum(record.rejection is not None for record in sent)


def test_running_again_changes_nothing(runs: list[Run]) -> None:
    """Without new files the same checkpoint leaves the lake byte for byte as it was."""
    assert runs[1].files == runs[0].files


def test_new_files_are_taken_up_where_the_last_run_ended(runs: list[Run]) -> None:
    """Windows that were open are completed, closed ones stay, and nothing is read twice."""
    model, tables = modelled(FIRST, SECOND), runs[2].tables
    assert {path: tables[path] for path in table_paths()[:3]} == {
        f"aggregations/{table}": as_rows(model.published[table]) for table in TABLES
    }
    assert tables["raw/mobile_coverage"].total() == len(records(FIRST, SECOND))
    assert tables["quarantine/mobile_coverage"] == quarantined(records(FIRST, SECOND))


def test_spark_4_goes_on_from_a_checkpoint_of_3_5(
    runs: list[Run], spark_4_and_back: list[Run], folder: Path
) -> None:
    """Windows that 3.5 left open hold the events of both; nothing is read twice."""
    assert len(modelled(FIRST, SECOND).open) > 0
    assert any((folder / "checkpoint/state").rglob("[0-9]*.zip")), "no snapshot had to be read"
    assert published(spark_4_and_back[0]) == expected(FIRST, SECOND, THIRD)


def test_spark_3_5_goes_on_from_a_checkpoint_of_4(runs: list[Run], spark_4_and_back: list[Run]) -> None:
    """The way back is open, though only 4.1 knows of the checksums that it leaves beside its files."""
    assert len(modelled(FIRST, SECOND, THIRD).open) > 0
    assert published(spark_4_and_back[1]) == expected(FIRST, SECOND, THIRD, FOURTH)


def published(run: Run) -> dict[str, Rows]:
    """The tables of a run, and how many records raw holds."""
    tables = {path: rows for path, rows in run.tables.items() if path != "raw/mobile_coverage"}
    return {**tables, "raw": Counter({"records": run.tables["raw/mobile_coverage"].total()})}


def expected(*runs_of_files: list[InputFile]) -> dict[str, Rows]:
    """The same, of the model after these runs."""
    model, sent = modelled(*runs_of_files), records(*runs_of_files)
    tables = {f"aggregations/{table}": as_rows(model.published[table]) for table in TABLES}
    raw = Counter({"records": len(sent)})
    return {**tables, "quarantine/mobile_coverage": quarantined(sent), "raw": raw}
