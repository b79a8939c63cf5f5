"""Which Java is good enough, and what is said about one that is not."""

from pathlib import Path

import pytest

from glue_jobs.core.errors import SetupError
from laptop.java import require_java


def java_saying(folder: Path, text: str, code: int = 0) -> None:
    """A program `bin/java` that prints `text` where Java prints its version."""
    program = folder / "bin" / "java"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho '{text}' >&2\nexit {code}\n")
    program.chmod(0o755)


@pytest.mark.parametrize("version", [17, 21])
@pytest.mark.parametrize("place", ["JAVA_HOME", "PATH"])
def test_java_17_and_21_are_found(tmp_path: Path, version: int, place: str) -> None:
    """In JAVA_HOME, or else in PATH."""
    java_saying(tmp_path, f'openjdk version "{version}.0.15" 2025-04-15')
    where = {"JAVA_HOME": str(tmp_path)} if place == "JAVA_HOME" else {"PATH": str(tmp_path / "bin")}
    assert require_java(where) == version


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('openjdk version "11.0.2" 2019-01-15', "is Java 11, Spark needs 17 or 21"),
        ('java version "1.8.0_392"', "is Java 1, Spark needs 17 or 21"),
        ("Unable to locate a Java Runtime", "does not say its version"),
    ],
)
def test_another_java_is_named(tmp_path: Path, text: str, expected: str) -> None:
    """Which program, what it is, what to install."""
    java_saying(tmp_path, text)
    with pytest.raises(SetupError, match=f"bin/java: {expected}; install Java 17"):
        require_java({"JAVA_HOME": str(tmp_path)})


def test_no_java_is_said(tmp_path: Path) -> None:
    """Nothing in PATH."""
    with pytest.raises(SetupError, match="no Java found, neither in JAVA_HOME nor in PATH; install Java 17"):
        require_java({"PATH": str(tmp_path)})


def test_a_wrong_java_home_is_named(tmp_path: Path) -> None:
    """Spark would use it, so PATH does not help."""
    with pytest.raises(SetupError, match=f"JAVA_HOME is {tmp_path}, which has no bin/java"):
        require_java({"JAVA_HOME": str(tmp_path), "PATH": "/usr/bin"})
