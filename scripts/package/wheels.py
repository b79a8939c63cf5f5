"""Fetches the locked wheels that run on Glue, and reads what wheels say of themselves."""

import re
import subprocess
import sys
from collections.abc import Sequence
from email.parser import HeaderParser
from pathlib import Path
from zipfile import ZipFile

from glue_jobs.core.errors import SetupError
from scripts.package.lock import Package
from scripts.package.target import GLIBC, PLATFORMS, Target

_SECONDS = 300
"""How long fetching may take: 70 MB take seconds."""

_RETRIES = 2
_LAST_TRY = re.compile(r"Retrying \(Retry\(total=0,.*? broken by (.*?)(?: /\S*)?$", re.MULTILINE)


def fetch(packages: Sequence[Package], target: Target, folder: Path) -> None:
    """Put the wheel of each package that runs on that Glue into the folder, one of those that are locked.

    Raises:
        SetupError: there is no such wheel, or the package index does not answer.
    """
    wanted = folder / "wanted.txt"
    wanted.write_text("".join(f"{one.requirement}\n" for one in packages), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--disable-pip-version-check",
        "--progress-bar",
        "off",
    ]
    command += [
        "--retries",
        str(_RETRIES),
        "--no-deps",
        "--only-binary",
        ":all:",
        "--require-hashes",
        "--python-version",
        target.python,
    ]
    command += [f"--platform={platform}" for platform in PLATFORMS]
    command += ["--dest", str(folder), "-r", str(wanted)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise SetupError(f"{target.lock}: the package index has not answered for {_SECONDS} s") from error
    if done.returncode != 0:
        raise SetupError(f"{target.lock}: {_reason(done.stderr, target)}")
    wanted.unlink()


def _reason(said: str, target: Target) -> str:
    """Why pip has fetched nothing. It says the same of a silent index as of a missing wheel, but warns."""
    if silent := _LAST_TRY.search(said):
        return f"the package index does not answer: {silent[1]}; let PIP_INDEX_URL name one that does"
    if missing := re.search(r"No matching distribution found for (\S+)", said):
        return (
            f"the package index has no wheel of {missing[1]} for Python {target.python}, x86_64 and "
            f"glibc 2.{GLIBC}, which is Glue {target.glue}; lock a version that has one"
        )
    return f"pip could not fetch the wheels: {(said.strip().splitlines() or ['it said nothing'])[-1]}"


def named(wheel: Path) -> tuple[str, str]:
    """Name and version of a wheel, as its metadata have them."""
    headers = HeaderParser().parsestr(_metadata(wheel))
    return headers["Name"], headers["Version"]


def requirements_of(wheel: Path) -> list[str]:
    """What a wheel asks for."""
    return HeaderParser().parsestr(_metadata(wheel)).get_all("Requires-Dist", [])


def _metadata(wheel: Path) -> str:
    with ZipFile(wheel) as content:
        [name] = [one for one in content.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", one)]
        return content.read(name).decode("utf-8")
