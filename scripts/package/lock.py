"""What a lock file has, and what of it a job needs.

The lock file says of each package what asks for it (`# via`), so all that a few packages need can be told
from it alone.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from glue_jobs.core.errors import SetupError
from scripts.package.target import Target

Locked = Mapping[str, "Package"]
"""The packages of a lock file by name."""


@dataclass(frozen=True)
class Package:
    """A package of a lock file: its version, the SHA-256 of its files, and the names of what asks for it."""

    name: str
    version: str
    hashes: tuple[str, ...]
    asked_by: frozenset[str] = frozenset()
    marker: str = ""

    def is_for(self, target: Target) -> bool:
        """Whether it is wanted on that Glue at all."""
        return not self.marker or Marker(self.marker).evaluate(target.markers)

    @property
    def requirement(self) -> str:
        """The line that lets pip take one of the locked files and no other."""
        return " ".join([f"{self.name}=={self.version}", *(f"--hash=sha256:{one}" for one in self.hashes)])


def locked_in(text: str) -> dict[str, Package]:
    """The packages of a lock file."""
    found = [_package(entry) for entry in re.split(r"\n(?=[a-z0-9])", f"\n{text}")[1:]]
    return {package.name: package for package in found}


def _package(entry: str) -> Package:
    name, version, marker = re.findall(r"^([a-z0-9._-]+)==(\S+)(?: ; (.*?))?(?: \\)?$", entry, re.MULTILINE)[
        0
    ]
    hashes = re.findall(r"--hash=sha256:([0-9a-f]{64})", entry)
    asked_by = re.findall(r"^ +#(?: via)? +([a-z0-9._-]+)$", entry, re.MULTILINE)
    return Package(name, version, tuple(hashes), frozenset(asked_by) - {"via"}, marker)


def needed_by(dependencies: Iterable[str], locked: Locked, target: Target) -> list[Package]:
    """The packages of these dependencies and of all that they ask for on that Glue, by name.

    Raises:
        SetupError: a dependency is not in the lock file.
    """
    names = {canonicalize_name(Requirement(one).name) for one in dependencies}
    for name in sorted(names - locked.keys()):
        raise SetupError(f"{target.lock} has no {name}, which the jobs need; add it and run `make lock`")
    found: set[str] = set(names)
    while (
        more := {one.name for one in locked.values() if one.asked_by & found and one.is_for(target)} - found
    ):
        found |= more
    return [locked[name] for name in sorted(found)]
