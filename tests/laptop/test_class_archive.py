"""The archive of Spark's classes that a JVM starts from."""

import os
import shlex
import subprocess
from datetime import date
from pathlib import Path

import pyspark
import pytest
from pyspark.sql import SparkSession

from glue_jobs.core.errors import SetupError
from glue_jobs.core.runtime import CLASS_ARCHIVE, _java_options
from laptop.class_archive import make_archive
from producers.mobile_events import SHIPPED_CSV, read_rows, replay


def started_with(archive: Path) -> "subprocess.CompletedProcess[str]":
    """A JVM with the options of a job's, asked for nothing but to start."""
    return java(*shlex.split(_java_options(archive)), "-version")


def java(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """The Java that Spark would start."""
    home = os.environ.get("JAVA_HOME")
    program = Path(home, "bin", "java") if home else "java"
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def test_an_archive_that_does_not_fit_is_no_obstacle(tmp_path: Path) -> None:
    """After other jars were installed a job starts as it does without one, and says nothing."""
    archive = tmp_path / "a folder" / "spark-classes.jsa"
    archive.parent.mkdir()
    (launcher,) = Path(pyspark.__file__).parent.glob("jars/spark-launcher_*.jar")
    java(f"-XX:ArchiveClassesAtExit={archive}", "-cp", str(launcher), "org.apache.spark.launcher.Main", "x")
    assert archive.exists()

    started = started_with(archive)

    assert "SharedArchiveFile" in _java_options(archive)
    assert (started.returncode, started.stdout) == (0, "")
    assert 'version "' in started.stderr
    assert "warning" not in started.stderr


def test_without_an_archive_none_is_asked_for(tmp_path: Path) -> None:
    """An environment that was made by other means than `make setup`."""
    assert "SharedArchiveFile" not in _java_options(tmp_path / "none.jsa")


@pytest.mark.skipif(not CLASS_ARCHIVE.exists(), reason="this environment has no archive of classes")
@pytest.mark.skipif(
    not Path("/proc/self/maps").exists(), reason="what a process maps is told by Linux's /proc"
)
def test_the_spark_that_is_installed_starts_from_its_archive(spark: SparkSession) -> None:
    """It is mapped into the memory of the JVM, which would silently do without."""
    assert spark._jvm is not None
    process = spark._jvm.java.lang.ProcessHandle.current().pid()

    assert CLASS_ARCHIVE.name in Path(f"/proc/{process}/maps").read_text()


def test_a_run_that_fails_leaves_no_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither half of a new one, with which no JVM would start, nor the one of before."""
    archive = tmp_path / "spark-classes.jsa"
    archive.write_bytes(b"of another Spark")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "no java"))

    with pytest.raises(SetupError, match=r"ended with 1: .*Spark does not start; it needs a Java"):
        make_archive(archive, replay(read_rows(SHIPPED_CSV)[:3], date(2026, 3, 1)))

    assert list(tmp_path.iterdir()) == []
