"""The engines that stand beside the job, over a few records, to the end and to equal results."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import process_tree
from benchmarks.engine_process import EngineFailed, engine_process
from benchmarks.engines import DUCKDB, FROM_JSON, ON_GLUE_RAW, Engine, Input, run
from benchmarks.equality import check_side_tables, check_tables
from benchmarks.input_files import input_folder

RECORDS, FILES, FILES_PER_TRIGGER = 600, 4, 2

_LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds processes through /proc")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Input:
    """Six hundred records of a day."""
    keep = tmp_path_factory.mktemp("input")
    return Input(input_folder(keep, RECORDS, FILES, RECORDS, lambda made: None), RECORDS, FILES_PER_TRIGGER)


@pytest.fixture(scope="module")
def reference(data: Input, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What DuckDB makes of them."""
    output = tmp_path_factory.mktemp("duckdb") / "output"
    run(DUCKDB, data, output)
    return output


@pytest.mark.parametrize(
    ("engine", "raw_rows"), [(FROM_JSON, 0), (ON_GLUE_RAW, RECORDS)], ids=["from_json", "on Glue"]
)
def test_engines_give_equal_results(
    engine: Engine, raw_rows: int, data: Input, reference: Path, tmp_path: Path
) -> None:
    """All three tables, in two batches and one that closes windows; every figure is there."""
    done = run(engine, data, tmp_path / "output")
    assert check_tables(engine.name, tmp_path / "output", reference) > RECORDS
    check_side_tables(engine.name, tmp_path / "output", raw_rows)
    assert [event["records_in"] for event in done.events] == [RECORDS / 2, RECORDS / 2, 0]
    assert None not in vars(done.measurement).values()


def test_a_failed_engine_says_why(tmp_path: Path) -> None:
    """Its last word is in the error."""
    with (
        pytest.raises(EngineFailed, match="no_such_module"),
        engine_process("benchmarks.no_such_module", [], tmp_path) as process,
    ):
        process.run_to_end(60)


_FORKS = """
import os, time
held = bytearray(200_000_000)
if os.fork():
    print(flush=True)
time.sleep(600)
"""


@_LINUX
def test_a_forked_copy_is_not_more_memory() -> None:
    """As long as it has not become another program; 200 MB stay 200 MB."""
    command = [sys.executable, "-c", _FORKS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"\n"
            assert 200e6 < process_tree.resident_bytes(process.pid) < 300e6
        finally:
            process_tree.end(process.pid)


@_LINUX
def test_no_process_is_left(tmp_path: Path) -> None:
    """What an engine has started ends with the block, also what is in a group of its own."""
    with engine_process("http.server", ["--bind", "127.0.0.1", "0"], tmp_path) as process:
        process.run_until(lambda: process.peak_bytes > 0, 60)
        session = process.session
        assert process_tree.resident_bytes(session) > 0
    assert process_tree.resident_bytes(session) == 0
