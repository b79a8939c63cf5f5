"""Over windows that are open a job changes from Spark 3.5 (Glue 5.1) to 4.1 (Glue 6.0), and back."""

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
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


AGGREGATES = tuple(f"aggregations/{name}" for name in TABLES)
PATHS = (*AGGREGATES, "raw/mobile_coverage", "quarantine/mobile_coverage")
"""Where the tables lie below the lake."""

Lake: TypeAlias = dict[str, Rows]
"""What every table held after a run, by its path."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where source, checkpoint and lake of all runs lie."""
    return tmp_path_factory.mktemp("glue5")


@pytest.fixture(scope="module")
def runs(folder: Path) -> list[Lake]:
    """The first files, and then the second files, on one checkpoint."""
    source = folder / "source"
    source.mkdir()
    (source / "_hidden.json").write_text("not to be read\n")
    return [run_with(folder, files) for files in (FIRST, SECOND)]


@pytest.fixture(scope="module")
def spark_4_and_back(runs: list[Lake], folder: Path) -> list[Lake]:
    """The third files by Spark 4.1, and then the fourth by 3.5, on the checkpoint of the runs before."""
    return [run_with(folder, THIRD, SPARK_4), run_with(folder, FOURTH)]


def run_with(folder: Path, new_files: list[InputFile], python: str = sys.executable, *more: str) -> Lake:
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
    return {path: rows_of(folder / "lake" / path) for path in PATHS}


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


def test_spark_3_5_publishes_what_the_model_says(runs: list[Lake]) -> None:
    """Every closed window once, every record in raw, every rejected one in quarantine with its reason."""
    assert runs == [expected(FIRST), expected(FIRST, SECOND)]


def test_spark_4_goes_on_from_a_checkpoint_of_3_5(
    runs: list[Lake], spark_4_and_back: list[Lake], folder: Path
) -> None:
    """Windows that 3.5 left open hold the events of both; nothing is read twice."""
    assert len(modelled(FIRST, SECOND).open) > 0
    assert any((folder / "checkpoint/state").rglob("[0-9]*.zip")), "no snapshot had to be read"
    assert spark_4_and_back[0] == expected(FIRST, SECOND, THIRD)


def test_spark_3_5_goes_on_from_a_checkpoint_of_4(runs: list[Lake], spark_4_and_back: list[Lake]) -> None:
    """The way back is open, though only 4.1 knows of the checksums that it leaves beside its files."""
    assert len(modelled(FIRST, SECOND, THIRD).open) > 0
    assert spark_4_and_back[1] == expected(FIRST, SECOND, THIRD, FOURTH)


def test_records_that_are_sent_again_count_once(tmp_path: Path) -> None:
    """The runs are those of 3.5, of 4.1, and of 3.5 again; each begins with records of the one before."""
    (tmp_path / "source").mkdir()
    files = sent_again([*FIRST, *SECOND, *THIRD])
    parts = (files[:5], sys.executable), (files[5:7], SPARK_4), (files[7:], sys.executable)
    for some, python in parts:
        lake = run_with(tmp_path, some, python, "--deduplicate", "payload")
    once = expected(FIRST, SECOND, THIRD)
    assert {path: lake[path] for path in AGGREGATES} == {path: once[path] for path in AGGREGATES}
    assert lake["raw/mobile_coverage"].total() == sum(len(file.records) for file in files)


def sent_again(files: list[InputFile]) -> list[InputFile]:
    """Each file but the first with the records of the one before it once more."""
    pairs = zip(files[1:], files, strict=False)
    more = [replace(file, records=[*file.records, *before.records]) for file, before in pairs]
    return [files[0], *more]


def expected(*runs_of_files: list[InputFile]) -> Lake:
    """What the model says after these runs; the source hides when and where a record arrived."""
    published, sent = modelled(*runs_of_files).published, records(*runs_of_files)
    hidden = {"arrival_time": None, "shard_id": None, "sequence_number": None}
    rejected = [(record.line, *record.rejection) for record in sent if record.rejection]
    return {
        **{f"aggregations/{table}": as_rows(published[table]) for table in TABLES},
        "raw/mobile_coverage": as_rows({"data": record.line, **hidden} for record in sent),
        "quarantine/mobile_coverage": as_rows(
            {"reason": reason, "field": name, "payload": line, **hidden} for line, reason, name in rejected
        ),
    }
