"""Asks about everything in the lock files: known vulnerabilities, and releases that were withdrawn.

    python -m scripts.audit

Withdrawn ("yanked") releases are told by the package index itself. Known vulnerabilities are asked of the
sources that pip-audit knows; one that does not know of an old release with famous holes is no source, for
silence looks just like good news. A finding may be accepted for a time in pyproject.toml:

    [[tool.sluice.audit.accepted]]
    id = "CVE-2026-1"
    package = "some-package"
    reason = "why it can be lived with"
    until = 2027-03-01

Exit code 0: all was asked, nothing is open. 1: something is open. 3: not everything could be asked.
"""

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "requirements.lock": "3.13",
    "requirements-glue5.lock": "3.11",
    "requirements-build.lock": "3.11",
    "requirements-checkov.lock": "3.13",
    "requirements-bindings.lock": "3.13",
}
"""The lock files, and the Python that each is for."""

FAMOUS = "jinja2==2.4.1"
"""A release that every source of vulnerabilities knows: its sandbox can be left (CVE-2016-10745)."""

OPEN, NOT_ASKED = 1, 3
_SECONDS = 120

Source = Sequence[str]
"""The arguments that make pip-audit ask one source of vulnerabilities."""

SOURCES: tuple[Source, ...] = (("-s", "pypi"), ("-s", "osv"))


class NotAsked(Exception):
    """A source did not answer, or not about everything."""


@dataclass(frozen=True)
class Finding:
    """Something wrong with a locked package: `id` is that of the vulnerability, or `withdrawn`.

    `aliases` are its ids elsewhere, the CVE for one.
    """

    lock: str
    package: str
    version: str
    id: str
    advice: str
    aliases: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.lock}: {self.package} {self.version}: {self.id} ({self.advice})"


@dataclass(frozen=True)
class Accepted:
    """A finding, by any of its ids, that is lived with and looked at again from `until` on."""

    id: str
    package: str
    reason: str
    until: date

    def covers(self, finding: Finding, today: date) -> bool:
        same = self.package == finding.package and self.id in (finding.id, *finding.aliases)
        return same and today < self.until


def open_findings(found: Iterable[Finding], accepted: Sequence[Accepted], today: date) -> list[Finding]:
    """Those that nobody has accepted, or not for so long."""
    return [one for one in found if not any(known.covers(one, today) for known in accepted)]


def vulnerabilities(lock: Path, source: Source) -> list[Finding]:
    """What a source knows about the packages of a lock file.

    Raises:
        NotAsked: it does not answer, or not about every package.
    """
    command = [sys.executable, "-m", "pip_audit", *source, "--disable-pip", "--no-deps", "-r", str(lock)]
    command += ["-f", "json", "--progress-spinner", "off"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        packages = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError) as error:
        raise NotAsked(f"{lock.name}: {source[1]} does not answer") from error
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if unknown:
        raise NotAsked(
            f"{lock.name}: {source[1]} knows nothing about {len(unknown)} packages, as {unknown[0]}"
        )
    return [_finding(lock.name, package, known) for package in packages for known in package["vulns"]]


def _finding(lock: str, package: dict[str, Any], known: dict[str, Any]) -> Finding:
    fixed = f"fixed in {', '.join(known['fix_versions'])}" if known["fix_versions"] else "not fixed yet"
    return Finding(lock, package["name"], package["version"], known["id"], fixed, tuple(known["aliases"]))


def knows_the_famous(source: Source) -> bool:
    """Whether a source really has vulnerabilities to tell of."""
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder, "famous")
        lock.write_text(f"{FAMOUS}\n")
        try:
            return bool(vulnerabilities(lock, source))
        except NotAsked:
            return False


def withdrawn(lock: Path, python_version: str) -> list[Finding]:
    """The releases of a lock file that the package index says were taken back.

    Raises:
        NotAsked: the index does not answer.
    """
    with tempfile.TemporaryDirectory() as nothing_installed:
        command = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--dry-run", "--no-deps"]
        command += ["--python-version", python_version, "--target", nothing_installed, "-r", str(lock)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if done.returncode != 0:
        raise NotAsked(
            f"{lock.name}: the package index does not answer: {done.stderr.strip().splitlines()[-1:]}"
        )
    told = re.findall(r"`(\S+)==(\S+)` is yanked(?: \(reason: \"(.*)\"\))?", done.stderr)
    return [
        Finding(lock.name, name, version, "withdrawn", reason or "no reason")
        for name, version, reason in told
    ]


def accepted_in(pyproject: str) -> list[Accepted]:
    """The accepted findings of a `pyproject.toml`."""
    settings = tomllib.loads(pyproject).get("tool", {}).get("sluice", {}).get("audit", {})
    return [Accepted(**one) for one in settings.get("accepted", [])]


def ask(locks: Sequence[Path], sources: Sequence[Source]) -> tuple[list[Finding], str]:
    """What is known about the packages of the lock files, and what could not be asked, if anything."""
    found: list[Finding] = []
    try:
        for lock in locks:
            found += withdrawn(lock, LOCKS[lock.name])
        source = next((source for source in sources if knows_the_famous(source)), None)
        if source is None:
            return found, "no source of known vulnerabilities can be reached from here; ask where one can"
        for lock in locks:
            found += vulnerabilities(lock, source)
    except NotAsked as error:
        return found, str(error)
    return found, ""


def report(found: Sequence[Finding], accepted: Sequence[Accepted], today: date) -> int:
    """Print the findings; the number of open ones."""
    still_open = open_findings(found, accepted, today)
    for one in found:
        print(f"audit: {'OPEN' if one in still_open else 'accepted'}: {one}")
    return len(still_open)


def audit(locks: Sequence[Path], sources: Sequence[Source], accepted: Sequence[Accepted], today: date) -> int:
    """Ask about every lock file, say what was found and what was not asked; the exit code."""
    found, not_asked = ask(locks, sources)
    still_open = report(found, accepted, today)
    names = ", ".join(lock.name for lock in locks)
    if not_asked:
        print(f"audit: NOT AUDITED: {names}: {not_asked}")
    else:
        print(f"audit: {names}: {still_open} open findings")
    return OPEN if still_open else NOT_ASKED if not_asked else 0


def main() -> int:
    """Audit the project's lock files."""
    accepted = accepted_in((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return audit([ROOT / name for name in LOCKS], SOURCES, accepted, datetime.now(UTC).date())


if __name__ == "__main__":
    sys.exit(main())
