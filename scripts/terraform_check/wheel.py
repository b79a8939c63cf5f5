"""Fetches the wheel of the bindings, the one whose SHA-256 is locked, and keeps it.

It comes from the package index that pip is told to ask.
"""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

_SECONDS = 300
"""How long fetching may take: 59 MB take seconds."""


class NotFetched(Exception):
    """The wheel cannot be had; its text says why and what to do."""


def wheel_of(lock: Path, folder: Path) -> Path:
    """The wheel that a lock file of one package names, in the folder; fetched where it is not there yet.

    Raises:
        NotFetched: the index does not have it or does not answer, or has another one.
    """
    sums = re.findall(r"--hash=sha256:([0-9a-f]{64})", lock.read_text(encoding="utf-8"))
    found = _locked_wheel(folder, sums)
    if found is None:
        _download(lock, folder)
        found = _locked_wheel(folder, sums)
    if found is None:
        raise NotFetched(f"{lock.name}: pip has put no wheel with the locked SHA-256 into {folder}")
    return found


def _locked_wheel(folder: Path, sums: list[str]) -> Path | None:
    wheels = sorted(folder.glob("*.whl"))
    return next((one for one in wheels if hashlib.sha256(one.read_bytes()).hexdigest() in sums), None)


def _download(lock: Path, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary", ":all:", "--require-hashes", "--dest", str(folder), "-r", str(lock)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise NotFetched(f"{lock.name}: the package index has not answered for {_SECONDS} s") from error
    if done.returncode != 0:
        why = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise NotFetched(f"{lock.name}: {why}; let PIP_INDEX_URL name an index that has the package")
