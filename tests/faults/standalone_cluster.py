"""A Spark cluster on this machine, of two workers with a core each: unlike `local[*]` it tries tasks again.

Spark starts a second attempt at a slow task on another host only, so one worker is `127.0.0.1` and the other
`localhost`.
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyspark

_SPARK = Path(pyspark.__file__).parent

ENVIRONMENT = {
    "SPARK_HOME": str(_SPARK),
    "SPARK_LOCAL_IP": "127.0.0.1",
    "PYSPARK_PYTHON": sys.executable,
    "PYSPARK_DRIVER_PYTHON": sys.executable,
}
"""What every process of the cluster and of a job on it is told."""

_SETTINGS = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.executor.memory": "600m",
    "spark.ui.enabled": "false",
    "spark.speculation": "true",
    "spark.speculation.interval": "100ms",
    "spark.speculation.minTaskRuntime": "0",
    "spark.speculation.multiplier": "1.1",
    "spark.speculation.quantile": "0.5",
    "spark.python.task.killTimeout": "60s",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "10",
}
"""Any task that takes longer than its fellows is tried twice, and the Python process of an attempt that is
given up has more than the usual two seconds to do harm; rows reach Python a few at a time."""


@contextmanager
def standalone_cluster(folder: Path, environment: Mapping[str, str]) -> Iterator[list[str]]:
    """What launches a job on the cluster, which ends with the block."""
    with ExitStack() as processes:
        start = _Starter(folder, environment, processes)
        master = start("master.Master", "--host", "127.0.0.1", "--port", "0", until=r"at (spark://\S+)")
        for host in ("127.0.0.1", "localhost"):
            own = ["--host", host, "-c", "1", "-m", "1g", "-d", str(folder / "work"), master]
            start("worker.Worker", *own, until=r"Successfully registered with master (\S+)")
        settings = [text for name, value in _SETTINGS.items() for text in ("--conf", f"{name}={value}")]
        yield [str(_SPARK / "bin" / "spark-submit"), "--master", master, *settings]


class _Starter:
    """Starts the daemons of Spark, each with a log of its own."""

    def __init__(self, folder: Path, environment: Mapping[str, str], processes: ExitStack) -> None:
        self._folder = folder
        self._environment = environment
        self._processes = processes
        self._started = 0

    def __call__(self, daemon: str, *arguments: str, until: str) -> str:
        """Start one and wait for the line that says it is ready; what the pattern finds in it."""
        command = [str(_SPARK / "bin" / "spark-class"), f"org.apache.spark.deploy.{daemon}", *arguments]
        process = subprocess.Popen(
            [*command, "--webui-port", "0"],
            env=self._environment,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._processes.callback(_end, process)
        assert process.stderr is not None
        for line in process.stderr:
            found = re.search(until, line)
            if found:
                return found[1]
        raise AssertionError(f"{daemon} did not start")


def _end(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    process.communicate()
