"""Whatever ends a benchmark, it leaves no process, and the next one clears its folder away."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.run_folder import run_folder

HOLD_AN_ENGINE = """
import sys
from pathlib import Path
from benchmarks.engine_process import engine_process
with engine_process("http.server", ["--bind", "127.0.0.1", "0"], Path(sys.argv[1])) as engine:
    print(engine.session, flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="waits for a process that is no child")
def test_an_engine_ends_with_a_benchmark_that_is_killed(tmp_path: Path) -> None:
    """Though it is in a session of its own, and nobody is left to end it."""
    command = [sys.executable, "-c", HOLD_AN_ENGINE, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as benchmark:
        assert benchmark.stdout is not None
        engine = os.pidfd_open(int(benchmark.stdout.readline()))
        benchmark.kill()
    ended, _, _ = select.select([engine], [], [], 60)
    if not ended:
        signal.pidfd_send_signal(engine, signal.SIGKILL)
    os.close(engine)
    assert ended


def test_the_folder_of_a_run_goes_with_it(tmp_path: Path) -> None:
    """And with all that is in it."""
    with run_folder(tmp_path) as folder:
        (folder / "left").write_text("")
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_a_run_that_was_killed_goes_with_the_next(tmp_path: Path) -> None:
    """That of a run under way stays; and so does what is none of a run, whatever it is called."""
    (tmp_path / "run-of-mine").mkdir()
    with run_folder(tmp_path) as under_way:
        killed = tmp_path / "run-killed"
        killed.mkdir()
        for file in under_way.iterdir():
            (killed / file.name).write_bytes(file.read_bytes())
        with run_folder(tmp_path) as another:
            assert sorted(tmp_path.iterdir()) == sorted([tmp_path / "run-of-mine", under_way, another])
