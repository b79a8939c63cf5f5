"""Repeats are dropped on Spark 3.5 too, by keys that are those of 4.1, over a change of Spark as well."""

import sys
from dataclasses import replace
from pathlib import Path

from tests.glue5.input_files import InputFile
from tests.glue5.test_mobile_coverage import FIRST, SECOND, SPARK_4, THIRD, Run, as_rows, modelled, run_with
from tests.glue5.window_model import TABLES


def sent_again(files: list[InputFile]) -> list[InputFile]:
    """Each file but the first with the records of the one before it once more."""
    pairs = zip(files[1:], files, strict=False)
    more = [replace(file, records=[*file.records, *before.records]) for file, before in pairs]
    return [files[0], *more]


def test_records_that_are_sent_again_count_once(tmp_path: Path) -> None:
    """The runs are those of 3.5, of 4.1, and of 3.5 again; each begins with records of the one before."""
    (tmp_path / "source").mkdir()
    files = sent_again([*FIRST, *SECOND, *THIRD])
    parts = (files[:5], sys.executable), (files[5:7], SPARK_4), (files[7:], sys.executable)
    for some, python in parts:
        run = run_with(tmp_path, some, python, "--deduplicate", "payload")
    assert published(run) == {
        table: as_rows(modelled(FIRST, SECOND, THIRD).published[table]) for table in TABLES
    }
    assert run.tables["raw/mobile_coverage"].total() == sum(len(file.records) for file in files)


def published(run: Run) -> dict[str, object]:
    """The aggregates' tables."""
    return {table: run.tables[f"aggregations/{table}"] for table in TABLES}
