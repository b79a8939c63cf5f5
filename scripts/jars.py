"""Fetches the jars that a lock file names into a folder.

    python -m scripts.jars iceberg-jars.lock .venv/iceberg-jars
    python -m scripts.jars s3-jars.lock var/s3-jars

The Ivy that comes with Spark fetches them, from its own default place or as the settings file says that
SLUICE_IVY_SETTINGS names. Each must have the SHA-256 of the lock file. What is there is not fetched again,
and what the lock file no longer names goes. Once all are there the folder has the lock file, too.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import quoteattr

_NAMES = "[artifact]-[revision].[ext]"
_SECONDS = 300
"""How long fetching may take: 70 MB take seconds."""


class NotFetched(Exception):
    """The jars cannot be had; its text says which and why."""


@dataclass(frozen=True)
class Jar:
    """A line of the lock file."""

    organisation: str
    name: str
    version: str
    sha256: str

    def path(self, folder: Path) -> Path:
        return folder / f"{self.name}-{self.version}.jar"

    def is_in(self, folder: Path) -> bool:
        """Whether the folder has it, byte for byte."""
        path = self.path(folder)
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == self.sha256


def locked_jars(text: str) -> list[Jar]:
    """The jars that a lock file names."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [Jar(*re.split("[: ]", line)) for line in lines]


def fetch(jars: Iterable[Jar], folder: Path) -> None:
    """Put the jars into the folder, those that are not there yet.

    Raises:
        NotFetched: one cannot be fetched, or is not the one of the lock file.
    """
    missing = [jar for jar in jars if not jar.is_in(folder)]
    if not missing:
        return
    for jar in missing:
        jar.path(folder).unlink(missing_ok=True)
    _run_ivy(missing, folder)
    for jar in missing:
        if not jar.is_in(folder):
            jar.path(folder).unlink(missing_ok=True)
            raise NotFetched(f"{jar.name} {jar.version} is not the jar whose SHA-256 is locked")


def _run_ivy(jars: Iterable[Jar], folder: Path) -> None:
    """Exactly these artifacts and nothing that they ask for."""
    with tempfile.TemporaryDirectory() as work:
        wanted = Path(work, "ivy.xml")
        wanted.write_text(_ivy_file(jars), encoding="utf-8")
        command = [
            _java(),
            "-jar",
            str(_ivy()),
            "-ivy",
            str(wanted),
            "-cache",
            str(Path(work, "cache")),
            "-warn",
        ]
        command += ["-types", "jar", "-retrieve", str(folder.resolve() / _NAMES)]
        if "SLUICE_IVY_SETTINGS" in os.environ:
            command += ["-settings", os.environ["SLUICE_IVY_SETTINGS"]]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotFetched(f"Ivy, which comes with Spark, did not end well: {error}") from error
    if done.returncode != 0:
        raise NotFetched(f"Ivy could not fetch them: {_reason(done.stdout + done.stderr)}")


def _ivy_file(jars: Iterable[Jar]) -> str:
    lines = [
        f"<dependency org={quoteattr(jar.organisation)} name={quoteattr(jar.name)} "
        f'rev={quoteattr(jar.version)} transitive="false" conf="default->master"/>'
        for jar in jars
    ]
    return (
        '<ivy-module version="2.0"><info organisation="sluice" module="jars"/>'
        '<configurations><conf name="default"/></configurations>'
        f"<dependencies>{''.join(lines)}</dependencies></ivy-module>"
    )


def _ivy() -> Path:
    """That of pyspark, or where pyspark is there without jars, as in Glue's image, that of SPARK_HOME."""
    spark = find_spec("pyspark")
    assert spark is not None
    assert spark.origin is not None
    homes = (Path(spark.origin).parent, Path(os.environ.get("SPARK_HOME", ".")))
    return next(jar for home in homes for jar in (home / "jars").glob("ivy-*.jar"))


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    return str(Path(home, "bin", "java")) if home else "java"


def _reason(output: str) -> str:
    """The first line that tells of a failure; Ivy says much."""
    lines = [" ".join(line.split()) for line in output.splitlines() if line.strip(" :")]
    telling = [line for line in lines if "not found" in line or "Exception" in line or "rror" in line]
    return (telling or lines or ["it said nothing"])[0]


def fill(lock: Path, folder: Path) -> int:
    """Let the folder hold the jars of the lock file, no others, and at last a copy of it; their bytes.

    Raises:
        NotFetched: the jars cannot be had; the folder has no lock file then.
    """
    whole = folder / lock.name
    whole.unlink(missing_ok=True)
    jars = locked_jars(lock.read_text(encoding="utf-8"))
    fetch(jars, folder)
    for path in set(folder.glob("*.jar")) - {jar.path(folder) for jar in jars}:
        path.unlink()
    shutil.copyfile(lock, whole)
    return sum(jar.path(folder).stat().st_size for jar in jars)


def main(lock: Path, folder: Path) -> int:
    """Fetch; 0 where all are there."""
    try:
        size = fill(lock, folder)
    except NotFetched as error:
        print(f"jars: {lock.name}: {error}; they come from a Maven repository", file=sys.stderr)
        return 1
    print(f"jars: those of {lock.name}, {size / 1e6:.1f} MB, are in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
