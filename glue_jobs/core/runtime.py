"""Where a job runs: on Glue, or in a Spark session of its own on any other machine.

The only module that knows `awsglue`, and it imports it only on Glue.
"""

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pyspark.errors import PySparkRuntimeError
from pyspark.sql import SparkSession

from glue_jobs.core.errors import OptionError, SetupError, SluiceError
from glue_jobs.core.redaction import traceback_of, without_secret_causes

_LOGGING = Path(__file__).with_name("log4j2.properties")

_SESSION = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.streaming.stateStore.providerClass": (
        "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"
    ),
    "spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled": "true",
    # A glob over a folder names each file; listing them one by one keeps their order (sources.files).
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "1000000",
    # What goes to Python at once; a binary column holds no more than 2 GiB. Spark 3.5 knows no such bound.
    "spark.sql.execution.arrow.maxBytesPerBatch": str(16 * 2**20),
}

_SPARK_3 = {
    # There the rows are all that can be bounded: of the largest records these are 320 MiB. The decode stage
    # puts small batches together again.
    "spark.sql.execution.arrow.maxRecordsPerBatch": "32",
}

CLASS_ARCHIVE = Path(sys.prefix, "spark-classes.jsa")
"""Spark's classes as a JVM holds them in memory, so that none has to be read and checked anew at each start.

`laptop.class_archive` makes it. A JVM that it does not fit starts without it, as it does where there is none.
"""


def _java_options(archive: Path) -> str:
    """For the JVM of a job on this machine; what they save is in docs/decisions/0014."""
    options = [
        f"-Dlog4j2.configurationFile={_LOGGING}",
        "-XX:TieredStopAtLevel=1",  # the second compiler costs a job of minutes more than it gives back
    ]
    if archive.exists():
        quiet = ["-Xlog:cds=off", "-Xlog:cds+dynamic=off"]  # it would say on stdout that it does not fit
        options += [f"-XX:SharedArchiveFile={archive}", *quiet]
    return " ".join(f'"{option}"' for option in options)


_THIS_MACHINE: dict[str, bool | float | int | str | None] = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.extraJavaOptions": _java_options(CLASS_ARCHIVE),
}


@dataclass(frozen=True)
class Runtime:
    """A Spark session, and Glue's context around it where the job runs on Glue."""

    spark: SparkSession
    glue: Any | None = None

    @property
    def logs_to_cloudwatch(self) -> bool:
        """Whether CloudWatch reads what is printed, and metrics out of it: on Glue, and in a task of ECS.

        ECS says so in AWS_EXECUTION_ENV (ECS developer guide, environment variables of a container).
        """
        return self.glue is not None or os.environ.get("AWS_EXECUTION_ENV", "").startswith("AWS_ECS")


def on_glue(argv: Sequence[str]) -> bool:
    """Whether Glue started the job: it gives each run a `--JOB_NAME`."""
    return any(argument == "--JOB_NAME" or argument.startswith("--JOB_NAME=") for argument in argv)


def brings_its_settings(argv: Sequence[str]) -> bool:
    """Whether the session's jars and fixed settings come with the job: from Glue, or from spark-submit."""
    return on_glue(argv) or "PYSPARK_GATEWAY_PORT" in os.environ


def glue_arguments(argv: Sequence[str], names: Iterable[str]) -> dict[str, str]:
    """The arguments among `names` that were given, as Glue's own parser reads them.

    Raises:
        OptionError: Glue's parser refuses the command line.
    """
    from awsglue.utils import GlueArgumentError, getResolvedOptions

    given = [name for name in names if any(re.match(rf"--{name}(=|$)", argument) for argument in argv)]
    try:
        resolved = getResolvedOptions(list(argv), ["JOB_NAME", *given])
    except (GlueArgumentError, RuntimeError) as error:
        raise OptionError(str(error)) from error
    return {name: resolved[name] for name in given}


@contextmanager
def open_runtime(
    job_name: str,
    argv: Sequence[str],
    shuffle_partitions: int | None = None,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Runtime]:
    """The runtime of one job run; ended, and on Glue committed, when the block ends.

    `shuffle_partitions` defaults to one for each core: Spark's 200 would cost seconds in every trigger.
    `settings` are those that a session has from its start or never; Glue and spark-submit bring their own.
    """
    opened = _glue_runtime(argv) if on_glue(argv) else _own_runtime(job_name, settings)
    with opened as runtime:
        cores = runtime.spark.sparkContext.defaultParallelism
        session = _session_of(runtime.spark.version)
        session["spark.sql.shuffle.partitions"] = str(shuffle_partitions or cores)
        for key, value in session.items():
            runtime.spark.conf.set(key, value)
        yield runtime


def _session_of(version: str) -> dict[str, str]:
    """What every session of this Spark is set to."""
    return {**_SESSION, **_SPARK_3} if version.startswith("3.") else dict(_SESSION)


@contextmanager
def _own_runtime(job_name: str, settings: Mapping[str, str]) -> Iterator[Runtime]:
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName(job_name)
    if not brings_its_settings(()):
        builder = builder.master("local[*]").config(map={**_THIS_MACHINE, **settings})
        builder = builder.config("spark.hadoop.fs.permissions.umask-mode", f"{_umask():03o}")
    try:
        spark = builder.getOrCreate()
    except PySparkRuntimeError as error:
        raise SetupError("Spark does not start; it needs a Java 17 or 21 in JAVA_HOME or on PATH") from error
    try:
        yield Runtime(spark)
    finally:
        spark.stop()


def _umask() -> int:
    """That of this process; Hadoop, which writes the checkpoint, would use one of its own."""
    umask = os.umask(0o077)  # it can only be asked by setting it
    os.umask(umask)
    return umask


@contextmanager
def _glue_runtime(argv: Sequence[str]) -> Iterator[Runtime]:
    from awsglue.context import GlueContext
    from awsglue.job import Job
    from awsglue.utils import getResolvedOptions
    from pyspark import SparkContext

    glue = GlueContext(SparkContext.getOrCreate())
    arguments = getResolvedOptions(list(argv), ["JOB_NAME"])
    job = Job(glue)
    job.init(arguments["JOB_NAME"], arguments)
    yield Runtime(glue.spark_session, glue)
    job.commit()


def run_job(main: Callable[[Sequence[str]], None], argv: Sequence[str]) -> int:
    """Run a job's `main` as a program; its exit code.

    On Glue an error is raised on, so that Glue shows it as the reason of the failed run. Elsewhere it becomes
    one line: 2 where an argument is wrong, 1 where the run failed, 130 after Ctrl-C.
    """
    try:
        main(argv)
    except OptionError as error:
        return _failed(error, argv, 2)
    except SluiceError as error:
        return _failed(error, argv, 1)
    except OSError as error:  # a disk or S3 refuses; the text names the place
        failure = SluiceError(str(error))
        failure.__cause__ = error
        return _failed(failure, argv, 1)
    except KeyboardInterrupt:
        return 130
    return 0


def _failed(error: SluiceError, argv: Sequence[str], code: int) -> int:
    if on_glue(argv):
        without_secret_causes(error)
        raise error
    if os.environ.get("SLUICE_TRACEBACK"):
        print(traceback_of(error), end="", file=sys.stderr)
    print(f"{Path(argv[0]).name}: {error}", file=sys.stderr)
    return code
